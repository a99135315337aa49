/** Reads the words of the command line against the flags that a command has. */
import { parseArgs } from 'node:util';

import { didYouMean, UsageError } from './usage.ts';

/** A flag: `value` names what follows it; without one it is a switch. */
export interface Flag {
  readonly value?: string;
  readonly short?: string;
  /** May be given more than once. */
  readonly multiple?: boolean;
  readonly help: string;
}
export type Flags = Readonly<Record<string, Flag>>;

/** What the command line said. */
export interface Arguments {
  readonly positionals: readonly string[];
  has(flag: string): boolean;
  /** The last value given. */
  text(flag: string): string | undefined;
  /** Every value given, in order. */
  all(flag: string): readonly string[];
  /** A whole number, or `absent`. Errors: UsageError. */
  integer(flag: string, absent: number, lowest: number): number;
}

/** Errors: UsageError naming the flag that is unknown or misused, with the nearest one there is. */
export function readArguments(words: readonly string[], flags: Flags): Arguments {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value, short }]) => [
      name,
      { type: value ? ('string' as const) : ('boolean' as const), ...(short ? { short } : {}) },
    ]),
  );
  const parsed = parseArgs({ args: [...words], options, strict: false, tokens: true });
  const values = new Map<string, string[]>();
  for (const token of parsed.tokens) {
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (!flag) throw unknownFlag(token.rawName, flags);
    values.set(token.name, [
      ...(flag.multiple ? (values.get(token.name) ?? []) : []),
      valueOf(token.rawName, flag, token.value, token.inlineValue),
    ]);
  }
  const all = (flag: string): readonly string[] => values.get(flag) ?? [];
  return {
    positionals: parsed.positionals,
    has: (flag) => values.has(flag),
    all,
    text: (flag) => all(flag).at(-1),
    integer: (flag, absent, lowest) => integer(flag, all(flag).at(-1), absent, lowest),
  };
}

function valueOf(name: string, flag: Flag, value?: string, inline?: boolean): string {
  if (!flag.value) {
    if (value === undefined) return '';
    throw new UsageError(`${name} takes no value. Leave out "=${value}".`);
  }
  // The next flag is no value, but a negative number is.
  const isFlag = !inline && value !== undefined && /^-{1,2}[a-z]/i.test(value);
  if (value === undefined || value === '' || isFlag) {
    throw new UsageError(`${name} needs a value: ${name} ${flag.value}.`);
  }
  return value;
}

function unknownFlag(name: string, flags: Flags): UsageError {
  const known = Object.keys(flags).map((flag) => `--${flag}`);
  return new UsageError(`There is no flag ${name}.${didYouMean(name, known)}`);
}

function integer(flag: string, text: string | undefined, absent: number, lowest: number): number {
  if (text === undefined) return absent;
  const value = Number(text);
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value) && value >= lowest) return value;
  const range = lowest > Number.MIN_SAFE_INTEGER ? ` from ${lowest}` : '';
  throw new UsageError(`--${flag} is "${text}"; give a whole number${range}.`);
}

/** The one or more paths that a command wants. Errors: UsageError for too few or too many. */
export function positionals<const N extends readonly string[]>(
  given: readonly string[],
  names: N,
): { readonly [K in keyof N]: string } {
  const missing = names[given.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing.`);
  const extra = given[names.length];
  if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many.`);
  return given as unknown as { readonly [K in keyof N]: string };
}
