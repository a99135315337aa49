/**
 * Gives each unit of weights its own bits: what each costs the answers is run on samples, and a
 * knapsack spends the bytes where they save most (Dong et al., "HAWQ-V2", 2020; Hubara et al.,
 * "Accurate post training quantization with small calibration sets", 2021).
 */
import { findWeights } from '../../onnx/weights.ts';
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import { notDense } from '../dense.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';
import type { Goal } from '../search/goal.ts';
import { mixedFor } from '../search/mixed.ts';
import { part } from '../search/part.ts';
import { openEvaluator, prepareMixing, storable } from '../search/prepare.ts';
import { sizeOf } from '../search/stored.ts';
import { applyTold, noteJudges, saidMixture, saidOutcome } from '../search/tell.ts';
import {
  countOption,
  lossGoalOption,
  lowestOption,
  measureOption,
  megabytesOption,
  methodOption,
  ratioOption,
} from '../search/search-options.ts';
import { technique } from '../technique.ts';

const options = {
  goal: {
    type: 'choice',
    label: 'Goal',
    help: 'What limits the choice: how much smaller the file gets, its size, or what the answers may lose.',
    default: 'ratio',
    choices: [
      { value: 'ratio', label: 'so many times smaller' },
      { value: 'size', label: 'so many megabytes' },
      { value: 'loss', label: 'so little loss' },
    ],
  },
  ratio: { ...ratioOption, only: { option: 'goal', is: ['ratio'] } },
  megabytes: { ...megabytesOption, only: { option: 'goal', is: ['size'] } },
  loss: { ...lossGoalOption, only: { option: 'goal', is: ['loss'] } },
  method: methodOption,
  lowest: lowestOption,
  count: countOption,
  measure: measureOption,
  data: calibrationDataOption,
  samples: mostSamplesOption,
} as const satisfies OptionSpecs;

type Options = OptionsOf<typeof options>;

export const mixedPrecision = technique({
  family: 'quantize',
  label: 'Mixed precision',
  summary:
    'Stores each layer with as many bits as it deserves: each is rounded alone, to 8, 4 and 2 bits, and run on samples; ' +
    'then the least sum of losses within the budget is chosen, applied and measured, and corrected where the sum was wrong. ' +
    'Ends in an ordinary recipe. Runs the model a hundred times, so it takes a while; on samples unlike those that the model will meet it spends the bytes in the wrong places.',
  options,
  needs: () => ['calibration', 'search'],
  targets: (model) => findWeights(model).filter((weight) => notDense(weight) === undefined),
  async apply(model, chosen, context) {
    const weights = storable(context);
    if (weights.length === 0) return model;
    const evaluator = await openEvaluator(model, { ...chosen, metric: 'auto' }, context);
    const goal = goalOf(chosen, await sizeOf(context.original, 'stored'));
    const once = chosen.measure === 'once';
    const search = { ...chosen, once, metric: 'auto' } as const;
    const mixing = await prepareMixing(model, weights, evaluator, search, part(context, 0, 0.8));
    const found = await mixedFor(mixing, goal, part(context, 0.8, 1));
    const result = await applyTold(model, found.recipe, weights, context);
    const because = `${saidMixture(mixing, found)}: ${saidOutcome(goal, found, evaluator)}`;
    const { recipe, bytes, predicted, loss: measured, interval } = found;
    const spread = interval ? { interval } : {};
    context.search.report({
      kind: 'chosen',
      recipe,
      bytes,
      predicted,
      measured,
      ...spread,
      because,
    });
    await noteJudges(evaluator, result, context);
    context.note(because);
    const last = weights[weights.length - 1]!;
    context.progress(1, 1, last.key);
    return result;
  },
});

function goalOf({ goal, ratio, megabytes, loss }: Options, original: number): Goal {
  if (goal === 'loss') return { kind: 'loss', most: loss };
  return { kind: 'bytes', most: goal === 'ratio' ? Math.floor(original / ratio) : megabytes * 1e6 };
}
