import { describe } from 'vitest';

import { float, node, type AttributeValue } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { distinct, floats } from '../reference/draw.ts';

type Attributes = Readonly<Record<string, AttributeValue>>;

const cases: readonly (readonly [string, Attributes])[] = [
  ['Tanh', {}],
  ['Sigmoid', {}],
  ['Relu', {}],
  ['LeakyRelu', {}],
  ['LeakyRelu', { alpha: float(0.2) }],
  ['LeakyRelu', { alpha: float(-0.5) }],
  ['HardSigmoid', {}],
  ['HardSigmoid', { alpha: float(0.5), beta: float(0.4) }],
  ['HardSwish', {}],
  ['Elu', {}],
  ['Elu', { alpha: float(0.5) }],
  ['Softplus', {}],
  ['Softsign', {}],
  ['Selu', {}],
  ['Selu', { alpha: float(0.5), gamma: float(2) }],
];

/** Both tails and the bends of every activation, away from the kinks. */
const wide = floats(
  Array.from({ length: 24 }, (_, k) => (k - 11.63) * 0.47),
  [4, 6],
);

for (const [opType, attributes] of cases) {
  const options = Object.entries(attributes).map(
    ([key, value]) => `${key} ${JSON.stringify(value)}`,
  );
  checkGradient([opType, ...options].join(', '), {
    nodes: [node(opType, ['X'], ['Y'], { attributes })],
    inputs: { X: wide },
    wrt: ['X'],
  });
}

for (const slope of [[4, 6], [4, 1], [6], [1]]) {
  checkGradient(`PRelu with slopes of [${slope.join()}]`, {
    nodes: [node('PRelu', ['X', 'S'], ['Y'])],
    inputs: { X: wide, S: slope },
    wrt: ['X', 'S'],
  });
}

describe('Clip', () => {
  const bounds = { Low: floats([-0.6], []), High: floats([0.9], []) };
  checkGradient('between bounds', {
    nodes: [node('Clip', ['X', 'Low', 'High'], ['Y'])],
    inputs: { X: distinct([3, 4]), ...bounds },
    wrt: ['X'],
  });
  checkGradient('bounds that are trained', {
    nodes: [node('Clip', ['X', 'Low', 'High'], ['Y'])],
    inputs: { X: distinct([3, 4]), ...bounds },
    wrt: ['X', 'Low', 'High'],
  });
  checkGradient('from below only', {
    nodes: [node('Clip', ['X', 'Low'], ['Y'])],
    inputs: { X: distinct([3, 4]), Low: bounds.Low },
    wrt: ['X'],
  });
  checkGradient('from above only', {
    nodes: [node('Clip', ['X', '', 'High'], ['Y'])],
    inputs: { X: distinct([3, 4]), High: bounds.High },
    wrt: ['X', 'High'],
  });
  checkGradient('without bounds', {
    nodes: [node('Clip', ['X'], ['Y'])],
    inputs: { X: [3] },
    wrt: ['X'],
  });
});
