/** What `--help` says: from the tables of commands and flags alone. */
import type { Flags } from './arguments.ts';
import { commandNames, commands, type CommandName } from './commands/index.ts';
import { table, wrap } from './table.ts';

/** Flags that every command has. */
export const commonFlags = {
  json: { help: 'Print one JSON document and nothing else.' },
  quiet: { short: 'q', help: 'Say nothing about progress.' },
  help: { short: 'h', help: 'Print this.' },
} as const satisfies Flags;

/** Of the program as a whole. */
export function generalHelp(): string {
  const rows = commandNames.map((name) => [`  ${usageOf(name)}`, commands[name].summary]);
  return [
    'scrunch: compress ONNX models and compare the original with the result',
    `Commands\n${table(rows)}`,
    `Every command\n${flagRows(commonFlags)}`,
    'scrunch COMMAND --help tells more about one. Exit codes: 0 done, 1 the input is at fault, 2 usage.',
  ].join('\n\n');
}

/** Of one command. */
export function commandHelp(name: CommandName): string {
  const { summary, flags } = commands[name];
  const all: Flags = { ...flags, ...commonFlags };
  return `scrunch ${usageOf(name)} [flags]\n\n${summary}\n\nFlags\n${flagRows(all)}`;
}

const usageOf = (name: CommandName): string => [name, ...commands[name].takes].join(' ');

/** Longer lines break on most terminals by themselves, and where nobody wants it. */
const columns = 110;

function flagRows(flags: Flags): string {
  const rows = Object.entries(flags).map(([name, { short, value, help }]) => ({
    flag: `  ${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`,
    help,
  }));
  const room = columns - Math.max(...rows.map(({ flag }) => flag.length)) - 2;
  return table(
    rows.flatMap(({ flag, help }) =>
      wrap(help, room)
        .split('\n')
        .map((line, index) => [index === 0 ? flag : '', line]),
    ),
  );
}
