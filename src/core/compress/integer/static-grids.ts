/** Measures activations on samples, and gives each its grid. */
import { collectRanges } from '../../calibrate/collect.ts';
import { RecipeError } from '../../errors.ts';
import type { Model } from '../../onnx/types.ts';
import type { Context } from '../technique.ts';
import { chooseRange, gridOf, type ActivationGrid } from './activation-range.ts';
import type { StaticOptions } from './static-options.ts';
import type { Rounded } from './static-region.ts';

/** The grid of every root, from samples. Errors: RecipeError where there is nothing to measure with. */
export async function gridsOf(
  model: Model,
  rounded: Rounded,
  { data, samples, ranges }: StaticOptions,
  { runtime, calibration, signal, note }: Context,
): Promise<ReadonlyMap<string, ActivationGrid>> {
  if (!runtime || !calibration) {
    throw new RecipeError(
      'quantize-static measures activations on samples and needs a runtime and samples for that. ' +
        'Give them, or use quantize-dynamic, which needs neither.',
    );
  }
  const roots = [...new Set(rounded.values())];
  const { statistics, from } = await collectRanges(model, roots, {
    runtime,
    calibration,
    kind: data,
    most: samples,
    signal,
  });
  note(
    `The ranges of ${roots.length} activations were measured on ${from}; on another device they may differ in the last digit.`,
  );
  return new Map(
    roots.map((root) => {
      const found = statistics.get(root);
      return [root, gridOf(found ? chooseRange(found, ranges) : { low: 0, high: 0 })] as const;
    }),
  );
}
