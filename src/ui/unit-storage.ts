/** How a recipe stores a unit, and the recipe that stores it otherwise: a cell of the heatmap, chosen by hand. */
import { resolveOptions, type OptionValue } from '../core/compress/options.ts';
import type { Override, Recipe, Select, Step } from '../core/compress/recipe.ts';
import type { StorageChoice, Unit } from '../core/compress/search.ts';
import { matchesGlob, selects } from '../core/compress/select.ts';
import { techniques, type AnyTechnique } from '../core/compress/techniques/index.ts';
import type { Role } from '../core/onnx/weights.ts';

type Options = Readonly<Record<string, OptionValue>>;
type RoleOf = (key: string) => Role | undefined;

/** The choice by which a recipe stores a unit; undefined where it is none of them. */
export function choiceOf(
  recipe: Recipe,
  { weights: [key = ''] }: Unit,
  choices: readonly StorageChoice[],
  roleOf: RoleOf,
): StorageChoice | undefined {
  const step = recipe.steps.find((one) => stores(one, choices) && takes(one, key, roleOf));
  if (!step) return choices.find((choice) => choice.step === undefined);
  const overrides = (step.select?.overrides ?? []).filter(({ match }) => matchesGlob(match, key));
  const given = overrides.reduce<Options>((all, one) => ({ ...all, ...one.options }), {
    ...step.options,
  });
  const options = resolved(step.technique, given);
  return choices.find((choice) => {
    if (choice.step?.technique !== step.technique) return false;
    const wanted: Options = choice.step.options ?? {};
    return Object.entries(wanted).every(([name, value]) => options[name] === value);
  });
}

/**
 * The recipe with a unit stored by another choice: by an override of the step that takes all of it with
 * others, where that is of the same technique; else by a step of its own, left out of all others.
 */
export function withUnit(
  recipe: Recipe,
  { weights }: Unit,
  choice: StorageChoice,
  choices: readonly StorageChoice[],
  roleOf: RoleOf,
): Recipe {
  const overridden =
    choice.step && withOverride(recipe.steps, choice.step, weights, choices, roleOf);
  if (overridden) return { ...recipe, steps: overridden };
  const others = recipe.steps.flatMap((step) => {
    const taken = stores(step, choices) ? weights.filter((key) => takes(step, key, roleOf)) : [];
    return taken.length > 0 ? withoutWeights(step, taken) : [step];
  });
  return { ...recipe, steps: choice.step ? withStep(others, choice.step, weights) : others };
}

/** Undefined unless one step alone stores the weights, with others, by the same technique. */
function withOverride(
  steps: readonly Step[],
  wanted: Step,
  keys: readonly string[],
  choices: readonly StorageChoice[],
  roleOf: RoleOf,
): readonly Step[] | undefined {
  const taking = steps.filter(
    (step) => stores(step, choices) && keys.some((key) => takes(step, key, roleOf)),
  );
  const [step] = taking;
  const fits =
    taking.length === 1 &&
    step?.technique === wanted.technique &&
    !step.select?.include &&
    keys.every((key) => takes(step, key, roleOf)) &&
    // A name with a star would stand for others too.
    !keys.some((key) => /[*?]/.test(key));
  if (!step || !fits) return undefined;
  const { overrides = [], ...select } = step.select ?? {};
  const left = overrides.filter(({ match }) => !keys.includes(match));
  const own = keys.flatMap((match) => {
    const options = differing(step, wanted, left, match);
    return Object.keys(options).length > 0 ? [{ match, options }] : [];
  });
  const all = [...left, ...own];
  const changed = { ...step, select: all.length > 0 ? { ...select, overrides: all } : select };
  return steps.map((one) => (one === step ? changed : one));
}

/** What a weight's options must be besides those that it would have. */
function differing(step: Step, wanted: Step, overrides: readonly Override[], key: string): Options {
  const given = overrides
    .filter(({ match }) => matchesGlob(match, key))
    .reduce<Options>((all, one) => ({ ...all, ...one.options }), { ...step.options });
  const general = resolved(step.technique, given);
  const own = Object.entries(resolved(wanted.technique, wanted.options));
  return Object.fromEntries(own.filter(([name, value]) => general[name] !== value));
}

/** Whether a step is of a kind that a choice stores weights by. */
const stores = (step: Step, choices: readonly StorageChoice[]): boolean =>
  choices.some((choice) => choice.step?.technique === step.technique);

function takes({ select = {} }: Step, key: string, roleOf: RoleOf): boolean {
  const role = roleOf(key);
  return role
    ? selects(select, { key, role })
    : selects(withoutRoles(select), { key, role: 'linear' });
}

const withoutRoles = ({ include, exclude }: Select): Select => ({
  ...(include ? { include } : {}),
  ...(exclude ? { exclude } : {}),
});

/** A list of nothing but names gets shorter, and a step with none left goes; others get exceptions. */
function withoutWeights(step: Step, keys: readonly string[]): readonly Step[] {
  const { select = {} } = step;
  const include = select.include?.filter((pattern) => !keys.includes(pattern));
  if (include?.length === 0) return [];
  const left = { ...select, ...(include ? { include } : {}) };
  const still = keys.filter((key) => include?.some((pattern) => matchesGlob(pattern, key)) ?? true);
  const exclude = [...(select.exclude ?? []), ...still];
  return [{ ...step, select: exclude.length > 0 ? { ...left, exclude } : left }];
}

/** Weights join a list of names with the same options, or found one after the last step of their kind. */
function withStep(steps: readonly Step[], wanted: Step, keys: readonly string[]): readonly Step[] {
  const options = JSON.stringify(resolved(wanted.technique, wanted.options));
  const isSame = ({ technique, options: given, select }: Step): boolean =>
    technique === wanted.technique &&
    select?.include !== undefined &&
    Object.keys(select).length === 1 &&
    JSON.stringify(resolved(technique, given)) === options;
  const at = steps.findIndex(isSame);
  if (at >= 0) {
    const include = [...(steps[at]?.select?.include ?? []), ...keys];
    return steps.map((step, index) => (index === at ? { ...step, select: { include } } : step));
  }
  const last = steps.findLastIndex(({ technique }) => technique === wanted.technique);
  const place = last < 0 ? steps.length : last + 1;
  return [
    ...steps.slice(0, place),
    { ...wanted, select: { include: keys } },
    ...steps.slice(place),
  ];
}

function resolved(id: Step['technique'], given: Step['options']): Options {
  const { options }: AnyTechnique = techniques[id];
  return resolveOptions(id, options, given);
}
