/** What a visitor reads of two devices that agree, or do not. */
import { expect, test } from 'vitest';

import { compareDevices } from '../../../src/core/evaluate/backend.ts';
import type { Value } from '../../../src/core/runtime.ts';
import { backendWords } from '../../../src/ui/words/backend-words.ts';

const floats = (...values: number[]): Value => ({
  dtype: 'float32',
  dims: [values.length],
  data: Float32Array.from(values),
});
const said = (a: Record<string, Value>, b: Record<string, Value>, random = false) =>
  backendWords({ done: true, agreement: compareDevices(a, b), random });

test('agreement, with the number behind it', () => {
  expect(said({ y: floats(1, 2) }, { y: floats(1, 2) })).toBe(
    'WASM and WebGPU agree on this input: output "y" differs most, by nothing at all; up to 0.1 % is the rounding of devices.',
  );
  expect(said({ y: floats(1, 2) }, { y: floats(1.001, 2) }, true)).toContain(
    'on a random input: output "y" differs most, by 0.05 % of its range',
  );
});

test('a wrong output is named, and what to do', () => {
  const words = said({ a: floats(1), y: floats(1, 2) }, { a: floats(2), y: floats(1, 1.5) });
  expect(words).toContain('do not agree on this input. Output "a" differs by 50 % of its range.');
  expect(words).toContain('One more output differs.');
  expect(words).toMatch(/go on with WASM\.$/);
});

test('a device that can not run the model says why', () => {
  expect(backendWords({ done: false, unable: 'It has no adapter.' })).toBe(
    'The other device could not run this model: It has no adapter.',
  );
});
