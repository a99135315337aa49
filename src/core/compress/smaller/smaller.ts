/** What the ways to a smaller copy of a model share: their options, their answer, and the check that the copy runs. */
import { traceForward } from '../../differentiate/forward.ts';
import { ModelError } from '../../errors.ts';
import { inputSpecsOf, randomFeeds } from '../../evaluate/inputs.ts';
import { createRandom, type Random } from '../../math/random.ts';
import type { Model } from '../../onnx/types.ts';
import { writeOnnx } from '../../onnx/write.ts';
import type { Feeds, Runtime } from '../../runtime.ts';
import { redrawn } from './redrawn.ts';

export interface SmallerOptions {
  /** Runs the model once before, for the dims of its values, and once after, as a check. */
  readonly runtime: Runtime;
  /** Inputs to run with; random ones by default. */
  readonly feeds?: Feeds;
  /** 'cut' (the default) keeps the values of what stays, 'fresh' draws all weights anew. */
  readonly weights?: 'cut' | 'fresh';
  /** For 'fresh'; seed 0 by default. */
  readonly random?: Random;
  readonly signal?: AbortSignal;
}

export interface Smaller {
  readonly model: Model;
  /** What was done, what was left alone, and why. */
  readonly notes: readonly string[];
}

/** Dims of the values of the main graph, by name, in one run. */
export type Dims = ReadonlyMap<string, readonly number[]>;

/** The inputs to run with. Errors: ModelError for an input that no random values fit. */
export const feedsFor = async (model: Model, { feeds }: SmallerOptions): Promise<Feeds> =>
  feeds ?? randomFeeds(await inputSpecsOf(model));

/** The dims of every value that a run of the model shows. Errors: ModelError, RuntimeError where it does not run. */
export async function dimsOf(model: Model, feeds: Feeds, runtime: Runtime): Promise<Dims> {
  const { values } = await traceForward(model, feeds, new Set(), runtime);
  const dims = new Map(Array.from(values, ([name, value]) => [name, value.dims] as const));
  for (const tensor of model.graph.initializers) dims.set(tensor.name, tensor.dims);
  return dims;
}

/** Draws weights anew where that is asked for, and makes sure that the copy gives outputs like the original's. */
export async function finished(
  small: Smaller,
  feeds: Feeds,
  dims: Dims,
  options: SmallerOptions,
): Promise<Smaller> {
  options.signal?.throwIfAborted();
  const { runtime, weights = 'cut', random = createRandom(0) } = options;
  const drawn = weights === 'fresh' ? redrawn(small.model, random) : undefined;
  const model = drawn?.model ?? small.model;
  await checkOutputs(model, feeds, dims, runtime);
  return { model, notes: [...small.notes, ...(drawn?.notes ?? [])] };
}

/** Errors: ModelError where an output has other dims than before, RuntimeError where the copy does not run. */
async function checkOutputs(
  model: Model,
  feeds: Feeds,
  dims: Dims,
  runtime: Runtime,
): Promise<void> {
  const session = await runtime.createSession(writeOnnx(model));
  try {
    const outputs = await session.run(feeds);
    for (const [name, value] of Object.entries(outputs)) {
      const before = dims.get(name);
      if (!before || before.join() === value.dims.join()) continue;
      throw new ModelError(
        `Output "${name}" would have dims [${value.dims.join(', ')}] instead of [${before.join(', ')}]. ` +
          "This model can't be made smaller in this way; choose another student.",
      );
    }
  } finally {
    await session.release();
  }
}
