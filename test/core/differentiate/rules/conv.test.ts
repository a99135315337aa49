/** Convolutions: every way that the filters' gradient is computed, and every attribute. */
import { node } from '../../../../src/core/onnx/build.ts';
import type { AttributeValue } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';

type Attributes = Readonly<Record<string, AttributeValue>>;

function check(
  caption: string,
  X: readonly number[],
  W: readonly number[],
  attributes: Attributes,
): void {
  checkGradient(caption, {
    nodes: [node('Conv', ['X', 'W', 'B'], ['Y'], { attributes })],
    inputs: { X, W, B: [W[0]!] },
    wrt: ['X', 'W', 'B'],
  });
}

check('few channels: one product of columns', [2, 1, 4, 5], [2, 1, 3, 3], { pads: [1, 1, 1, 1] });
check('three channels, stride 2, uneven pads', [2, 3, 6, 5], [2, 3, 3, 2], {
  strides: [2, 2],
  pads: [1, 0, 2, 1],
});
check('dense', [1, 5, 3, 4], [2, 5, 3, 3], { pads: [1, 1, 1, 1] });
check('1 × 1', [2, 5, 3, 3], [4, 5, 1, 1], {});
check('1 × 1 with stride 2', [2, 5, 4, 5], [4, 5, 1, 1], { strides: [2, 2] });
check('stride 2 that leaves a row over', [1, 5, 4, 6], [2, 5, 3, 3], { strides: [2, 2] });
check('strides 3 and 1', [1, 5, 8, 5], [2, 5, 2, 3], { strides: [3, 1], pads: [0, 1, 1, 0] });
check('dilated', [1, 5, 7, 6], [2, 5, 3, 2], { dilations: [2, 3], pads: [1, 1, 0, 1] });
check('dilated with stride', [1, 5, 9, 8], [2, 5, 3, 2], { dilations: [2, 3], strides: [2, 3] });
check('two groups', [1, 4, 4, 4], [4, 2, 3, 2], { group: 2, pads: [1, 1, 1, 0] });
check('depthwise', [2, 3, 4, 4], [3, 1, 3, 3], { group: 3, pads: [1, 1, 1, 1] });
check('depthwise, two filters per channel, stride 2', [1, 2, 5, 5], [4, 1, 3, 3], {
  group: 2,
  strides: [2, 2],
  pads: [1, 1, 1, 1],
});
check('large kernel: one convolution', [1, 5, 7, 4], [1, 5, 9, 4], { pads: [2, 1, 1, 2] });
check('large kernel, strides, rows over', [1, 5, 15, 7], [1, 5, 11, 3], { strides: [3, 2] });
check('large kernel, dilated', [1, 5, 18, 3], [1, 5, 9, 4], {
  dilations: [2, 1],
  pads: [0, 2, 0, 1],
});
check('large kernel in groups', [1, 10, 6, 6], [2, 5, 6, 6], { group: 2, pads: [1, 0, 1, 0] });
check('1-D', [2, 5, 8], [3, 5, 3], { pads: [1, 2] });
check('1-D, one channel, stride 2', [2, 1, 9], [3, 1, 4], { strides: [2], pads: [1, 1] });
check('1-D, depthwise, dilated', [2, 5, 8], [5, 1, 3], { group: 5, dilations: [2] });
check('SAME_UPPER', [1, 5, 6, 5], [2, 5, 2, 4], { auto_pad: 'SAME_UPPER' });
check('SAME_LOWER with stride 2', [1, 5, 6, 5], [2, 5, 3, 2], {
  auto_pad: 'SAME_LOWER',
  strides: [2, 2],
});
check('VALID', [1, 5, 5, 5], [2, 5, 3, 3], { auto_pad: 'VALID' });

checkGradient('without bias', {
  nodes: [node('Conv', ['X', 'W'], ['Y'])],
  inputs: { X: [1, 5, 4, 4], W: [2, 5, 3, 3] },
  wrt: ['X', 'W'],
});
