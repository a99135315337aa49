/** How many axes a value has, where the graph alone says so. */
import { operatorOf } from '../../onnx/flow.ts';
import { integersOf } from '../../onnx/ready-integers.ts';
import type { FoldGraph } from './fold-graph.ts';

/** Operators whose output has the rank of their first input. */
const keeping = new Set([
  'BatchNormalization',
  'Cast',
  'Clip',
  'Dropout',
  'Elu',
  'Gelu',
  'Identity',
  'LayerNormalization',
  'LeakyRelu',
  'Relu',
  'Sigmoid',
  'Softmax',
  'Tanh',
]);

/** The rank of a value; undefined where it takes a run of the model to know. */
export function rankOf(graph: FoldGraph, value: string): number | undefined {
  let at = value;
  for (let steps = 0; steps < 64; steps++) {
    const declared = graph.ranks.get(at);
    if (declared !== undefined) return declared;
    const node = graph.index.producer.get(at);
    if (!node) return graph.stored(at)?.tensor.dims.length;
    const operator = operatorOf(node);
    if (operator === 'Gemm' || operator === 'Flatten') return 2;
    if (operator === 'Reshape') {
      const tensor = graph.stored(node.inputs[1] ?? '')?.tensor;
      return tensor && integersOf({ name: tensor.name, uses: [], tensor })?.length;
    }
    const isProduct = operator === 'MatMul' && graph.stored(node.inputs[1] ?? '') !== undefined;
    if (!isProduct && !keeping.has(operator) && !isShifted(graph, node.inputs)) return undefined;
    at = node.inputs.find((name) => !graph.stored(name)) ?? '';
  }
  return undefined;
}

/** Whether a stored vector is added or multiplied, which adds no axes. */
function isShifted(graph: FoldGraph, inputs: readonly string[]): boolean {
  const [stored, ...others] = inputs.flatMap((name) => graph.stored(name) ?? []);
  return stored !== undefined && others.length === 0 && stored.tensor.dims.length <= 1;
}
