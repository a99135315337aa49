/** Handwritten digits with a convolutional network. */
import { crossEntropy } from '../core/differentiate/losses/cross-entropy.ts';
import { imageClassifierFiles } from './architectures/configs.ts';
import { convolutional } from './architectures/convolutional.ts';
import { withWeights } from './architectures/weights.ts';
import { digitAccuracy, digitBatches } from './digits/batches.ts';
import { deviation, mean, readMnist, side } from './digits/mnist.ts';
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
  trainedOn:
    'The 60,000 training digits of MNIST (LeCun, Cortes and Burges, CC BY-SA 3.0), each pass deformed anew.',
  async prepare(read, random) {
    const [written, heldOut] = [await readMnist(read, 'train'), await readMnist(read, 'test')];
    const weights = random.fork('weights');
    return {
      plan,
      training: convolutional(batch, weights),
      batch: digitBatches(written, { size: batch, deformation, random: random.fork('batches') }),
      ship: (trained) => withWeights(convolutional('batch', weights), trained),
      files: imageClassifierFiles({
        labels: Array.from({ length: 10 }, (_, digit) => String(digit)),
        side,
        channels: 1,
        mean,
        deviation,
      }),
      evaluate: (session, quick) => digitAccuracy(session, heldOut, quick ? 2000 : heldOut.count),
    };
  },
};
