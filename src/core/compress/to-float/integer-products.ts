/**
 * Products of integers whose result a Cast and a Mul turn into real numbers, as dynamic quantization
 * writes them: DynamicQuantizeLinear(x) → MatMulInteger or ConvInteger → Cast → Mul by the product of
 * both scales. Real is then x · W with W = (codes − zero point) · scale.
 */
import { intOf, intsOf } from '../../onnx/build.ts';
import { operatorOf } from '../../onnx/flow.ts';
import { elementCount, loadFloats, makeTensor } from '../../onnx/tensor.ts';
import { dtypes, type Node, type Tensor } from '../../onnx/types.ts';
import { scalarOf } from './dequantized-tensor.ts';
import { LeftAlone } from './job.ts';
import type { FloatScope, Pending } from './scope.ts';

/** Remembers an integer product until its scale comes. */
export async function integerProduct(scope: FloatScope, node: Node): Promise<void> {
  const [data = '', codes = '', dataZero = '', zeroPoint = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const twin = scope.twin(data);
  scope.emit(node);
  if (!twin || !(await scope.same(twin.zeroPoint, dataZero))) return;
  const { value, scale } = twin;
  if ((await scope.constant(codes)) || (await turnedFrom(scope, codes)) !== undefined) {
    scope.setPending(output, { node, value, scales: [scale] });
    return;
  }
  const other = scope.twin(codes);
  if (!other || !(await scope.same(other.zeroPoint, zeroPoint))) return;
  scope.setPending(output, { node, value, scales: [scale, other.scale], other: other.value });
}

/** A Cast hands an integer product on, and codes that it leaves as they are. */
export async function cast(scope: FloatScope, node: Node): Promise<void> {
  const [input = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const to = dtypes[intOf(node, 'to', 0)];
  const pending = scope.pending(input);
  const twin = scope.twin(input);
  scope.emit(node);
  if (pending && to === 'float32') scope.setPending(output, pending);
  if (!twin) return;
  const zero = await scope.constant(twin.zeroPoint);
  // DynamicQuantizeLinear gives uint8, and so does QuantizeLinear without a zero point.
  const dtype = zero?.tensor.dtype ?? (twin.dynamic || twin.zeroPoint === '' ? 'uint8' : undefined);
  if (dtype === to) scope.setTwin(output, twin);
}

/** The Mul that completes an integer product becomes the product of real numbers. */
export async function multiply(scope: FloatScope, node: Node): Promise<void> {
  const [left = '', right = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const pending = scope.pending(left) ?? scope.pending(right);
  const factor = scope.pending(left) ? right : left;
  const rest = pending && withoutScales(scope, factor, pending.scales);
  if (!pending || !rest) {
    scope.emit(node);
    return;
  }
  await product(scope, pending, rest, output);
}

/** The stored or computed factors that are left of a product once the given scales are taken out; undefined where one is missing. */
function withoutScales(
  scope: FloatScope,
  factor: string,
  scales: readonly string[],
): string[] | undefined {
  const leaves = factorsOf(scope, factor, 0);
  for (const scale of scales) {
    const at = leaves.indexOf(scale);
    if (at < 0) return undefined;
    leaves.splice(at, 1);
  }
  return leaves;
}

/** The values whose product a value is. */
function factorsOf(scope: FloatScope, value: string, depth: number): string[] {
  const made = scope.producer(value);
  if (!made || operatorOf(made) !== 'Mul' || depth > 3) return [value];
  return made.inputs.flatMap((input) => factorsOf(scope, input, depth + 1));
}

async function product(
  scope: FloatScope,
  { node, value, other }: Pending,
  factors: readonly string[],
  output: string,
): Promise<void> {
  const stored: Tensor[] = [];
  const computed: string[] = [];
  for (const name of factors) {
    const tensor = (await scope.constant(name))?.tensor;
    if (tensor && other === undefined) stored.push(tensor);
    else computed.push(name);
  }
  const weight = other ?? (await scaledWeight(scope, node, stored));
  const opType = node.opType === 'ConvInteger' ? 'Conv' : 'MatMul';
  let name = computed.length === 0 ? output : scope.job.fresh(`${output}_float`);
  scope.make(opType, [value, weight], node.attributes, { from: node, output: name });
  for (const [at, one] of computed.entries()) {
    const last = at === computed.length - 1;
    name = scope.make('Mul', [name, one], {}, { output: last ? output : '' });
  }
}

/** The name of the stored matrix whose axes a value has exchanged, where it is one. */
async function turnedFrom(scope: FloatScope, value: string): Promise<string | undefined> {
  const made = scope.producer(value);
  if (!made || operatorOf(made) !== 'Transpose') return undefined;
  const stored = await scope.constant(made.inputs[0] ?? '');
  const first = intsOf(made, 'perm')?.[0] ?? 1;
  return stored?.tensor.dims.length === 2 && first === 1 ? made.inputs[0] : undefined;
}

/** The stored codes times the stored factors, which must be numbers or one for each output. */
async function scaledWeight(
  scope: FloatScope,
  node: Node,
  factors: readonly Tensor[],
): Promise<string> {
  const [, given = '', , zeroPoint = ''] = node.inputs;
  const turned = await turnedFrom(scope, given);
  const codes = turned ?? given;
  const found = await scope.constant(codes);
  const rank = found?.tensor.dims.length ?? 0;
  const axis = node.opType === 'ConvInteger' || turned !== undefined ? 0 : rank - 1;
  const channels = found?.tensor.dims[axis] ?? 0;
  const scale = await productOf(factors, channels, node.opType === 'ConvInteger' ? rank - 1 : 1);
  const zeros = await scope.constant(zeroPoint);
  if (zeroPoint !== '' && !zeros) throw new LeftAlone('its zero point is computed');
  // A zero point for each column of a matrix wants a scale for each.
  const each = zeros && elementCount(zeros.tensor) > 1 ? await spreadOver(scale, channels) : scale;
  const weight =
    scope.job.exact && !zeros && scope.job.opset >= 13
      ? behindDequantizeLinear(scope, codes, each, axis)
      : await scope.foldWith(codes, each, zeros?.tensor, { axis });
  return turned === undefined ? weight : scope.make('Transpose', [weight], { perm: [1, 0] });
}

/** The codes stay, and become real numbers where they are used. */
function behindDequantizeLinear(
  scope: FloatScope,
  codes: string,
  scale: Tensor,
  axis: number,
): string {
  const name = scope.store({ ...scale, name: scope.job.fresh(`${codes}_step`) });
  const attributes = scale.dims.length > 0 ? { axis } : {};
  return scope.make('DequantizeLinear', [codes, name], attributes);
}

/** One tensor, a number or a list of `channels`. `trailing` is how many axes may follow that of the channels, itself included. */
async function productOf(
  factors: readonly Tensor[],
  channels: number,
  trailing: number,
): Promise<Tensor> {
  let result = Float32Array.of(1);
  for (const factor of factors) {
    const values = await loadFloats(factor);
    const fits =
      values.length === 1 || (values.length === channels && isAt(factor.dims, channels, trailing));
    if (!fits) throw new LeftAlone(`its scale has dims [${factor.dims.join(', ')}]`);
    const length = Math.max(result.length, values.length);
    const [a, b] = [result, values];
    result = Float32Array.from({ length }, (_, at) => a[at % a.length]! * b[at % b.length]!);
  }
  const names = factors.map(({ name }) => name).join(' ');
  const [only = 1] = result;
  const tensor =
    result.length === 1 ? scalarOf(only) : makeTensor('', 'float32', [result.length], result);
  return { ...tensor, name: names };
}

/** Whether dims are all 1 but the one at the place of the channels, counted from the end. */
const isAt = (dims: readonly number[], channels: number, fromEnd: number): boolean =>
  dims.at(-fromEnd) === channels &&
  dims.every((dim, at) => dim === 1 || at === dims.length - fromEnd);

async function spreadOver(scale: Tensor, channels: number): Promise<Tensor> {
  if (scale.dims.length > 0) return scale;
  const [value = 1] = await loadFloats(scale);
  const tensor = makeTensor('', 'float32', [channels], new Float32Array(channels).fill(value));
  return { ...tensor, name: scale.name };
}
