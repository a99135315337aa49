/** The options of static quantization. */
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';
import { codeRangeOption } from './code-range.ts';

export const staticOptions = {
  ranges: {
    type: 'choice',
    label: 'Ranges of activations',
    help: 'How the range of each activation is drawn from what was measured: a narrower one cuts off outliers and rounds the rest more finely.',
    default: 'mse',
    choices: [
      { value: 'mse', label: 'least squared error' },
      { value: 'entropy', label: 'least divergence (entropy)' },
      { value: 'percentile', label: '99.99 % of the values' },
      { value: 'min-max', label: 'all values' },
    ],
  },
  depthwise: {
    type: 'choice',
    label: 'Depthwise convolutions',
    help: 'Their integer form takes about five times as long as float32 on processors, and they suffer most from rounding.',
    default: 'float32',
    choices: [
      { value: 'float32', label: 'leave in float32' },
      { value: 'int8', label: 'round as well' },
    ],
  },
  ends: {
    type: 'choice',
    label: 'First and last layer',
    help: 'The first layer sees the input itself and the last one makes the answer; both are often worth their bytes.',
    default: 'int8',
    choices: [
      { value: 'int8', label: 'round as well' },
      { value: 'float32', label: 'leave in float32' },
    ],
  },
  range: codeRangeOption,
  data: calibrationDataOption,
  samples: mostSamplesOption,
} as const satisfies OptionSpecs;

export type StaticOptions = OptionsOf<typeof staticOptions>;
