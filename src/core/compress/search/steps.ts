/** Applies ordinary steps inside a search, exactly as `compress` would. */
import { createRandom } from '../../math/random.ts';
import type { Model } from '../../onnx/types.ts';
import { findWeights } from '../../onnx/weights.ts';
import { resolveOptions } from '../options.ts';
import type { Recipe, Step } from '../recipe.ts';
import { groupsOf } from '../select.ts';
import type { Context, Technique } from '../technique.ts';
import { correctBias } from '../techniques/correct-bias.ts';
import { quantizeBlock } from '../techniques/quantize-block.ts';
import { quantizeGptq } from '../techniques/quantize-gptq.ts';
import { quantizeRate } from '../techniques/quantize-rate.ts';
import { repair } from '../techniques/repair.ts';

/** The techniques that searches put into recipes. The whole table can't be used here: it holds the searches. */
const searchable: Readonly<Partial<Record<Step['technique'], Technique>>> = {
  'quantize-block': quantizeBlock,
  'quantize-gptq': quantizeGptq,
  'quantize-rate': quantizeRate,
  repair,
  'correct-bias': correctBias,
};

/** The model after the steps of a recipe that starts with this model. Errors: those of the techniques. */
export async function applySteps(
  model: Model,
  { seed, steps }: Pick<Recipe, 'seed' | 'steps'>,
  context: Context,
): Promise<Model> {
  let next = model;
  for (const [index, { technique: id, options = {}, select = {} }] of steps.entries()) {
    const technique = searchable[id];
    if (!technique) throw new TypeError(`Searches know no technique ${id}.`);
    const random = createRandom(seed).fork(`${index} ${id}`);
    const resolved = resolveOptions(id, technique.options, options);
    for (const group of groupsOf(findWeights(next), select, resolved)) {
      const keys = new Set(group.weights.map(({ key }) => key));
      next = await technique.apply(next, resolveOptions(id, technique.options, group.options), {
        ...context,
        random,
        weights: findWeights(next).filter(({ key }) => keys.has(key)),
      });
    }
  }
  return next;
}
