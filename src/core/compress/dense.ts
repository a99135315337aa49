/** What techniques that compute with a weight's values share: who qualifies, and loading one at a time. */
import { ModelError } from '../errors.ts';
import { checkFinite, NonFiniteError } from '../math/blocks.ts';
import type { Scratch } from '../onnx/bytes.ts';
import { isFloat } from '../onnx/floats.ts';
import { loadFloats } from '../onnx/tensor.ts';
import type { Weight } from '../onnx/weights.ts';
import type { Context } from './technique.ts';

/** Why a weight's values can't be read and written as real numbers; undefined where they can. */
export function notDense({ quantized, stored, dtype }: Weight): string | undefined {
  if (quantized) return `it is stored as ${dtype} codes already; put Dequantize before this step`;
  if (stored === 'sparse') return 'it is stored sparse';
  return isFloat(dtype) ? undefined : `its values are ${dtype}`;
}

/** Leaves out the weights for which `reason` has one, with a note about each. */
export function withoutRefused(
  weights: readonly Weight[],
  reason: (weight: Weight) => string | undefined,
  note: Context['note'],
): Weight[] {
  return weights.filter((weight) => {
    const why = reason(weight);
    if (why !== undefined) note(`"${weight.key}" is left as it is: ${why}.`);
    return why === undefined;
  });
}

/** The weights one after the other, with progress before each and the signal heeded. */
export function* inTurn(
  weights: readonly Weight[],
  { signal, progress }: Pick<Context, 'signal' | 'progress'>,
): Generator<Weight> {
  for (const [index, weight] of weights.entries()) {
    signal.throwIfAborted();
    progress(index, weights.length, weight.key);
    yield weight;
  }
  const last = weights.at(-1);
  if (last) progress(weights.length, weights.length, last.key);
}

/** A weight's values as float32, not to be written into; in `scratch` they hold until its next use. Errors: ModelError that names the first NaN or infinity. */
export async function loadFinite(weight: Weight, scratch?: Scratch): Promise<Float32Array> {
  const values = await loadFloats(weight.tensor, scratch);
  named(weight, () => checkFinite(values));
  return values;
}

/** What `compute` gives; where it meets a NaN or an infinity, a ModelError that names weight and place. */
export function named<T>({ key, tensor }: Weight, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    const place = placeOf(error.index, tensor.dims).join(', ');
    throw new ModelError(
      `Weight "${key}" is not finite at [${place}] (value ${error.index}). ` +
        'Leave this weight out of the step, or export the model again.',
      { cause: error },
    );
  }
}

function placeOf(index: number, dims: readonly number[]): number[] {
  const place: number[] = [];
  let rest = index;
  for (const dim of [...dims].reverse()) {
    place.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return place;
}
