/** Runs a model on samples and collects statistics of values inside it. */
import { ModelError } from '../errors.ts';
import type { CalibrationControl, SampleKind } from '../compress/calibration.ts';
import type { Model } from '../onnx/types.ts';
import type { Runtime } from '../runtime.ts';
import type { Site } from './sites.ts';
import type { InputStatistics, RangeStatistics } from './statistics.ts';

export interface CollectOptions {
  readonly runtime: Runtime;
  readonly calibration: CalibrationControl;
  readonly kind: SampleKind;
  /** At most so many samples, spread over all; all unless told. */
  readonly most?: number;
  readonly signal: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
}

/** What was collected, and from what. */
export interface Collected<T> {
  /** By the site's key, or the value's name. */
  readonly statistics: ReadonlyMap<string, T>;
  /** "400 of the model's own samples, 12,800 rows": for notes. */
  readonly from: string;
}

/** Statistics of sites. The Grams of all sites lie in memory: `stagesOf` cuts large models into parts. Errors: RecipeError without samples, RuntimeError, the signal's reason. */
export function collectInputs(
  model: Model,
  sites: readonly Site[],
  options: CollectOptions,
): Promise<Collected<InputStatistics>> {
  throw new ModelError(`Not there yet: ${model.graph.name}, ${sites.length}, ${options.kind}.`);
}

/** Sites in runs, in their order, whose Grams take at most `bytes` together. */
export function stagesOf(sites: readonly Site[], bytes = 2 ** 28): readonly (readonly Site[])[] {
  throw new ModelError(`Not there yet: ${sites.length}, ${bytes}.`);
}

/** Statistics of values by name, in two passes: range, then histogram. Errors: as `collectInputs`. */
export function collectRanges(
  model: Model,
  values: readonly string[],
  options: CollectOptions & { readonly channels?: boolean },
): Promise<Collected<RangeStatistics>> {
  throw new ModelError(`Not there yet: ${model.graph.name}, ${values.length}, ${options.kind}.`);
}
