/** Small graphs for the tests of weights: one input `x`, one output `y`, tensors of zeros. */
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { byteLength, makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Dtype, Model, Node, Tensor } from '../../../src/core/onnx/types.ts';
import type { Weight } from '../../../src/core/onnx/weights.ts';

/** A tensor of zeros. */
export const zeros = (name: string, dims: readonly number[], dtype: Dtype = 'float32'): Tensor =>
  makeTensor(name, dtype, dims, new Uint8Array(byteLength({ name, dims, dtype })));

/** A list of int64. */
export const integers = (name: string, values: readonly number[]): Tensor =>
  makeTensor(name, 'int64', [values.length], BigInt64Array.from(values, BigInt));

/** A model of these nodes, from `x` to `y`. */
export const modelOf = (
  nodes: readonly Node[],
  initializers: readonly Tensor[] = [],
  inputs: readonly string[] = ['x'],
): Model =>
  model(
    graph({
      nodes,
      initializers,
      inputs: inputs.map((name) => value(name, name.endsWith('ids') ? 'int64' : 'float32')),
      outputs: [value('y', 'float32')],
    }),
    { microsoft: true },
  );

/** What was found, in one line each: `key: role dims, in axes, out axes → consumers`. */
export const lines = (weights: readonly Weight[]): string[] =>
  weights.map(({ key, role, dims, inAxes, outAxes, consumers }) => {
    const uses = consumers.map(({ node: { opType }, input, via }) =>
      [`${opType}.${input}`, ...via.map((between) => between.opType)].join(' < '),
    );
    const axes = `in ${inAxes.join(' ')}, out ${outAxes.join(' ')}`;
    return `${key}: ${role} ${dims.join('×')}, ${axes} → ${uses.join(', ')}`;
  });

/** `y = x × w` after the given nodes made `w`. */
export const product = (weight = 'w'): Node => node('MatMul', ['x', weight], ['y']);
