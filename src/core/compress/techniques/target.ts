/** Makes a model of a wanted size, or one that loses no more than so much, by trying what there is. */
import { formatBytes } from '../../errors.ts';
import { findWeights } from '../../onnx/weights.ts';
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import { notDense } from '../dense.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';
import { meets, saidGoal, saidLoss, type Goal } from '../search/goal.ts';
import { plan } from '../search/planner.ts';
import { openEvaluator, storable } from '../search/prepare.ts';
import { countOption, lowestOption, megabytesOption } from '../search/search-options.ts';
import { applyTold, noteJudges } from '../search/tell.ts';
import { technique } from '../technique.ts';

const options = {
  wish: {
    type: 'choice',
    label: 'Wish',
    help: 'What the result must keep to: a size, or a limit to what its answers lose against the original’s. Within that, the other is made as good as it gets.',
    default: 'size',
    choices: [
      { value: 'size', label: 'at most so many megabytes' },
      { value: 'flips', label: 'at most so many answers change' },
      { value: 'kl', label: 'at most so much KL divergence' },
      { value: 'relative-error', label: 'at most so much relative error' },
    ],
  },
  megabytes: { ...megabytesOption, only: { option: 'wish', is: ['size'] } },
  percent: {
    type: 'number',
    label: 'Percent',
    help: 'Of the answers that may change, or of the squares of the answers that their squared error may be.',
    default: 1,
    min: 0.001,
    max: 100,
    step: 0.001,
    integer: false,
    only: { option: 'wish', is: ['flips', 'relative-error'] },
  },
  nats: {
    type: 'number',
    label: 'Nats',
    help: 'The mean KL divergence of the answers from the original’s: 0.01 is hardly noticed, 0.1 is.',
    default: 0.01,
    min: 0.000_001,
    max: 10,
    step: 0.000_001,
    integer: false,
    only: { option: 'wish', is: ['kl'] },
  },
  lowest: lowestOption,
  count: countOption,
  effort: {
    type: 'choice',
    label: 'Effort',
    help: 'Quick rounds by grid fit and runs each unit of weights once; thorough tries GPTQ as well and runs every width.',
    default: 'thorough',
    choices: [
      { value: 'quick', label: 'quick' },
      { value: 'thorough', label: 'thorough' },
    ],
  },
  data: calibrationDataOption,
  samples: mostSamplesOption,
} as const satisfies OptionSpecs;

type Options = OptionsOf<typeof options>;

export const target = technique({
  family: 'quantize',
  label: 'Make it fit',
  summary:
    'Takes a wish, “at most so many megabytes” or “at most so much loss”, and tries what may meet it: 8 bits, 4 bits, GPTQ, mixed precision, rounding for download where that counts, and mending the best in closed form. ' +
    'Each try is run on samples; the best so far is kept, so it can be ended at any moment, and the end is an ordinary recipe. ' +
    'Never exceeds the wish where it can be met, and says so where it can’t. Losses are as good as the samples are typical.',
  options,
  needs: () => ['calibration', 'search'],
  targets: (model) => findWeights(model).filter((weight) => notDense(weight) === undefined),
  async apply(model, chosen, context) {
    const weights = storable(context);
    if (weights.length === 0) return model;
    const { wish, count, effort } = chosen;
    const metric = wish === 'size' ? 'auto' : wish;
    const judge = await openEvaluator(context.original, { ...chosen, metric }, context);
    const isSame = context.original === model && (metric === 'auto' || metric === 'kl');
    const units = isSame
      ? judge
      : await openEvaluator(model, { ...chosen, metric: 'auto' }, context);
    const goal = goalOf(chosen);
    const thorough = effort === 'thorough';
    const best = await plan(
      { model, judge, count, goal },
      weights,
      { ...chosen, once: !thorough, thorough },
      { wish: judge, units },
      context,
    );
    const result = await applyTold(model, best.recipe, weights, context);
    const reached = `${formatBytes(best.bytes)} at a loss of ${saidLoss(best.loss, judge.unit)}`;
    const because = meets(goal, best)
      ? `${best.label}: ${reached}; the wish was at most ${saidGoal(goal, judge.unit)}.`
      : `Nothing that was tried keeps to ${saidGoal(goal, judge.unit)}; the nearest is ${best.label}: ${reached}.`;
    const { recipe, bytes, loss: measured, interval } = best;
    const spread = interval ? { interval } : {};
    const lossUnit = judge.unit;
    context.search.report({
      kind: 'chosen',
      recipe,
      bytes,
      measured,
      lossUnit,
      ...spread,
      because,
    });
    await noteJudges(judge, result, context);
    context.note(because);
    context.progress(1, 1, weights[weights.length - 1]!.key);
    return result;
  },
});

function goalOf({ wish, megabytes, percent, nats }: Options): Goal {
  if (wish === 'size') return { kind: 'bytes', most: megabytes * 1e6 };
  return { kind: 'loss', most: wish === 'kl' ? nats : percent / 100 };
}
