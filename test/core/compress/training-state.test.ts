import { expect, test } from 'vitest';

import { packTraining, unpackTraining } from '../../../src/core/compress/training-state.ts';
import type { TrainingState } from '../../../src/core/compress/training.ts';

const heldOut = { loss: 0.25, agreement: 0.9 };
const state: TrainingState = {
  step: 120,
  vectors: new Map([
    ['wéight', new Float32Array([1, -2, 3.5])],
    ['empty', new Float32Array(0)],
  ]),
  best: { step: 100, heldOut, vectors: new Map([['wéight', new Float32Array([0.5, 0, -0])]]) },
  news: [{ step: 100, steps: 300, loss: 0.3, learningRate: 0.001, heldOut }],
};

test('a training comes back as it was packed', async () => {
  expect(await unpackTraining(packTraining(state))).toEqual(state);
});

test('without a best state there is none', async () => {
  const { step, vectors, news } = state;
  const without = { step, vectors, news };
  expect(await unpackTraining(packTraining(without))).toEqual(without);
});

test('what is cut off, or something else, is no training', async () => {
  const whole = packTraining(state);
  expect(await unpackTraining(whole.slice(0, whole.size - 4))).toBeUndefined();
  expect(await unpackTraining(whole.slice(0, 40))).toBeUndefined();
  expect(await unpackTraining(new Blob(['no training']))).toBeUndefined();
  expect(await unpackTraining(new Blob([]))).toBeUndefined();
});
