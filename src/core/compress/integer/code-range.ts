/** How many of 8 bits the codes of weights use: an option of every step that multiplies integers. */
import type { OptionSpecs } from '../options.ts';

export const codeRangeOption = {
  type: 'choice',
  label: 'Codes of weights',
  help: 'Reduced codes keep processors whose sums of two products saturate at 16 bits (x86 without VNNI) exact, at the price of one bit.',
  default: 'full',
  choices: [
    { value: 'full', label: 'full, −127 to 127' },
    { value: 'reduced', label: 'reduced, −63 to 63' },
  ],
} as const satisfies OptionSpecs[string];
