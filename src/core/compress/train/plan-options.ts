/** The options that every technique that trains has. */
import type { OptionSpecs } from '../options.ts';

/** Which samples, by the kinds that `TrainingControl.samples` knows. */
export const dataOption = {
  type: 'choice',
  label: 'Data',
  help: 'What to train on: samples that belong to the model, random inputs, or files of your own. Random inputs teach little to models of images and text.',
  default: 'calibration',
  choices: [
    { value: 'calibration', label: 'the model’s own samples' },
    { value: 'generated', label: 'random inputs' },
    { value: 'own', label: 'files of your own' },
  ],
} as const satisfies OptionSpecs[string];

export const batchOption = {
  type: 'number',
  label: 'Batch',
  help: 'Samples in one step. Models that take one sample at a time train with one.',
  default: 32,
  min: 1,
  max: 1024,
  step: 1,
  integer: true,
} as const satisfies OptionSpecs[string];

export const stepsOption = {
  type: 'number',
  label: 'Steps',
  help: 'Changes of the weights, each after one batch. You can stop earlier and keep the best state.',
  default: 300,
  min: 1,
  max: 100_000,
  step: 1,
  integer: true,
} as const satisfies OptionSpecs[string];

export const learningRateOption = {
  type: 'number',
  label: 'Learning rate',
  help: 'The size of the first full steps; it falls towards the end. Too high, and the loss rises.',
  default: 0.0005,
  min: 0.000_001,
  max: 0.1,
  step: 0.0001,
  integer: false,
} as const satisfies OptionSpecs[string];

export const trainsOption = {
  type: 'choice',
  label: 'Trains',
  help: 'Which values may change. Norms and biases are few: they cost little memory and forget little. The scales of quantized weights always train.',
  default: 'all',
  choices: [
    { value: 'all', label: 'weights, norms and biases' },
    { value: 'weights', label: 'weights' },
    { value: 'norms', label: 'norms and biases' },
  ],
} as const satisfies OptionSpecs[string];

export const lossOption = {
  type: 'choice',
  label: 'Compared by',
  help: 'What the answers are: scores of classes or tokens (Kullback-Leibler divergence), plain values (relative squared error), or directions such as embeddings (cosine).',
  default: 'auto',
  choices: [
    { value: 'auto', label: 'what fits' },
    { value: 'scores', label: 'scores' },
    { value: 'values', label: 'values' },
    { value: 'direction', label: 'directions' },
  ],
} as const satisfies OptionSpecs[string];

export const temperatureOption = {
  type: 'number',
  label: 'Temperature',
  help: 'Above 1 the student learns more of what the teacher holds for unlikely. For scores only.',
  default: 1,
  min: 0.5,
  max: 20,
  step: 0.5,
  integer: false,
  only: { option: 'loss', is: ['auto', 'scores'] },
} as const satisfies OptionSpecs[string];

export const hardLabelsOption = {
  type: 'number',
  label: 'Right answers',
  help: 'The share of the right answers beside the teacher’s, where the samples have them. For scores only.',
  default: 0,
  min: 0,
  max: 1,
  step: 0.05,
  integer: false,
  only: { option: 'loss', is: ['auto', 'scores'] },
} as const satisfies OptionSpecs[string];

export const hiddenOption = {
  type: 'number',
  label: 'Hidden states',
  help: 'The weight of the sums after each layer beside the outputs, where student and teacher have the same.',
  default: 0,
  min: 0,
  max: 1,
  step: 0.05,
  integer: false,
} as const satisfies OptionSpecs[string];
