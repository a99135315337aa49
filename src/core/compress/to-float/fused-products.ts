/** Products of onnxruntime's own that round what comes in, or have it rounded, and give real values. */
import type { Node } from '../../onnx/types.ts';
import type { FloatScope } from './scope.ts';

/** The number of axes of a stored tensor; 2 where it is computed. */
export async function rankOf(scope: FloatScope, name: string): Promise<number> {
  return (await scope.constant(name))?.tensor.dims.length ?? 2;
}

/** y = a · b + bias, where a is real and rounded at run time. */
export async function dynamicQuantizeMatMul(scope: FloatScope, node: Node): Promise<void> {
  const [data = '', codes = '', scale = '', zeroPoint = '', bias = ''] = node.inputs;
  const axis = (await rankOf(scope, codes)) - 1;
  const weight = await scope.fold(codes, { scale, zeroPoint }, { axis });
  plusBias(scope, node, 'MatMul', [data, weight], bias);
}

/** y = (a − its zero point) · (b − its zero point) · both scales + bias. */
export async function matMulIntegerToFloat(scope: FloatScope, node: Node): Promise<void> {
  const [a = '', b = '', aScale = '', bScale = '', aZero = '', bZero = '', bias = ''] = node.inputs;
  const data = await scope.real(a, { scale: aScale, zeroPoint: aZero });
  const axis = (await rankOf(scope, b)) - 1;
  const weight = await scope.real(b, { scale: bScale, zeroPoint: bZero }, axis);
  plusBias(scope, node, 'MatMul', [data, weight], bias);
}

/** Self-attention with a packed projection, rounded before and real after it. */
export async function qAttention(scope: FloatScope, node: Node): Promise<void> {
  const [
    data = '',
    codes = '',
    bias = '',
    step = '',
    scale = '',
    mask = '',
    zero = '',
    zeroPoint = '',
    past = '',
  ] = node.inputs;
  const input = await scope.real(data, { scale: step, zeroPoint: zero });
  const weight = await scope.fold(codes, { scale, zeroPoint }, { axis: 1 });
  const inputs = [input, weight, bias, mask, past];
  while (inputs.at(-1) === '') inputs.pop();
  scope.emit({ ...node, opType: 'Attention', inputs });
}

/** A product into the node's own output, with a bias where there is one. */
export function plusBias(
  scope: FloatScope,
  node: Node,
  opType: string,
  inputs: readonly string[],
  bias: string,
): void {
  const [output = ''] = node.outputs;
  if (!bias) {
    scope.make(opType, inputs, {}, { from: node, output });
    return;
  }
  const product = scope.make(opType, inputs, {}, { from: node });
  scope.make('Add', [product, bias], {}, { output });
}
