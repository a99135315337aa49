import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';

for (const opType of ['Softmax', 'LogSoftmax']) {
  describe(opType, () => {
    for (const axis of [0, 1, 2, -1, -2]) {
      checkGradient(`along axis ${axis}`, {
        nodes: [node(opType, ['X'], ['Y'], { attributes: { axis } })],
        inputs: { X: [2, 3, 4] },
        wrt: ['X'],
      });
    }
    checkGradient('without an axis', {
      nodes: [node(opType, ['X'], ['Y'])],
      inputs: { X: [2, 5] },
      wrt: ['X'],
    });
  });
}
