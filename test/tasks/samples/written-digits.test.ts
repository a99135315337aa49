import { readFile } from 'node:fs/promises';

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import { writeDigits } from '../../../src/tasks/samples/written-digits.ts';
import { plainDigits } from '../../../src/zoo/digits/batches.ts';
import { pixels } from '../../../src/zoo/digits/mnist.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';

test('the same seed writes the same, another seed something else', () => {
  const [one, again] = [writeDigits(20, createRandom(1)), writeDigits(20, createRandom(1))];
  expect(one).toEqual(again);
  expect(writeDigits(20, createRandom(2)).images).not.toEqual(one.images);
});

test('ten of each in a hundred, no two alike, each with ink', () => {
  const { images, labels } = writeDigits(100, createRandom(1));
  for (let digit = 0; digit < 10; digit++) {
    expect(labels.filter((label) => label === digit)).toHaveLength(10);
  }
  const texts = Array.from(labels, (_, index) =>
    images.subarray(index * pixels, (index + 1) * pixels).join(),
  );
  expect(new Set(texts).size).toBe(100);
  expect(texts.every((text) => text.includes('255'))).toBe(true);
});

describe.skipIf(!hasShared)(`models that learned from MNIST (${skipReason})`, () => {
  /** From what the zoo's models take back to 0 to 1. */
  const gray = (pixel: number): number => pixel * 0.3081 + 0.1307;

  test.each([
    ['burn_mnist.onnx', (value: number) => value],
    ['mnist-8.onnx', (value: number) => 255 * gray(value)],
  ])(
    '%s knows nearly all of them',
    async (file, scale) => {
      const count = 400;
      const digits = writeDigits(count, createRandom(11));
      const session = await InferenceSession.create(await readFile(sharedPath(`models/${file}`)), {
        intraOpNumThreads: 1,
      });
      const missed = new Map<number, number>();
      for (let index = 0; index < count; index++) {
        const { data, dims } = plainDigits(digits, index, 1);
        const image = new Tensor('float32', (data as Float32Array).map(scale), dims);
        const outputs = await session.run({ [session.inputNames[0]!]: image });
        const scores = outputs[session.outputNames[0]!]!.data as Float32Array;
        const digit = digits.labels[index]!;
        if (scores.indexOf(Math.max(...scores)) !== digit) {
          missed.set(digit, (missed.get(digit) ?? 0) + 1);
        }
      }
      await session.release();
      const total = [...missed.values()].reduce((sum, one) => sum + one, 0);
      expect(total / count, JSON.stringify([...missed])).toBeLessThan(0.03);
    },
    60_000,
  );
});
