/** Transposed convolutions over their attributes. */
import { node } from '../../../../src/core/onnx/build.ts';
import type { AttributeValue } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';

function check(
  caption: string,
  X: readonly number[],
  W: readonly number[],
  attributes: Readonly<Record<string, AttributeValue>>,
): void {
  const group = typeof attributes.group === 'number' ? attributes.group : 1;
  checkGradient(caption, {
    nodes: [node('ConvTranspose', ['X', 'W', 'B'], ['Y'], { attributes })],
    inputs: { X, W, B: [W[1]! * group] },
    wrt: ['X', 'W', 'B'],
  });
}

check('dense', [1, 3, 3, 2], [3, 5, 2, 3], {});
check('few output channels', [2, 3, 4, 3], [3, 2, 3, 3], { pads: [1, 1, 1, 1] });
check('stride 2 with pads', [2, 3, 3, 4], [3, 5, 3, 3], { strides: [2, 2], pads: [1, 0, 1, 2] });
check('output_padding', [2, 3, 3, 4], [3, 5, 3, 3], {
  strides: [2, 3],
  pads: [1, 1, 1, 1],
  output_padding: [1, 2],
});
check('dilated', [1, 3, 4, 3], [3, 5, 2, 3], { dilations: [2, 2], strides: [1, 2] });
check('groups', [2, 4, 3, 4], [4, 3, 3, 2], { group: 2, strides: [2, 1] });
check('depthwise', [2, 4, 3, 4], [4, 1, 3, 3], { group: 4, strides: [2, 2] });
check('1-D', [2, 3, 5], [3, 5, 4], { strides: [2], pads: [1, 1] });
check('large kernel', [1, 2, 2, 3], [2, 5, 6, 6], { strides: [3, 2] });
check('output_shape', [1, 3, 3, 4], [3, 5, 4, 3], { strides: [2, 2], output_shape: [7, 8] });
check('SAME_UPPER', [1, 3, 3, 4], [3, 5, 4, 3], { strides: [2, 2], auto_pad: 'SAME_UPPER' });
