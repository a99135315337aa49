/** The contract of a command: one file, one line in the table. */
import type { Runtime } from '../../core/runtime.ts';
import type { Arguments, Flags } from '../arguments.ts';
import type { ProgressLine, TextStream } from '../progress.ts';

/** What a command may touch of the process around it. */
export interface Io {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Given when the user interrupts. */
  readonly signal: AbortSignal;
  /** What relative paths are relative to. */
  readonly cwd: string;
}

export interface Surroundings {
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
  readonly runtime: Runtime;
  /** The absolute path that the user meant. */
  readonly path: (given: string) => string;
}

/** The answer, for programs and for people. */
export interface Report {
  readonly json: unknown;
  readonly text: string;
}

export interface Command {
  readonly summary: string;
  /** Names of the positional arguments. */
  readonly takes: readonly string[];
  readonly flags: Flags;
  run(given: Arguments, surroundings: Surroundings): Promise<Report>;
}
