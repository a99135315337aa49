/**
 * Operators that take and give codes, written again for real values. The layouts of their inputs are
 * those of the ONNX standard and of onnxruntime's ContribOperators.md.
 */
import { attribute, floatOf, intOf, intsOf } from '../../onnx/build.ts';
import { elementCount, loadFloats, makeTensor } from '../../onnx/tensor.ts';
import type { Node } from '../../onnx/types.ts';
import { twinOf } from './activations.ts';
import { LeftAlone } from './job.ts';
import { rankOf } from './fused-products.ts';
import type { FloatScope, Rounding } from './scope.ts';

/** The codes at an input, followed by their scale and zero point. */
function coded({ inputs }: Node, at: number): { codes: string; rounding: Rounding } {
  const [codes = '', scale = '', zeroPoint = ''] = inputs.slice(at, at + 3);
  return { codes, rounding: { scale, zeroPoint } };
}

/** The scale and zero point of the result. */
const result = ({ inputs }: Node, at: number): Rounding => ({
  scale: inputs[at] ?? '',
  zeroPoint: inputs[at + 1] ?? '',
});

const realAt = (scope: FloatScope, node: Node, at: number, axis = 1): Promise<string> => {
  const { codes, rounding } = coded(node, at);
  return scope.real(codes, rounding, axis);
};

/** The result as a real value, and as codes for whoever needs those. */
async function give(
  scope: FloatScope,
  node: Node,
  opType: string,
  inputs: readonly string[],
  rounding: Rounding,
  attributes: Node['attributes'] = node.attributes,
): Promise<void> {
  const [output = ''] = node.outputs;
  const value = scope.make(opType, inputs, attributes, { from: node });
  const { value: within } = await twinOf(scope, output, value, rounding);
  const { scale, zeroPoint } = rounding;
  scope.make('QuantizeLinear', [within, scale, ...(zeroPoint ? [zeroPoint] : [])], {}, { output });
}

const without = (node: Node, ...names: readonly string[]): Node['attributes'] =>
  node.attributes.filter(({ name }) => !names.includes(name));

function channelsFirst(node: Node): Node['attributes'] {
  if (intOf(node, 'channels_last', 0) !== 0) throw new LeftAlone('it takes channels last');
  return without(node, 'channels_last');
}

/** y = a · b */
export async function qLinearMatMul(scope: FloatScope, node: Node): Promise<void> {
  const left = await realAt(scope, node, 0);
  const right = await realAt(scope, node, 3, (await rankOf(scope, node.inputs[3] ?? '')) - 1);
  await give(scope, node, 'MatMul', [left, right], result(node, 6));
}

/** y = conv(x, w) + bias, the bias counted in units of both scales. */
export async function qLinearConv(scope: FloatScope, node: Node): Promise<void> {
  const attributes = channelsFirst(node);
  const data = await realAt(scope, node, 0);
  const weight = await realAt(scope, node, 3, 0);
  const [, step = '', , , scale = '', , , , bias = ''] = node.inputs;
  const inputs = [data, weight];
  if (bias) inputs.push(await realBias(scope, bias, [step, scale], 1));
  await give(scope, node, 'Conv', inputs, result(node, 6), attributes);
}

/** y = alpha · a · b + c; without a scale of its own the result is real already. */
export async function qGemm(scope: FloatScope, node: Node): Promise<void> {
  const transB = intOf(node, 'transB', 0) !== 0;
  const left = await realAt(scope, node, 0);
  const right = await realAt(scope, node, 3, transB ? 0 : 1);
  const [, step = '', , , scale = '', , bias = '', out = ''] = node.inputs;
  const inputs = [left, right];
  if (bias) inputs.push(await realBias(scope, bias, [step, scale], floatOf(node, 'alpha', 1)));
  if (out) {
    await give(scope, node, 'Gemm', inputs, result(node, 7));
    return;
  }
  const [output = ''] = node.outputs;
  scope.make('Gemm', inputs, node.attributes, { from: node, output });
}

/** A bias of int32, whose unit is the product of the scales that meet in the sum. */
async function realBias(
  scope: FloatScope,
  bias: string,
  scales: readonly string[],
  factor: number,
): Promise<string> {
  const found = await scope.constant(bias);
  if (!found) throw new LeftAlone('its bias is computed');
  let unit = Float32Array.of(factor);
  for (const name of scales) {
    const tensor = (await scope.constant(name))?.tensor;
    if (!tensor) throw new LeftAlone('its scale is computed');
    const values = await loadFloats(tensor);
    const last = unit;
    const length = Math.max(last.length, values.length);
    unit = Float32Array.from(
      { length },
      (_, at) => last[at % last.length]! * values[at % values.length]!,
    );
  }
  const count = elementCount(found.tensor);
  if (unit.length !== 1 && unit.length !== count)
    throw new LeftAlone('its bias does not fit its scale');
  const dims = unit.length === 1 ? [] : [unit.length];
  const scale = { ...makeTensor('', 'float32', dims, unit), name: `${scales.join(' ')} ${factor}` };
  return scope.foldWith(bias, scale, undefined, { axis: found.tensor.dims.length - 1 });
}

/** Two operands, each with its own scale, then those of the result. */
export const binary =
  (opType: string) =>
  async (scope: FloatScope, node: Node): Promise<void> => {
    const inputs = [await realAt(scope, node, 0), await realAt(scope, node, 3)];
    await give(scope, node, opType, inputs, result(node, 6));
  };

/** One operand and its scale, then those of the result. */
export const unary =
  (opType: string) =>
  async (scope: FloatScope, node: Node): Promise<void> => {
    const attributes = channelsFirst(node);
    const input = await realAt(scope, node, 0);
    await give(scope, node, opType, [input], result(node, 3), attributes);
  };

/** Before opset 13 a softmax took all axes from its own on together; both mean the same for the last. */
export async function qLinearSoftmax(scope: FloatScope, node: Node): Promise<void> {
  const meant = intOf(node, 'opset', 13) >= 13;
  const axis = intOf(node, 'axis', meant ? -1 : 1);
  if (axis !== -1 && meant !== scope.job.opset >= 13) {
    throw new LeftAlone('it follows another opset than the model');
  }
  const input = await realAt(scope, node, 0);
  const attributes = [...without(node, 'opset', 'axis'), attribute('axis', axis)];
  await give(scope, node, 'Softmax', [input], result(node, 3), attributes);
}

/** The scale of the result comes first, then the parts with theirs. */
export async function qLinearConcat(scope: FloatScope, node: Node): Promise<void> {
  const [scale = '', zeroPoint = ''] = node.inputs;
  const parts: string[] = [];
  for (let at = 2; at < node.inputs.length; at += 3) parts.push(await realAt(scope, node, at));
  await give(scope, node, 'Concat', parts, { scale, zeroPoint });
}

/** where(condition, x, y) */
export async function qLinearWhere(scope: FloatScope, node: Node): Promise<void> {
  const inputs = [node.inputs[0] ?? '', await realAt(scope, node, 1), await realAt(scope, node, 4)];
  await give(scope, node, 'Where', inputs, result(node, 7));
}

/** Axes became an input in opset 18. */
export async function qLinearReduceMean(scope: FloatScope, node: Node): Promise<void> {
  const input = await realAt(scope, node, 0);
  const axes = intsOf(node, 'axes');
  const asInput = scope.job.opset >= 18 && axes;
  const inputs = asInput ? [input, scope.integers(`${input}_axes`, axes)] : [input];
  const attributes = asInput ? without(node, 'axes') : node.attributes;
  await give(scope, node, 'ReduceMean', inputs, result(node, 3), attributes);
}
