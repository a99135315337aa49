/**
 * How much an error at each input of a weight counts: the mean square of that input over samples, the
 * diagonal of the second moment xᵀx.
 */
import { collectInputs, stagesOf } from '../calibrate/collect.ts';
import { sitesOf } from '../calibrate/sites.ts';
import type { InputStatistics } from '../calibrate/statistics.ts';
import { RecipeError } from '../errors.ts';
import type { BlockLayout } from '../math/blocks.ts';
import type { Importance } from '../math/grid.ts';
import type { Model } from '../onnx/types.ts';
import type { Weight } from '../onnx/weights.ts';
import type { SampleKind } from './calibration.ts';
import type { Context } from './technique.ts';

export interface ImportanceOptions {
  readonly data: SampleKind;
  /** Samples at most. */
  readonly samples: number;
}

/**
 * The importance of weights by key, with a note about those whose inputs are not known: for them all
 * errors count alike. `layoutOf` says how a weight lies in blocks. Errors: RecipeError where there are
 * no samples or no runtime, RuntimeError, the signal's reason.
 */
export async function importanceOf(
  model: Model,
  weights: readonly Weight[],
  layoutOf: (weight: Weight) => BlockLayout,
  { data, samples }: ImportanceOptions,
  context: Pick<Context, 'calibration' | 'runtime' | 'note' | 'signal'>,
  progress: (share: number) => void,
): Promise<ReadonlyMap<string, Importance>> {
  const { calibration, runtime, note, signal } = context;
  if (!calibration || !runtime) {
    throw new RecipeError(
      'Weighting by calibration runs the model on samples, and there is ' +
        `${runtime ? 'no sample' : 'no runtime'} here; give some, or set "weighting" to "even".`,
    );
  }
  const { sites, refused } = sitesOf(model, weights);
  const byKey = new Map(weights.map((weight) => [weight.key, weight]));
  const found = new Map<string, Importance>();
  const stages = stagesOf(sites);
  let from = '';
  for (const [index, stage] of stages.entries()) {
    const share = (done: number, total: number) =>
      progress((index + done / Math.max(total, 1)) / stages.length);
    const options = { runtime, calibration, kind: data, most: samples, signal, progress: share };
    const collected = await collectInputs(model, stage, options);
    from = collected.from;
    for (const { key, weights: keys } of stage) {
      const statistics = collected.statistics.get(key);
      const values = statistics && meanSquares(statistics);
      for (const weight of keys.flatMap((one) => byKey.get(one) ?? [])) {
        if (values && fits(values, layoutOf(weight))) found.set(weight.key, values);
      }
    }
  }
  if (from !== '')
    note(`Errors are weighted by the inputs in ${from}; that holds for this device.`);
  for (const { key } of weights) {
    if (found.has(key)) continue;
    note(`"${key}" is fitted with all errors alike: ${refused.get(key) ?? apart}.`);
  }
  return found;
}

const apart = 'what is summed over does not lie together in its blocks';

function meanSquares({ groups, channels, gram }: InputStatistics): Importance {
  const values = new Float64Array(groups * channels);
  for (let at = 0; at < values.length; at++) {
    const group = Math.floor(at / channels);
    const place = at % channels;
    values[at] = gram[(group * channels + place) * channels + place]!;
  }
  return { values, groups };
}

const fits = ({ values, groups }: Importance, { outer, axis }: BlockLayout): boolean =>
  values.length === groups * axis && outer % groups === 0;
