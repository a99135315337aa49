/** The recipe that a command line asks for: a preset or a file, with its own options and seed. */
import { readFile, stat } from 'node:fs/promises';

import { RecipeError } from '../core/errors.ts';
import { parseOption, type OptionSpecs, type OptionValue } from '../core/compress/options.ts';
import { presets } from '../core/compress/presets.ts';
import { needsOfStep } from '../core/compress/needs.ts';
import { parseRecipe, type Recipe, type Step } from '../core/compress/recipe.ts';
import { isTechniqueId, techniqueIds, techniques } from '../core/compress/techniques/index.ts';
import { didYouMean, UsageError } from './usage.ts';

/** No honest recipe is larger. */
const largestFile = 10_000_000;

/** A preset by its id, or a recipe file. Errors: UsageError where there is neither, RecipeError for what the file says. */
export async function loadRecipe(name: string, path: string): Promise<Recipe> {
  if (Object.hasOwn(presets, name)) return presets[name as keyof typeof presets].recipe;
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) {
    const ids = Object.keys(presets);
    throw new UsageError(
      `"${name}" is neither a recipe file nor one of ${ids.join(', ')}.${didYouMean(name, ids)}`,
    );
  }
  if (info.size > largestFile) throw new RecipeError(`"${name}" is too large to be a recipe.`);
  const text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  try {
    return parseRecipe(JSON.parse(text));
  } catch (error) {
    if (error instanceof RecipeError) throw new RecipeError(`${name}: ${error.message}`);
    const reason = error instanceof Error ? error.message : String(error);
    throw new RecipeError(`${name} is not a recipe: ${reason}. Give a JSON file.`);
  }
}

/**
 * The recipe with `technique.option=value` set in every step of that technique. Errors: UsageError
 * for words of another form, RecipeError naming the technique, option or value that is wrong.
 */
export function withSettings(recipe: Recipe, settings: readonly string[]): Recipe {
  return settings.reduce((changed, text) => {
    const { technique, option, value } = parseSetting(text);
    if (!changed.steps.some((step) => step.technique === technique)) {
      const used = [...new Set(changed.steps.map((step) => step.technique))];
      const has = used.length === 0 ? 'has no steps' : `uses ${used.join(', ')}`;
      throw new UsageError(`--set ${text} has no effect: the recipe ${has}.`);
    }
    const steps = changed.steps.map((step) =>
      step.technique === technique
        ? ({ ...step, options: { ...step.options, [option]: value } } as Step)
        : step,
    );
    return { ...changed, steps };
  }, recipe);
}

/** The recipe whose steps train on the user's files, or look at them. Errors: UsageError where no step does. */
export function withOwnData(recipe: Recipe): Recipe {
  const takesData = (step: Step): boolean =>
    Object.hasOwn(techniques[step.technique].options, 'data') && needsOfStep(step).length > 0;
  if (!recipe.steps.some(takesData)) {
    throw new UsageError('--data has no effect: no step of the recipe trains or looks at data.');
  }
  const steps = recipe.steps.map((step) =>
    takesData(step) ? ({ ...step, options: { ...step.options, data: 'own' } } as Step) : step,
  );
  return { ...recipe, steps };
}

function parseSetting(text: string): { technique: string; option: string; value: OptionValue } {
  const [, technique = '', option = '', value = ''] = /^([^.=]+)\.([^.=]+)=(.*)$/s.exec(text) ?? [];
  if (technique === '') {
    throw new UsageError(`--set ${text} is not of the form technique.option=value.`);
  }
  if (!isTechniqueId(technique)) {
    const known = techniqueIds.join(', ');
    throw new RecipeError(
      `There is no technique "${technique}"; there are ${known}.${didYouMean(technique, techniqueIds)}`,
    );
  }
  const specs: OptionSpecs = techniques[technique].options;
  const spec = Object.hasOwn(specs, option) ? specs[option] : undefined;
  if (!spec) {
    const known = Object.keys(specs);
    throw new RecipeError(
      `${technique} has no option "${option}"; it has ${known.join(', ')}.${didYouMean(option, known)}`,
    );
  }
  return { technique, option, value: parseOption(`${technique}.${option}`, spec, value) };
}
