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
  /** Asked first when the user interrupts; true: something gentler than the signal is on its way. */
  onInterrupt?(gentler: () => boolean): void;
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** What runs models; onnxruntime-node on all threads unless given. */
  readonly runtime?: Runtime;
}

export interface Surroundings {
  readonly signal: AbortSignal;
  /** Asked first when the user interrupts; true: something gentler than the signal is on its way. */
  readonly onInterrupt: (gentler: () => boolean) => void;
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
