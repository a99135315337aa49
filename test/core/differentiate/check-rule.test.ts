/** The check itself: it accepts right gradients, and tells wrong ones by a digit. */
import { expect, test } from 'vitest';

import { node } from '../../../src/core/onnx/build.ts';
import {
  centralDifferences,
  checkGradient,
  draw,
  expectGradients,
  relativeError,
} from './check-rule.ts';
import { gradientsOf } from './emitted-gradients.ts';
import { floats } from './reference/draw.ts';

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

test('central differences of Σ seed · x³ are seed · 3x²', () => {
  const nodes = [node('Mul', ['x', 'x'], ['square']), node('Mul', ['square', 'x'], ['y'])];
  const drawn = draw({ nodes, inputs: { x: [5] }, wrt: ['x'] });
  const [seed, x] = [drawn.seeds.get('y')!.data, drawn.values.get('x')!.data];
  const expected = x.map((one, index) => seed[index]! * 3 * one ** 2);
  expect(relativeError(centralDifferences(drawn, 'x'), expected)).toBeLessThan(1e-9);
});

test('a gradient that is off by 1 in 10,000 is wrong, and so is one that is missing', async () => {
  const inputs = { x: [5], slope: floats([1.0001]) };
  const nodes = [node('Tanh', ['x'], ['y'])];
  const off = [node('Mul', ['x', 'slope'], ['z']), node('Tanh', ['z'], ['y'])];
  const unlike = expectGradients({ nodes, inputs, wrt: ['x'], surrogate: off });
  await expect(unlike).rejects.toThrow('relative error of the gradient of x');
  const flat = [node('Sign', ['x'], ['y'])];
  const missing = expectGradients({ nodes: flat, inputs, wrt: ['x'], surrogate: nodes });
  await expect(missing).rejects.toThrow('relative error of the gradient of x');
});
