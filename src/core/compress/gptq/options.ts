/** What can be chosen of a step with GPTQ. */
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import { bitsOption, blockSizeOption, scalesOption, symmetricOption } from '../grid-options.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';

export const gptqOptions = {
  bits: bitsOption,
  blockSize: blockSizeOption,
  symmetric: symmetricOption,
  scales: scalesOption,
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
