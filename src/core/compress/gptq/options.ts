/** What can be chosen of a step with GPTQ. */
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';

export const gptqOptions = {
  bits: {
    type: 'choice',
    label: 'Bits',
    help: 'Bits per weight. 4 costs little, 3 some, 2 and fewer need a model that is healed afterwards.',
    default: 4,
    choices: [
      { value: 8, label: '8 bits' },
      { value: 6, label: '6 bits (stored in 8)' },
      { value: 5, label: '5 bits (stored in 8)' },
      { value: 4, label: '4 bits' },
      { value: 3, label: '3 bits (stored in 4)' },
      { value: 2, label: '2 bits' },
      { value: 1.58, label: 'three values (stored in 2)' },
      { value: 1, label: 'two values (stored in 2)' },
    ],
  },
  blockSize: {
    type: 'choice',
    label: 'Block size',
    help: 'Weights that share a scale. Small blocks are more exact; each adds a scale.',
    default: 32,
    choices: [
      { value: 0, label: 'whole channel' },
      { value: 16, label: '16' },
      { value: 32, label: '32' },
      { value: 64, label: '64' },
      { value: 128, label: '128' },
      { value: 256, label: '256' },
    ],
  },
  symmetric: {
    type: 'toggle',
    label: 'Symmetric',
    help: 'Codes around 0 with a scale of either sign: smaller, and the form that runs fastest. Without, each block has a zero point besides, and errs less.',
    default: true,
    only: { option: 'bits', is: [8, 6, 5, 4, 3, 2] },
  },
  scales: {
    type: 'choice',
    label: 'Scales stored as',
    help: 'Half floats take half the bytes, and codes are fitted to them; weights too small for them keep full ones. 8 bits make small blocks cheap; channels of up to 4 blocks take half floats all the same.',
    default: 'float16',
    choices: [
      { value: 'float16', label: 'float16' },
      { value: 'float32', label: 'float32' },
      { value: 'int8', label: '8 bits, one float32 step for each channel' },
    ],
  },
  order: {
    type: 'choice',
    label: 'Order',
    help: 'Which inputs of a layer are rounded first. The most active ones have most others left to mend their errors.',
    default: 'activation',
    choices: [
      { value: 'activation', label: 'most active first' },
      { value: 'natural', label: 'as they lie' },
    ],
  },
  damping: {
    type: 'choice',
    label: 'Damping',
    help: 'How little what was seen is trusted: the share of the mean activity that each input gets on top. Automatic tries several and takes the one that does best on held-out samples.',
    default: 'auto',
    choices: [
      { value: 'auto', label: 'automatic' },
      { value: 0.01, label: '0.01' },
      { value: 0.03, label: '0.03' },
      { value: 0.1, label: '0.1' },
      { value: 0.3, label: '0.3' },
      { value: 1, label: '1' },
    ],
  },
  sweeps: {
    type: 'number',
    label: 'Refinement',
    help: 'Rounds that fit scales and codes once more, one after the other. Each takes as long as the rounding before it, and counts only where held-out samples agree.',
    default: 2,
    min: 0,
    max: 3,
    step: 1,
    integer: true,
  },
  inputs: {
    type: 'choice',
    label: 'Inputs',
    help: 'Which model the inputs of a layer come from. Those of the model compressed so far let a layer mend what the layers before it have lost, and take several runs.',
    default: 'compressed',
    choices: [
      { value: 'compressed', label: 'of the model compressed so far' },
      { value: 'original', label: 'of the model as it was' },
    ],
  },
  data: calibrationDataOption,
  samples: mostSamplesOption,
} as const satisfies OptionSpecs;

export type GptqOptions = OptionsOf<typeof gptqOptions>;
