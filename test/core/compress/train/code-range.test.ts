import { expect, test } from 'vitest';

import { codeRange } from '../../../../src/core/compress/train/code-range.ts';

test.each([
  ['two values', [-1, 1, 1], 2, true, { low: -1, high: 1, step: 2 }],
  ['three values', [-1, 0, 1], 2, true, { low: -1, high: 1, step: 1 }],
  ['all of 2 bits', [-2, 0, 1], 2, true, { low: -2, high: 1, step: 1 }],
  ['3 bits in 4', [-4, 0, 3], 4, true, { low: -4, high: 3, step: 1 }],
  ['3 bits in 4, unsigned', [0, 7], 4, false, { low: 0, high: 7, step: 1 }],
  ['all of 4 bits', [-8, 7], 4, true, { low: -8, high: 7, step: 1 }],
  ['6 bits in 8', [-17, 31], 8, true, { low: -32, high: 31, step: 1 }],
  ['int8 as its kernels expect it', [-127, 5], 8, true, { low: -127, high: 127, step: 1 }],
  ['int8 of other tools', [-128, 5], 8, true, { low: -128, high: 127, step: 1 }],
  ['uint8', [0, 255], 8, false, { low: 0, high: 255, step: 1 }],
] as const)('%s', (_, codes, container, signed, range) => {
  const stored = signed ? Int8Array.from(codes) : Uint8Array.from(codes);
  expect(codeRange(stored, container, signed)).toEqual(range);
});
