/** Rounding of activations: it goes, and where its range may stand for a Relu, the range stays as a Clip. */
import { attributeOf, float, intOf } from '../../onnx/build.ts';
import { operatorOf } from '../../onnx/flow.ts';
import { elementCount, loadFloats, makeTensor } from '../../onnx/tensor.ts';
import { dtypes, type Dtype, type Node, type Tensor } from '../../onnx/types.ts';
import { LeftAlone, stemOf } from './job.ts';
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
  if (intOf(node, 'block_size', 0) === 0) {
    await twinOf(scope, codes, from, { scale, zeroPoint }, codeType(node));
  }
  scope.emit(node);
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
  if (scope.job.exact) {
    const rounded = await roundedValue(scope, value, rounding, given);
    const twin = { ...rounding, value: rounded };
    scope.setTwin(codes, twin);
    return twin;
  }
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
  rounding: Rounding,
  given?: Dtype,
): Promise<string> {
  const grid = await storedGrid(scope, rounding, given);
  if (!grid) return value;
  const { step, size, middle, range } = grid;
  const [low, high] = range.map((code) => (code - middle) * size) as [number, number];
  if (!scope.job.everyRange && low !== 0 && high !== 0) return value;
  if (!scope.job.everyRange && low === 0 && isNonNegative(scope, value)) return value;
  if (scope.job.opset < 11) {
    return scope.make('Clip', [value], { min: float(low), max: float(high) });
  }
  const bound = (name: string, limit: number) => scope.number(`${value}_${name}`, limit, step);
  return scope.make('Clip', [value, bound('low', low), bound('high', high)]);
}

/** A grid of one scale and one zero point, both stored. */
interface StoredGrid {
  readonly step: Tensor;
  readonly size: number;
  readonly middle: number;
  readonly range: readonly [number, number];
}

async function storedGrid(
  scope: FloatScope,
  { scale, zeroPoint }: Rounding,
  given?: Dtype,
): Promise<StoredGrid | undefined> {
  const step = await scope.constant(scale);
  const zero = await scope.constant(zeroPoint);
  if (!step || (zeroPoint !== '' && !zero) || elementCount(step.tensor) !== 1) return undefined;
  const dtype = zero?.tensor.dtype ?? (given === 'undefined' ? undefined : given) ?? 'uint8';
  const range = ranges[dtype];
  if (!range || (zero && elementCount(zero.tensor) !== 1)) return undefined;
  const [size = 1] = await loadFloats(step.tensor);
  const [middle = 0] = zero ? await loadFloats(zero.tensor) : [];
  return { step: step.tensor, size, middle, range };
}

/** What is left of a value by its codes, in float32: clip(round(x/s), low − z, high − z) · s. Errors: LeftAlone. */
async function roundedValue(
  scope: FloatScope,
  value: string,
  rounding: Rounding,
  given?: Dtype,
): Promise<string> {
  const grid = await storedGrid(scope, rounding, given);
  if (!grid || grid.step.dtype !== 'float32' || scope.job.opset < 11) {
    throw new LeftAlone('its grid is no single stored number');
  }
  const { step, size, middle, range } = grid;
  const number = (name: string, x: number) => scope.number(`${value}_${name}`, x, step);
  const scale = number('step', size);
  const whole = wholeNumbers(scope, scope.make('Div', [value, scale]));
  const [low, high] = range.map((code) => code - middle) as [number, number];
  const within = scope.make('Clip', [whole, number('low', low), number('high', high)]);
  return scope.make('Mul', [within, scale]);
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
  const [input = ''] = node.inputs;
  const [codes = '', scale = '', zeroPoint = ''] = node.outputs;
  scope.emit(node);
  const value = scope.job.exact ? dynamicallyRounded(scope, input) : input;
  scope.setTwin(codes, { value, scale, zeroPoint, dynamic: true });
  return Promise.resolve();
}

/** From here on a float32 has no room for fractions, on either side of it. */
const wholeFrom = 1.5 * 2 ** 23;

/**
 * The nearest whole numbers, halves to the even one, by a sum and a difference: onnxruntime has no Round
 * for graphics devices and would copy the values to the processor and back. Numbers beyond 2^22 stay
 * that large.
 */
function wholeNumbers(scope: FloatScope, value: string): string {
  const large = scope.store(
    makeTensor(scope.job.fresh(`${value}_large`), 'float32', [], Float32Array.of(wholeFrom)),
  );
  return scope.make('Sub', [scope.make('Add', [value, large]), large]);
}

/** Added to a step, it changes none but that of nothing but zeros, by which nothing may be divided. */
const leastStep = 2 ** -100;

/**
 * What DynamicQuantizeLinear and its codes leave of a value, in float32: s = (max − min)/255 of the range
 * with 0 in it, z = round(−min/s), min(round(x/s), 255 − z) · s. Only the upper end can be passed, by
 * one code, where both ends lie between two codes. Operators that every device has.
 */
function dynamicallyRounded(scope: FloatScope, x: string): string {
  const number = (name: string, value: number) =>
    scope.store(makeTensor(scope.job.fresh(`${x}_${name}`), 'float32', [], Float32Array.of(value)));
  const make = (opType: string, ...inputs: readonly string[]) => scope.make(opType, inputs);
  const levels = number('levels', 255);
  const whole = { keepdims: 0 };
  const above = make('Relu', scope.make('ReduceMax', [x], whole));
  const below = make('Relu', make('Neg', scope.make('ReduceMin', [x], whole)));
  const step = make(
    'Add',
    make('Div', make('Add', above, below), levels),
    number('least', leastStep),
  );
  const room = make('Sub', levels, wholeNumbers(scope, make('Div', below, step)));
  const codes = wholeNumbers(scope, make('Div', x, step));
  const within = make('Sub', room, make('Relu', make('Sub', room, codes)));
  return make('Mul', within, step);
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
