/** The largest of a window: values apart for central differences, equal ones against definition. */
import { expect, test } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import type { AttributeValue } from '../../../../src/core/onnx/build.ts';
import { checkGradient, draw } from '../check-rule.ts';
import { gradientsOf } from '../emitted-gradients.ts';
import { distinct, floats } from '../reference/draw.ts';

function check(
  caption: string,
  dims: readonly number[],
  attributes: Readonly<Record<string, AttributeValue>>,
): void {
  checkGradient(caption, {
    nodes: [node('MaxPool', ['X'], ['Y'], { attributes })],
    inputs: { X: distinct(dims) },
    wrt: ['X'],
  });
}

check('tiles', [2, 3, 4, 6], { kernel_shape: [2, 3], strides: [2, 3] });
check('tiles that leave rows over', [2, 2, 5, 7], { kernel_shape: [2, 2], strides: [2, 2] });
check('overlapping', [2, 2, 5, 6], { kernel_shape: [3, 2] });
check('overlapping with pads', [2, 2, 6, 5], {
  kernel_shape: [3, 3],
  strides: [2, 2],
  pads: [1, 1, 1, 1],
});
check('rounded up', [2, 2, 5, 6], { kernel_shape: [2, 4], strides: [2, 4], ceil_mode: 1 });
check('dilated', [1, 2, 6, 7], { kernel_shape: [2, 3], dilations: [2, 3] });
check('SAME_UPPER', [1, 2, 5, 4], {
  kernel_shape: [2, 2],
  strides: [2, 2],
  auto_pad: 'SAME_UPPER',
});
check('SAME_LOWER', [1, 2, 5, 4], {
  kernel_shape: [3, 2],
  strides: [2, 2],
  auto_pad: 'SAME_LOWER',
});
check('overlapping, rounded up within pads', [1, 2, 6, 7], {
  kernel_shape: [3, 3],
  strides: [2, 2],
  pads: [1, 0, 1, 0],
  ceil_mode: 1,
});
check('windows that leave gaps and rows over', [1, 2, 6, 8], {
  kernel_shape: [2, 2],
  strides: [3, 3],
});
check('1-D tiles', [2, 3, 7], { kernel_shape: [3], strides: [3] });
check('1-D overlapping', [2, 3, 7], { kernel_shape: [3], strides: [2] });
check('1-D dilated with pads', [2, 3, 7], { kernel_shape: [3], dilations: [2], pads: [1, 2] });

checkGradient('the whole image', {
  nodes: [node('GlobalMaxPool', ['X'], ['Y'])],
  inputs: { X: distinct([2, 3, 4, 3]) },
  wrt: ['X'],
});

// Zeros, as an activation before makes them: the padding must not be one of the equal values.
test.each([
  ['tiles', { kernel_shape: [2, 2], strides: [2, 2] }],
  ['overlapping windows', { kernel_shape: [2, 2], strides: [1, 2] }],
  ['windows that reach into padding', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }],
])('equal values share the gradient: %s', async (_, attributes) => {
  const drawn = draw({
    nodes: [node('MaxPool', ['X'], ['Y'], { attributes })],
    inputs: { X: floats(Array<number>(16).fill(0), [1, 1, 4, 4]) },
    wrt: ['X'],
  });
  const total = (values: Float64Array): number => values.reduce((sum, one) => sum + one, 0);
  const gradient = (await gradientsOf(drawn)).get('X')!.data;
  expect(total(gradient)).toBeCloseTo(total(drawn.seeds.get('Y')!.data), 5);
});

test('the values of a window that are equal get the same', async () => {
  const drawn = draw({
    nodes: [node('MaxPool', ['X'], ['Y'], { attributes: { kernel_shape: [3] } })],
    inputs: { X: floats([5, 1, 5, 5], [1, 1, 4]) },
    wrt: ['X'],
  });
  const [first, second] = drawn.seeds.get('Y')!.data as unknown as [number, number];
  const gradient = (await gradientsOf(drawn)).get('X')!.data;
  const expected = [first / 2, 0, (first + second) / 2, second / 2];
  expected.forEach((one, at) => expect(gradient[at]).toBeCloseTo(one, 5));
});
