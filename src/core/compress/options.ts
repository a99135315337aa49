/**
 * Options are data: from one specification come the form, the command-line flag, the validation and
 * the documentation.
 */
import { RecipeError } from '../errors.ts';

interface Described {
  readonly label: string;
  readonly help: string;
}

/** A number between `min` and `max`. `integer` refuses fractions; `zero` names what 0 means where 0 lies outside the range. */
export interface NumberOption extends Described {
  readonly type: 'number';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly integer: boolean;
  readonly zero?: string;
}

export interface ChoiceOption<V extends string | number = string | number> extends Described {
  readonly type: 'choice';
  readonly default: V;
  readonly choices: readonly { readonly value: V; readonly label: string }[];
}

export interface ToggleOption extends Described {
  readonly type: 'toggle';
  readonly default: boolean;
}

/** `only` shows an option only where another has one of the listed values. */
export type OptionSpec = (NumberOption | ChoiceOption | ToggleOption) & {
  readonly only?: { readonly option: string; readonly is: readonly OptionValue[] };
};
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;
export type OptionValue = string | number | boolean;

/** The values that one option can have. */
export type ValueOf<O extends OptionSpec> = O extends { type: 'number' }
  ? number
  : O extends { type: 'toggle' }
    ? boolean
    : O extends { type: 'choice'; choices: readonly { readonly value: infer V }[] }
      ? V
      : never;

export type OptionsOf<S extends OptionSpecs> = { readonly [K in keyof S]: ValueOf<S[K]> };

/** The value of every option, defaults filled in. Errors: RecipeError that begins with `place` and names the option and the remedy. */
export function resolveOptions<S extends OptionSpecs>(
  place: string,
  specs: S,
  given: Readonly<Record<string, unknown>> = {},
): OptionsOf<S> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(specs, name)) {
      const known = Object.keys(specs).join(', ');
      throw new RecipeError(`${place} has no option "${name}". There are: ${known}.`);
    }
  }
  const entries = Object.entries(specs).map(([name, spec]) => {
    const value = Object.hasOwn(given, name) ? given[name] : spec.default;
    return [name, checked(`${place}.${name}`, spec, value)];
  });
  return Object.fromEntries(entries) as OptionsOf<S>;
}

/** Reads an option from text, as a command-line flag gives it. Errors: RecipeError. */
export function parseOption(place: string, spec: OptionSpec, text: string): OptionValue {
  if (spec.type === 'toggle' && (text === 'true' || text === 'false')) return text === 'true';
  if (spec.type === 'choice') {
    const choice = spec.choices.find(({ value }) => String(value) === text);
    if (choice) return choice.value;
  }
  if (spec.type === 'number' && text.trim() !== '' && !Number.isNaN(Number(text))) {
    return checked(place, spec, Number(text));
  }
  return checked(place, spec, text);
}

function checked(place: string, spec: OptionSpec, value: unknown): OptionValue {
  const fail = (wanted: string): never => {
    const shown = typeof value === 'number' ? String(value) : JSON.stringify(value);
    throw new RecipeError(`${place} is ${shown}; give ${wanted}.`);
  };
  if (spec.type === 'toggle') return typeof value === 'boolean' ? value : fail('true or false');
  if (spec.type === 'choice') {
    const choice = spec.choices.find((one) => one.value === value);
    return choice ? choice.value : fail(`one of ${spec.choices.map((c) => c.value).join(', ')}`);
  }
  const range = `a${spec.integer ? ' whole' : ''} number from ${spec.min} to ${spec.max}`;
  const wanted = spec.zero === undefined ? range : `${range}, or 0 for ${spec.zero}`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return fail(wanted);
  if (spec.zero !== undefined && value === 0) return value;
  if (value < spec.min || value > spec.max) return fail(wanted);
  return spec.integer && !Number.isInteger(value) ? fail(wanted) : value;
}
