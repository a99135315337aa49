/** The options of steps that round to grids: how many bits, in which blocks, with which scales. */
import type { OptionSpecs } from './options.ts';

export const bitsOption = {
  type: 'choice',
  label: 'Bits',
  help: 'Bits per weight. 8 is all but lossless, 4 costs a little, 3 and fewer cost much unless the model is healed.',
  default: 4,
  choices: [
    { value: 8, label: '8 bits' },
    { value: 6, label: '6 bits (stored in 8)' },
    { value: 5, label: '5 bits (stored in 8)' },
    { value: 4, label: '4 bits' },
    { value: 3, label: '3 bits (stored in 4)' },
    { value: 2, label: '2 bits' },
    { value: 1.58, label: 'three values (ternary, stored in 2 bits)' },
    { value: 1, label: 'two values (1 bit, stored in 2)' },
  ],
} as const satisfies OptionSpecs[string];

export const blockSizeOption = {
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
} as const satisfies OptionSpecs[string];

/** Beside an option `bits`. */
export const symmetricOption = {
  type: 'toggle',
  label: 'Symmetric',
  help: 'Codes around 0 with a scale of either sign: smaller, and the form that runs fastest. Without, each block has a zero point besides, and errs less.',
  default: true,
  only: { option: 'bits', is: [8, 6, 5, 4, 3, 2] },
} as const satisfies OptionSpecs[string];

export const scalesOption = {
  type: 'choice',
  label: 'Scales stored as',
  help: 'Half floats take half the bytes, and codes are fitted to them; weights too small for them keep full ones. 8 bits make small blocks cheap; channels of up to 4 blocks take half floats all the same.',
  default: 'float16',
  choices: [
    { value: 'float16', label: 'float16' },
    { value: 'float32', label: 'float32' },
    { value: 'int8', label: '8 bits, one float32 step for each channel' },
  ],
} as const satisfies OptionSpecs[string];
