import { expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import type { Session, Value } from '../../../src/core/runtime.ts';
import { digitAccuracy, digitBatches } from '../../../src/zoo/digits/batches.ts';
import { pixels, type Digits } from '../../../src/zoo/digits/mnist.ts';

/** Twelve digits, 0 to 9, 0, 1; each filled with a gray that tells it. */
const digits: Digits = {
  count: 12,
  images: Uint8Array.from({ length: 12 * pixels }, (_, index) => Math.floor(index / pixels) * 20),
  labels: Uint8Array.from({ length: 12 }, (_, index) => index % 10),
};
const deformation = { turn: 5, scale: 0.1, shear: 0.1, shift: 1, bend: 1 };
const batches = () => digitBatches(digits, { size: 4, deformation, random: createRandom(7) });
const idsOf = (targets?: Value): bigint[] => [...(targets!.data as BigInt64Array)];

test('a step gives the same batch, whatever came before', () => {
  const [one, other] = [batches(), batches()];
  one(0);
  one(5);
  expect(one(4)).toEqual(other(4));
  expect(one(3)).not.toEqual(one(4));
});

test('a pass goes through all digits, each pass in another order', () => {
  const batch = batches();
  const pass = (first: number) =>
    [0, 1, 2].flatMap((step) => idsOf(batch(first + step)['targets']));
  const sorted = (ids: bigint[]) => [...ids].sort((a, b) => Number(a - b));
  expect(sorted(pass(0))).toEqual([0n, 0n, 1n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
  expect(sorted(pass(3))).toEqual(sorted(pass(0)));
  expect(pass(3)).not.toEqual(pass(0));
});

test('accuracy counts the digits whose score is the largest', async () => {
  // Answers 3 for every image.
  const session: Session = {
    inputNames: ['pixel_values'],
    outputNames: ['logits'],
    run: ({ pixel_values }) => {
      const count = pixel_values!.dims[0]!;
      const data = Float32Array.from(
        { length: 10 * count },
        (_, index) => -Math.abs((index % 10) - 3),
      );
      return Promise.resolve({ logits: { dtype: 'float32', dims: [count, 10], data } });
    },
    release: () => Promise.resolve(),
  };
  expect(await digitAccuracy(session, digits)).toEqual({ accuracy: 1 / 12, n: 12 });
  expect(await digitAccuracy(session, digits, 3)).toEqual({ accuracy: 0, n: 3 });
});
