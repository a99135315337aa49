/** The check itself: it accepts right gradients, and tells wrong ones by a digit. */
import { expect, test } from 'vitest';

import { node } from '../../../src/core/onnx/build.ts';
import { checkGradient, draw, relativeError } from './check-rule.ts';
import { gradientsOf } from './emitted-gradients.ts';

checkGradient('C = A · B, A broadcast', {
  nodes: [node('Mul', ['A', 'B'], ['C'])],
  inputs: { A: [3], B: [2, 3] },
  wrt: ['A', 'B'],
});

test('Σ seed · (A · B) has the gradient seed · B', async () => {
  const nodes = [node('Mul', ['A', 'B'], ['C'])];
  const drawn = draw({ nodes, inputs: { A: [2, 3], B: [2, 3] }, wrt: ['A'] });
  const gradients = await gradientsOf(drawn);
  const [seed, b] = [drawn.seeds.get('C')!.data, drawn.values.get('B')!.data];
  const expected = seed.map((weight, index) => weight * b[index]!);
  expect(relativeError(gradients.get('A')!.data, expected)).toBeLessThan(1e-6);
});

test('an error is relative to the largest element; NaN and other lengths are infinitely wrong', () => {
  const expected = Float64Array.of(0, 10, -20);
  expect(relativeError(Float64Array.of(0, 11, -20), expected)).toBeCloseTo(0.05, 12);
  expect(relativeError(Float64Array.of(NaN, 10, -20), expected)).toBe(Infinity);
  expect(relativeError(Float64Array.of(0), expected)).toBe(Infinity);
});
