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
check('1-D tiles', [2, 3, 7], { kernel_shape: [3], strides: [3] });
check('1-D overlapping', [2, 3, 7], { kernel_shape: [3], strides: [2] });

checkGradient('the whole image', {
  nodes: [node('GlobalMaxPool', ['X'], ['Y'])],
  inputs: { X: distinct([2, 3, 4, 3]) },
  wrt: ['X'],
});

test.each([
  ['tiles share', { kernel_shape: [2, 2], strides: [2, 2] }],
  ['overlapping windows give once', { kernel_shape: [2, 2], strides: [1, 2] }],
])('equal values: %s', async (_, attributes) => {
  const drawn = draw({
    nodes: [node('MaxPool', ['X'], ['Y'], { attributes })],
    inputs: { X: floats(Array<number>(16).fill(3), [1, 1, 4, 4]) },
    wrt: ['X'],
  });
  const total = (values: Float64Array): number => values.reduce((sum, one) => sum + one, 0);
  const gradient = (await gradientsOf(drawn)).get('X')!.data;
  expect(total(gradient)).toBeCloseTo(total(drawn.seeds.get('Y')!.data), 5);
});
