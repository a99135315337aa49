/** Stored statistics against the operator; those of the batch against the same in single steps. */
import { float, node } from '../../../../src/core/onnx/build.ts';
import type { Node } from '../../../../src/core/onnx/types.ts';
import { checkGradient } from '../check-rule.ts';
import { between, integers } from '../reference/draw.ts';

const names = ['X', 'scale', 'bias', 'mean', 'variance'];
const inputs = (dims: readonly number[]) => ({
  X: dims,
  scale: [dims[1]!],
  bias: [dims[1]!],
  mean: [dims[1]!],
  variance: between([dims[1]!]),
});

const images = [3, 4, 3, 2];

checkGradient('stored statistics', {
  nodes: [node('BatchNormalization', names, ['Y'], { attributes: { epsilon: float(0.01) } })],
  inputs: inputs(images),
  wrt: names,
});

checkGradient('stored statistics of rows, only the input wanted', {
  nodes: [node('BatchNormalization', names, ['Y'])],
  inputs: inputs([5, 3]),
  wrt: ['X'],
});

/** Y = scale · (X − mean) / √(mean of squares + 1e-5) + bias, over all axes but 1. */
function inSteps(rank: number): Node[] {
  const spread = rank > 2 ? ['scale4', 'bias4'] : ['scale', 'bias'];
  return [
    node('ReduceMean', ['X', 'axes'], ['center']),
    node('Sub', ['X', 'center'], ['away']),
    node('Mul', ['away', 'away'], ['squares']),
    node('ReduceMean', ['squares', 'axes'], ['spread']),
    node('Add', ['spread', 'epsilon'], ['safe']),
    node('Sqrt', ['safe'], ['deviation']),
    node('Div', ['away', 'deviation'], ['normalized']),
    ...(rank > 2
      ? [
          node('Reshape', ['scale', 'perChannel'], ['scale4']),
          node('Reshape', ['bias', 'perChannel'], ['bias4']),
        ]
      : []),
    node('Mul', ['normalized', spread[0]!], ['scaled']),
    node('Add', ['scaled', spread[1]!], ['Y']),
  ];
}

for (const dims of [images, [5, 3], [3, 4, 5]]) {
  checkGradient(`statistics of the batch, dims [${dims.join()}]`, {
    nodes: [node('BatchNormalization', names, ['Y'])],
    surrogate: inSteps(dims.length),
    inputs: {
      ...inputs(dims),
      axes: integers(dims.map((_, axis) => axis).filter((axis) => axis !== 1)),
      perChannel: integers([-1, ...dims.slice(2).map(() => 1)]),
      epsilon: { dims: [], data: Float64Array.of(1e-5) },
    },
    wrt: ['X', 'scale', 'bias'],
    batchStatistics: true,
  });
}
