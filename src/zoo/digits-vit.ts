/** Handwritten digits with a small vision transformer. */
import { crossEntropy } from '../core/differentiate/losses/cross-entropy.ts';
import { visionTransformer } from './architectures/vision-transformer.ts';
import { prepareDigits, trainedOnMnist } from './digits/classifier.ts';
import type { TrainingPlan, ZooModel } from './zoo-model.ts';

/** 36 patches, 0.4 million weights. */
const sizes = { patch: 8, stride: 4, width: 96, heads: 4, hidden: 288, layers: 4 };

const batch = 64;
/** Nearly ten passes over the 60,000 digits. */
const steps = 5000;

const plan: TrainingPlan = {
  steps,
  schedule: { learningRate: 1e-3, warmUp: 400, steps, floor: 0.01 },
  loss: crossEntropy({ logits: 'logits', smoothing: 0.05 }),
  weightDecay: 0.05,
  clipNorm: 1,
  averaging: 0.999,
  evaluateEvery: 1000,
};

/** Gentler than the convolutional network's: what this one is not built to know, it must see often. */
const deformation = { turn: 10, scale: 0.1, shear: 0.1, shift: 1.5, bend: 0.8 };

export const digitsVit: ZooModel = {
  label: 'Digits, transformer',
  task: 'image-classification',
  summary: 'Recognizes handwritten digits with a small vision transformer.',
  trainedOn: trainedOnMnist,
  prepare: (read, random) =>
    prepareDigits(
      {
        plan,
        batch,
        deformation,
        draw: (images, weights) => visionTransformer(sizes, images, weights),
        sizes: {
          patch_size: sizes.patch,
          hidden_size: sizes.width,
          num_hidden_layers: sizes.layers,
          num_attention_heads: sizes.heads,
          intermediate_size: sizes.hidden,
        },
      },
      read,
      random,
    ),
};
