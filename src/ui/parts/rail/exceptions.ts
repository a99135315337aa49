/** Overrides of a step as people see them: an exception is one set of options for several patterns of names. */
import type { OptionSpecs, OptionValue } from '../../../core/compress/options.ts';
import type { Override } from '../../../core/compress/recipe.ts';

/** Other options for the weights that one of the patterns matches. */
export interface Exception {
  readonly patterns: readonly string[];
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** Neighbors with the same options become one; the order, in which a later one wins, stays. */
export function exceptionsOf(overrides: readonly Override[]): Exception[] {
  const exceptions: Exception[] = [];
  for (const { match, options } of overrides) {
    const last = exceptions[exceptions.length - 1];
    if (last && JSON.stringify(last.options) === JSON.stringify(options)) {
      exceptions[exceptions.length - 1] = { ...last, patterns: [...last.patterns, match] };
    } else exceptions.push({ patterns: [match], options });
  }
  return exceptions;
}

/** What the recipe holds of them; one without patterns or options has no effect and is left out. */
export const overridesOf = (exceptions: readonly Exception[]): Override[] =>
  exceptions
    .filter(({ options }) => Object.keys(options).length > 0)
    .flatMap(({ patterns, options }) => patterns.map((match) => ({ match, options })));

/** Options that concern samples are the whole step's, never one layer's. */
const ofTheStep = new Set(['data', 'samples']);

/** The options that can differ between layers. */
export const layerOptions = (specs: OptionSpecs): OptionSpecs =>
  Object.fromEntries(Object.entries(specs).filter(([name]) => !ofTheStep.has(name)));
