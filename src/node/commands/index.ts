/** The table of commands. The name lives here alone, as the key. */
import type { Command } from './command.ts';
import { compareCommand } from './compare.ts';
import { compressCommand } from './compress.ts';
import { evalCommand } from './eval.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { inspectCommand } from './inspect.ts';
import { runCommand } from './run.ts';
import { sensitivityCommand } from './sensitivity.ts';
import { listTechniques } from './techniques.ts';

export const commands = {
  inspect: inspectCommand,
  techniques: listTechniques,
  compress: compressCommand,
  compare: compareCommand,
  sensitivity: sensitivityCommand,
  run: runCommand,
  eval: evalCommand,
  import: importCommand,
  export: exportCommand,
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof commands;
export const commandNames = Object.keys(commands) as readonly CommandName[];
