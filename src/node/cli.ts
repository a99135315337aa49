/** The command line: reads the words, runs the command, prints its answer, and says how it went. */
import { resolve } from 'node:path';

import { isAbort } from '../core/errors.ts';
import { readArguments, type Flags } from './arguments.ts';
import type { Command, Io, Report } from './commands/command.ts';
import { commandNames, commands, type CommandName } from './commands/index.ts';
import { explain } from './explain.ts';
import { commandHelp, commonFlags, generalHelp } from './help.ts';
import { Interrupted } from './interrupted.ts';
import { replacer } from './json.ts';
import { progressLine } from './progress.ts';
import { nodeRuntime } from './runtime.ts';
import { printable } from './table.ts';
import { processIo } from './terminal.ts';
import { didYouMean, UsageError } from './usage.ts';

/** 0 done, 1 the input is at fault, 2 the command line is; 130 interrupted, as shells have it. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Runs the command that `words` (without node and script) ask for. Never rejects. */
export async function main(words: readonly string[], io: Io = processIo()): Promise<ExitCode> {
  try {
    io.stdout.write(`${await answer(words, io)}\n`);
    return 0;
  } catch (error) {
    if (isAbort(error)) {
      const words = error instanceof Interrupted ? error.message : 'nothing was written';
      io.stderr.write(`scrunch: interrupted; ${words}\n`);
      return 130;
    }
    const { message, code } = explain(error);
    const lines = message.split('\n').map(printable).join('\n');
    io.stderr.write(`scrunch: ${lines}\n`);
    return code;
  }
}

async function answer(words: readonly string[], io: Io): Promise<string> {
  const [first, ...rest] = words;
  if (first === '--help' || first === '-h') return generalHelp();
  if (first === 'help') return rest[0] === undefined ? generalHelp() : commandHelp(named(rest[0]));
  if (first === undefined) throw new UsageError(`Give a command.\n\n${generalHelp()}`);
  const name = named(first);
  const command: Command = commands[name];
  const flags: Flags = { ...command.flags, ...commonFlags };
  const given = readArguments(rest, flags);
  if (given.has('help')) return commandHelp(name);
  const progress = progressLine(io.stderr, given.has('quiet'));
  let report: Report;
  try {
    report = await command.run(given, {
      progress,
      signal: io.signal,
      onInterrupt: (gentler) => io.onInterrupt?.(gentler),
      runtime: io.runtime ?? nodeRuntime(),
      path: (path) => resolve(io.cwd, path),
    });
  } finally {
    progress.clear();
  }
  return given.has('json') ? JSON.stringify(report.json, replacer, 2) : report.text;
}

function named(word: string): CommandName {
  const found = commandNames.find((name) => name === word);
  if (found) return found;
  throw new UsageError(
    `There is no command "${word}"; there are ${commandNames.join(', ')}.${didYouMean(word, commandNames)}`,
  );
}
