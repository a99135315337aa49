/** Collects what flows into weights, a part of the model at a time, for techniques that look at data. */
import { collectInputs, stagesOf } from '../../calibrate/collect.ts';
import { sitesOf, type Site } from '../../calibrate/sites.ts';
import type { InputStatistics } from '../../calibrate/statistics.ts';
import { RecipeError } from '../../errors.ts';
import type { Model } from '../../onnx/types.ts';
import type { Weight } from '../../onnx/weights.ts';
import type { SampleKind } from '../calibration.ts';
import type { Context } from '../technique.ts';

export interface Visited {
  /** "256 of the model's own samples, 8,192 rows"; absent where there was no site. */
  readonly from?: string;
  /** Why a weight has no site. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Calls `visit` with the statistics of each input of the weights, in the order of the graph; they are
 * dropped afterwards. Errors: RecipeError without a runtime or samples, those of `collectInputs`.
 */
export async function visitSites(
  model: Model,
  weights: readonly Weight[],
  { data, samples }: { readonly data: SampleKind; readonly samples: number },
  { calibration, runtime, signal }: Pick<Context, 'calibration' | 'runtime' | 'signal'>,
  visit: (site: Site, statistics: InputStatistics) => void | Promise<void>,
): Promise<Visited> {
  if (!runtime) {
    throw new RecipeError('This step runs the model, and no runtime was given; give one.');
  }
  if (!calibration) {
    throw new RecipeError('This step looks at samples, and there are none; give some.');
  }
  const { sites, refused } = sitesOf(model, weights);
  let from: string | undefined;
  for (const stage of stagesOf(sites)) {
    const options = { runtime, calibration, kind: data, most: samples, signal };
    const collected = await collectInputs(model, stage, options);
    from ??= collected.from;
    for (const site of stage) {
      signal.throwIfAborted();
      const statistics = collected.statistics.get(site.key);
      if (statistics) await visit(site, statistics);
    }
  }
  return { refused, ...(from === undefined ? {} : { from }) };
}
