/** Rounding of activations: it goes, and where its range may stand for a Relu, the range stays as a Clip. */
import { attributeOf, float, intOf } from '../../onnx/build.ts';
import { operatorOf } from '../../onnx/flow.ts';
import { elementCount, loadFloats } from '../../onnx/tensor.ts';
import { dtypes, type Dtype, type Node } from '../../onnx/types.ts';
import { stemOf } from './job.ts';
import type { FloatScope, Rounding, Twin } from './scope.ts';

/** The codes that a type has. */
const ranges: Readonly<Partial<Record<Dtype, readonly [number, number]>>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
  uint4: [0, 15],
  int4: [-8, 7],
  uint2: [0, 3],
  int2: [-2, 1],
};

/** Gives codes their twin: the value that they were rounded from. Keeps their node while somebody needs the codes. */
export async function quantizeLinear(scope: FloatScope, node: Node): Promise<void> {
  const [from = '', scale = '', zeroPoint = ''] = node.inputs;
  const [codes = ''] = node.outputs;
  scope.emit(node);
  if (intOf(node, 'block_size', 0) > 0) return;
  await twinOf(scope, codes, from, { scale, zeroPoint }, codeType(node));
}

const codeType = (node: Node): Dtype | undefined => dtypes[intOf(node, 'output_dtype', 0)];

/** Notes that codes stand for `value`, cut to their range where that matters. */
export async function twinOf(
  scope: FloatScope,
  codes: string,
  value: string,
  rounding: Rounding,
  given?: Dtype,
): Promise<Twin> {
  // Where rounding stays, so does its range.
  const within = scope.job.activations ? await withinRange(scope, value, rounding, given) : value;
  const twin = { ...rounding, value: within };
  scope.setTwin(codes, twin);
  return twin;
}

/**
 * The value within the range of the codes. Exporters drop a Relu whose work the range does: codes that
 * begin at 0. Other ranges were measured to hold the activations; Clips for them would change little
 * and cost time, unless they are asked for.
 */
async function withinRange(
  scope: FloatScope,
  value: string,
  { scale, zeroPoint }: Rounding,
  given?: Dtype,
): Promise<string> {
  const step = await scope.constant(scale);
  const zero = await scope.constant(zeroPoint);
  if (!step || (zeroPoint !== '' && !zero) || elementCount(step.tensor) !== 1) return value;
  const dtype = zero?.tensor.dtype ?? (given === 'undefined' ? undefined : given) ?? 'uint8';
  const range = ranges[dtype];
  if (!range || (zero && elementCount(zero.tensor) !== 1)) return value;
  const [size = 1] = await loadFloats(step.tensor);
  const [middle = 0] = zero ? await loadFloats(zero.tensor) : [];
  const [low, high] = range.map((code) => (code - middle) * size) as [number, number];
  if (!scope.job.everyRange && low !== 0 && high !== 0) return value;
  if (!scope.job.everyRange && low === 0 && isNonNegative(scope, value)) return value;
  if (scope.job.opset < 11) {
    return scope.make('Clip', [value], { min: float(low), max: float(high) });
  }
  const bound = (name: string, limit: number) =>
    scope.number(`${value}_${name}`, limit, step.tensor);
  return scope.make('Clip', [value, bound('low', low), bound('high', high)]);
}

const nonNegative = new Set(['Relu', 'Sigmoid', 'Softmax', 'Abs', 'HardSigmoid', 'Exp', 'Sqrt']);
const passing = new Set([
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'Reshape',
  'Flatten',
  'Transpose',
  'Identity',
]);

function isNonNegative(scope: FloatScope, value: string): boolean {
  let at = value;
  for (let steps = 0; steps < 16; steps++) {
    const made = scope.producer(at);
    const operator = made ? operatorOf(made) : '';
    if (nonNegative.has(operator)) return true;
    if (!made || !passing.has(operator)) return false;
    at = made.inputs[0] ?? '';
  }
  return false;
}

/** Codes of a scale that DynamicQuantizeLinear finds for the data at hand. */
export function dynamicQuantizeLinear(scope: FloatScope, node: Node): Promise<void> {
  const [value = ''] = node.inputs;
  const [codes = '', scale = '', zeroPoint = ''] = node.outputs;
  scope.emit(node);
  scope.setTwin(codes, { value, scale, zeroPoint, dynamic: true });
  return Promise.resolve();
}

/** A stored weight becomes an initializer; a dequantized activation its twin; others stay. */
export async function dequantizeLinear(scope: FloatScope, node: Node): Promise<void> {
  const [codes = '', scale = '', zeroPoint = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const axis = intOf(node, 'axis', 1);
  const blockSize = intOf(node, 'block_size', 0);
  const stored = await scope.constant(codes);
  if (stored) {
    const own = stemOf(stored.source.name) === output ? { name: output } : {};
    const name = await scope.fold(codes, { scale, zeroPoint }, { axis, blockSize, ...own });
    scope.rename(output, name);
    return;
  }
  const twin = scope.twin(codes);
  const known =
    twin &&
    blockSize === 0 &&
    !attributeOf(node, 'output_dtype')?.i &&
    (await scope.same(twin.scale, scale)) &&
    (await scope.same(twin.zeroPoint, zeroPoint));
  if (known) scope.rename(output, twin.value);
  else scope.emit(node);
}
