/** Batches of digits to train on, and the share of test digits that a model knows. */
import type { Random } from '../../core/math/random.ts';
import type { Feeds, Session, Value } from '../../core/runtime.ts';
import type { Scores } from '../zoo-model.ts';
import { Deformer, type Deformation } from './augment.ts';
import { pixels, side, standardized, type Digits } from './mnist.ts';

interface BatchOptions {
  readonly size: number;
  readonly deformation: Deformation;
  readonly random: Random;
}

/** Batches by step: each pass goes through all digits in another order, each deformed anew. */
export function digitBatches(digits: Digits, options: BatchOptions): (step: number) => Feeds {
  const { size, deformation, random } = options;
  const perPass = Math.floor(digits.count / size);
  const deformer = new Deformer(deformation);
  let order = { pass: -1, indices: new Uint32Array(0) };
  return (step) => {
    const pass = Math.floor(step / perPass);
    if (order.pass !== pass) {
      order = { pass, indices: shuffled(digits.count, random.fork(`pass ${pass}`)) };
    }
    const start = (step % perPass) * size;
    const chance = random.fork(`step ${step}`);
    const images = new Float32Array(size * pixels);
    const targets = new BigInt64Array(size);
    for (let index = 0; index < size; index++) {
      const digit = order.indices[start + index]!;
      deformer.deform(digits.images, digit * pixels, images, index * pixels, chance);
      targets[index] = BigInt(digits.labels[digit]!);
    }
    return {
      pixel_values: imagesValue(images, size),
      targets: { dtype: 'int64', dims: [size], data: targets },
    };
  };
}

/** 0 … count − 1 in random order (Fisher and Yates). */
function shuffled(count: number, random: Random): Uint32Array<ArrayBuffer> {
  const indices = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const chosen = random.integer(last + 1);
    [indices[last], indices[chosen]] = [indices[chosen]!, indices[last]!];
  }
  return indices;
}

const imagesValue = (data: Float32Array, count: number): Value => ({
  dtype: 'float32',
  dims: [count, 1, side, side],
  data,
});

/** `count` digits from `start` on, as they were written. */
export function plainDigits(digits: Digits, start: number, count: number): Value {
  const written = digits.images.subarray(start * pixels, (start + count) * pixels);
  return imagesValue(Float32Array.from(written, standardized), count);
}

/** The share of the first `count` digits that a model of `pixel_values` → `logits` recognizes. */
export async function digitAccuracy(
  session: Session,
  digits: Digits,
  count = digits.count,
): Promise<Scores> {
  const at = 500;
  let right = 0;
  for (let start = 0; start < count; start += at) {
    const size = Math.min(at, count - start);
    const { logits } = await session.run({ pixel_values: plainDigits(digits, start, size) });
    const scores = logits?.data as Float32Array;
    for (let index = 0; index < size; index++) {
      const ten = scores.subarray(10 * index, 10 * index + 10);
      if (ten.indexOf(Math.max(...ten)) === digits.labels[start + index]) right++;
    }
  }
  return { accuracy: right / count, n: count };
}
