/** Handwritten digits with a convolutional network. */
import { crossEntropy } from '../core/differentiate/losses/cross-entropy.ts';
import { convolutional } from './architectures/convolutional.ts';
import { prepareDigits, trainedOnMnist } from './digits/classifier.ts';
import type { TrainingPlan, ZooModel } from './zoo-model.ts';

const batch = 64;
/** Fourteen passes over the 60,000 digits. */
const steps = 13_000;

const plan: TrainingPlan = {
  steps,
  schedule: { learningRate: 2e-3, warmUp: 300, steps, floor: 0.005 },
  loss: crossEntropy({ logits: 'logits', smoothing: 0.05 }),
  weightDecay: 0.02,
  clipNorm: 5,
  averaging: 0.999,
  evaluateEvery: 1000,
};

const deformation = { turn: 12, scale: 0.12, shear: 0.12, shift: 2, bend: 1.2 };

export const digits: ZooModel = {
  label: 'Digits',
  task: 'image-classification',
  summary: 'Recognizes handwritten digits with a small convolutional network.',
  trainedOn: trainedOnMnist,
  prepare: (read, random) =>
    prepareDigits({ plan, batch, deformation, draw: convolutional }, read, random),
};
