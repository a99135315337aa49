/** Finds out what a model's values look like, by running it once. */
import type { Samples } from '../compress/training.ts';
import type { Model } from '../onnx/types.ts';
import { Extension } from './extension.ts';
import { masksIn, PaddingMasks, patternOf, type MaskPattern } from './padding.ts';
import { runBatches, type RunOptions } from './runs.ts';
import type { Batch, Shares } from './shares.ts';

/**
 * Which of some values have rows that are tokens. `padded`: the inputs whose masks leave tokens out;
 * where there are none, nothing runs. Errors: RuntimeError.
 */
export async function findPadding(
  model: Model,
  values: readonly string[],
  samples: Samples,
  { batches }: Pick<Shares, 'batches'>,
  padded: ReadonlySet<string>,
  options: RunOptions,
): Promise<PaddingMasks> {
  const [first] = batches;
  if (padded.size === 0 || values.length === 0 || !first) return new PaddingMasks(new Map());
  const dims = await dimsOf(model, values, samples, first, options);
  const all = masksIn(samples.feeds(first.indices));
  const masks = new Map([...all].filter(([name]) => padded.has(name)));
  return masksFor(dims, masks);
}

/** The masks of values of these dims. */
export function masksFor(
  dims: ReadonlyMap<string, readonly number[]>,
  masks: ReturnType<typeof masksIn>,
): PaddingMasks {
  const patterns = new Map<string, MaskPattern>();
  for (const [name, sizes] of dims) {
    const pattern = patternOf(sizes, masks);
    if (pattern) patterns.set(name, pattern);
  }
  return new PaddingMasks(patterns);
}

/** The dims of values in the run of a batch. Errors: RuntimeError. */
export async function dimsOf(
  model: Model,
  values: readonly string[],
  samples: Samples,
  batch: Batch,
  { runtime, signal }: RunOptions,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const extension = new Extension(model);
  const outputs = new Map(
    values.map((name) => [name, extension.output(extension.emit('Shape', [name]), 'int64')]),
  );
  const dims = new Map<string, readonly number[]>();
  await runBatches(
    extension.done(),
    samples,
    [batch],
    (given) => {
      for (const [name, output] of outputs) {
        dims.set(name, Array.from(given[output]!.data as BigInt64Array, Number));
      }
    },
    { runtime, signal },
  );
  return dims;
}
