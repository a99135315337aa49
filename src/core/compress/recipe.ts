/**
 * A recipe is an ordered list of steps in plain JSON: a link, a lesson, a file for the command line,
 * a test. What comes from outside is checked here, key by key, and rebuilt.
 */
import { RecipeError } from '../errors.ts';
import type { Role } from '../onnx/weights.ts';
import { resolveOptions, type OptionValue } from './options.ts';
import { isRole, roles } from './select.ts';
import {
  isTechniqueId,
  techniqueIds,
  techniques,
  type TechniqueId,
  type TechniqueOptions,
} from './techniques/index.ts';

/** Other options for the weights whose key matches a pattern. */
export interface Override {
  readonly match: string;
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** Which weights a step works on: those with one of the roles and a key that a pattern of `include`, and none of `exclude`, matches. Absent lists leave nobody out. `*` stands for any text, `?` for one character. */
export interface Select {
  readonly roles?: readonly Role[];
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Applied in order over the options of the step; a later one wins. */
  readonly overrides?: readonly Override[];
}

/** A technique, the options that differ from its defaults, and where it works. */
export type Step<K extends TechniqueId = TechniqueId> = {
  readonly [T in K]: {
    readonly technique: T;
    readonly options?: Partial<TechniqueOptions<T>>;
    readonly select?: Select;
  };
}[K];

export interface Recipe {
  readonly version: 1;
  /** Where all chance starts: a safe integer. */
  readonly seed: number;
  readonly steps: readonly Step[];
}

export const emptyRecipe: Recipe = { version: 1, seed: 0, steps: [] };

/** No honest recipe is longer; a hostile one shall not keep us busy. */
const limits = { steps: 100, patterns: 10_000, patternLength: 1000 };

/** Reads a recipe from parsed JSON. Errors: RecipeError with the place of what is wrong, and the remedy. */
export function parseRecipe(json: unknown): Recipe {
  const given = objectAt('recipe', json, ['version', 'seed', 'steps']);
  if (given['version'] !== 1) {
    fail('version', given['version'], 'is not 1, the only version there is; give "version": 1');
  }
  const seed = given['seed'] ?? 0;
  if (typeof seed !== 'number' || !Number.isSafeInteger(seed)) {
    return fail('seed', seed, 'is not a whole number within ±(2^53 − 1); give one, such as 0');
  }
  const steps = listAt('steps', given['steps'], limits.steps).map((step, index) =>
    parseStep(`steps[${index}]`, step),
  );
  return { version: 1, seed, steps };
}

/** Reads one step. Errors: RecipeError that begins with `place`. */
export function parseStep(place: string, json: unknown): Step {
  const given = objectAt(place, json, ['technique', 'options', 'select']);
  const id = given['technique'];
  if (typeof id !== 'string' || !isTechniqueId(id)) {
    return fail(
      `${place}.technique`,
      id,
      `names no technique; give one of ${techniqueIds.join(', ')}`,
    );
  }
  const options = parseOptions(`${place}.options`, id, given['options'] ?? {});
  const select = parseSelect(`${place}.select`, id, given['select'] ?? {});
  return {
    technique: id,
    ...(Object.keys(options).length > 0 ? { options } : {}),
    ...(Object.keys(select).length > 0 ? { select } : {}),
  };
}

/**
 * The recipe as JSON whose bytes depend on its meaning alone: keys and options in a fixed order.
 * `indent` 0 gives one line.
 */
export function stringifyRecipe(recipe: Recipe, indent = 2): string {
  return JSON.stringify(parseRecipe(recipe), undefined, indent);
}

/** The given options in the order of the technique's table. */
function parseOptions(place: string, id: TechniqueId, json: unknown): Record<string, OptionValue> {
  const { options: specs } = techniques[id];
  const given = objectAt(place, json);
  const values: Readonly<Record<string, OptionValue>> = resolveOptions(place, specs, given);
  return Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(given, name)));
}

function parseSelect(place: string, id: TechniqueId, json: unknown): Select {
  const given = objectAt(place, json, ['roles', 'include', 'exclude', 'overrides']);
  const patterns = (key: 'include' | 'exclude') => ({
    [key]: listAt(`${place}.${key}`, given[key], limits.patterns).map((one, index) =>
      patternAt(`${place}.${key}[${index}]`, one),
    ),
  });
  return {
    ...(given['roles'] === undefined
      ? {}
      : { roles: parseRoles(`${place}.roles`, given['roles']) }),
    ...(given['include'] === undefined ? {} : patterns('include')),
    ...(given['exclude'] === undefined ? {} : patterns('exclude')),
    ...(given['overrides'] === undefined
      ? {}
      : { overrides: parseOverrides(`${place}.overrides`, id, given['overrides']) }),
  };
}

function parseRoles(place: string, json: unknown): Role[] {
  return listAt(place, json, roles.length).map((role, index) =>
    typeof role === 'string' && isRole(role)
      ? role
      : fail(`${place}[${index}]`, role, `is no role; give one of ${roles.join(', ')}`),
  );
}

function parseOverrides(place: string, id: TechniqueId, json: unknown): Override[] {
  return listAt(place, json, limits.patterns).map((one, index) => {
    const here = `${place}[${index}]`;
    const given = objectAt(here, one, ['match', 'options']);
    const match = patternAt(`${here}.match`, given['match']);
    return { match, options: parseOptions(`${here}.options`, id, given['options']) };
  });
}

/** An object, not a list, with no keys but those that are known. */
function objectAt(
  place: string,
  json: unknown,
  known?: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return fail(place, json, 'is not an object; give {…}');
  }
  const stranger = known && Object.keys(json).find((key) => !known.includes(key));
  if (stranger === undefined) return json as Record<string, unknown>;
  const path = place === 'recipe' ? '' : `${place}.`;
  throw new RecipeError(
    `${path}${shortened(stranger)} is unknown; ${place} may have ${known?.join(', ')}.`,
  );
}

function listAt(place: string, json: unknown, longest: number): readonly unknown[] {
  if (!Array.isArray(json)) return fail(place, json, 'is not a list; give […]');
  if (json.length <= longest) return json as readonly unknown[];
  throw new RecipeError(`${place} has ${json.length} entries; give at most ${longest}.`);
}

function patternAt(place: string, json: unknown): string {
  if (typeof json !== 'string' || json === '') {
    return fail(place, json, 'is no pattern; give a weight’s name, in which * stands for any text');
  }
  if (json.length <= limits.patternLength) return json;
  throw new RecipeError(
    `${place} has ${json.length} characters; give at most ${limits.patternLength}.`,
  );
}

function fail(place: string, value: unknown, wanted: string): never {
  throw new RecipeError(`${place} is ${shown(value)}, which ${wanted}.`);
}

/** A value of unknown origin, short enough for a message. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return JSON.stringify(shortened(value));
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const shortened = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 60)}…`);
