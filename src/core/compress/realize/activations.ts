/**
 * Models that quantize their activations too (static QDQ, QLinear operators). The runtime fuses
 * their DequantizeLinear nodes into integer operators, so those nodes must stay as they are.
 */
import type { GraphIndex } from '../../onnx/graph.ts';
import type { Model } from '../../onnx/types.ts';
import { graphsOf, nodesOf } from '../../onnx/walk.ts';

/** Whether any node of the model rounds activations to a stored scale, or undoes that. */
export function quantizesActivations(model: Model): boolean {
  const stored = new Set<string | undefined>();
  for (const graph of graphsOf(model)) {
    for (const { name } of graph.initializers) stored.add(name);
    for (const { opType, outputs } of graph.nodes)
      if (opType === 'Constant') stored.add(outputs[0]);
  }
  for (const { opType, inputs } of nodesOf(model)) {
    if (opType === 'QuantizeLinear' || opType.startsWith('QLinear')) return true;
    if (opType === 'DequantizeLinear' && !stored.has(inputs[0])) return true;
  }
  return false;
}

/** Nodes through which the runtime still recognizes a quantized operator. */
const views = new Set(['Transpose', 'Reshape', 'Identity', 'Squeeze', 'Unsqueeze']);

/**
 * Whether a dequantized weight belongs to an operator that is quantized as a whole: one with another
 * input that is a dequantized activation, or whose results are all quantized again.
 */
export function inQuantizedOperator(index: GraphIndex, value: string): boolean {
  return index.uses(value).some(({ node }) => {
    const [output] = node.outputs;
    if (output && views.has(node.opType)) return inQuantizedOperator(index, output);
    const uses = node.outputs.flatMap((name) => index.uses(name));
    const requantized =
      uses.length > 0 && uses.every((use) => use.node.opType === 'QuantizeLinear');
    return requantized || node.inputs.some((name) => isDequantizedActivation(index, name));
  });
}

function isDequantizedActivation(index: GraphIndex, value: string): boolean {
  const producer = index.producer.get(value);
  const codes = producer?.inputs[0];
  if (!producer || codes === undefined) return false;
  if (views.has(producer.opType)) return isDequantizedActivation(index, codes);
  const isStored = index.initializer.has(codes) || index.producer.get(codes)?.opType === 'Constant';
  return producer.opType === 'DequantizeLinear' && !isStored;
}
