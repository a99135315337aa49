/** The mean of a window, over what the mean is divided by. */
import { node } from '../../../../src/core/onnx/build.ts';
import type { AttributeValue } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';

function check(
  caption: string,
  dims: readonly number[],
  attributes: Readonly<Record<string, AttributeValue>>,
): void {
  checkGradient(caption, {
    nodes: [node('AveragePool', ['X'], ['Y'], { attributes })],
    inputs: { X: dims },
    wrt: ['X'],
  });
}

check('tiles', [2, 3, 4, 6], { kernel_shape: [2, 3], strides: [2, 3] });
check('tiles that leave rows over', [2, 2, 5, 7], { kernel_shape: [2, 2], strides: [2, 2] });
check('overlapping', [2, 2, 5, 6], { kernel_shape: [3, 2] });
const padded = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
check('pads not counted', [2, 2, 6, 5], padded);
check('pads counted', [2, 2, 6, 5], { ...padded, count_include_pad: 1 });
check('uneven pads counted', [1, 2, 6, 5], {
  kernel_shape: [3, 2],
  pads: [2, 0, 1, 1],
  count_include_pad: 1,
});
check('rounded up', [2, 2, 5, 6], { kernel_shape: [2, 4], strides: [2, 4], ceil_mode: 1 });
check('rounded up, pads counted', [1, 2, 6, 6], {
  ...padded,
  ceil_mode: 1,
  count_include_pad: 1,
});
check('strides beyond the kernel', [1, 2, 8, 7], { kernel_shape: [2, 2], strides: [3, 3] });
check('dilated', [1, 2, 6, 7], { kernel_shape: [2, 3], dilations: [2, 3] });
check('SAME_UPPER', [1, 2, 5, 4], { kernel_shape: [2, 2], auto_pad: 'SAME_UPPER' });
check('SAME_LOWER', [1, 2, 5, 4], { kernel_shape: [2, 2], auto_pad: 'SAME_LOWER' });
check('1-D tiles', [2, 3, 7], { kernel_shape: [3], strides: [3] });
check('1-D overlapping', [2, 3, 7], { kernel_shape: [3], strides: [2] });

checkGradient('the whole image', {
  nodes: [node('GlobalAveragePool', ['X'], ['Y'])],
  inputs: { X: [2, 3, 4, 3] },
  wrt: ['X'],
});
