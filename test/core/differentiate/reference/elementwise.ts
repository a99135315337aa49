/** Operators that look at one element of each input at a time. */
import { floatOf, intOf, textOf } from '../../../../src/core/onnx/build.ts';
import { roundHalfEven } from '../../../../src/core/math/round.ts';
import { dtypes, type Dtype, type Node } from '../../../../src/core/onnx/types.ts';
import { arrayOf, atBroadcast, broadcastDims, type NumberArray } from './array.ts';
import { erf } from './erf.ts';
import { integerRange } from './integer-range.ts';
import { given, type Inputs, type Operator, type Operators } from './operator.ts';

/** Any number of arrays, broadcast to one another. */
function combined(
  arrays: readonly NumberArray[],
  valueOf: (...values: number[]) => number,
  dtype: Dtype | undefined = arrays[0]?.dtype,
): NumberArray[] {
  const dims = broadcastDims(...arrays.map((array) => array.dims));
  const valueAt = (coordinate: readonly number[]): number =>
    valueOf(...arrays.map((array) => atBroadcast(array, coordinate)));
  return [arrayOf(dims, valueAt, dtype)];
}

const present = (inputs: Inputs): NumberArray[] => inputs.filter((input) => input !== undefined);

const unary =
  (valueOf: (x: number, node: Node) => number): Operator =>
  (inputs, node) =>
    combined([given(inputs, 0)], (x) => valueOf(x, node));

const variadic =
  (valueOf: (...values: number[]) => number): Operator =>
  (inputs) =>
    combined(present(inputs), valueOf);

const comparison =
  (holds: (a: number, b: number) => boolean): Operator =>
  (inputs) =>
    combined(present(inputs), (a, b) => (holds(a, b) ? 1 : 0), 'bool');

const sum = (...values: number[]): number => values.reduce((total, one) => total + one, 0);
const clip = (x: number, least: number, most: number): number => Math.min(Math.max(x, least), most);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const geluErf = (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2));
const geluTanh = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
const elu = (x: number, alpha: number): number => (x < 0 ? alpha * Math.expm1(x) : x);
const hardSigmoid = (x: number, alpha: number, beta: number): number =>
  clip(alpha * x + beta, 0, 1);
const isFloat = ({ dtype = 'float32' }: NumberArray): boolean => dtype.includes('float');

const arithmetic: Operators = {
  Add: variadic((a, b) => a + b),
  Sub: variadic((a, b) => a - b),
  Mul: variadic((a, b) => a * b),
  Div: (inputs) =>
    combined(present(inputs), (a, b) => (isFloat(given(inputs, 0)) ? a / b : Math.trunc(a / b))),
  Pow: variadic((a, b) => a ** b),
  Sum: variadic(sum),
  Mean: variadic((...values) => sum(...values) / values.length),
  Min: variadic(Math.min),
  Max: variadic(Math.max),
  Neg: unary((x) => -x),
  Sqrt: unary(Math.sqrt),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Abs: unary(Math.abs),
  Reciprocal: unary((x) => 1 / x),
  Erf: unary(erf),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Sign: unary(Math.sign),
  Round: unary(roundHalfEven),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
};

const activations: Operators = {
  Tanh: unary(Math.tanh),
  Sigmoid: unary(sigmoid),
  Relu: unary((x) => Math.max(x, 0)),
  LeakyRelu: unary((x, node) => (x < 0 ? floatOf(node, 'alpha', 0.01) * x : x)),
  PRelu: variadic((x, slope) => (x < 0 ? slope * x : x)),
  HardSigmoid: unary((x, node) =>
    hardSigmoid(x, floatOf(node, 'alpha', 0.2), floatOf(node, 'beta', 0.5)),
  ),
  HardSwish: unary((x) => x * hardSigmoid(x, 1 / 6, 0.5)),
  Gelu: unary((x, node) => (textOf(node, 'approximate') === 'tanh' ? geluTanh(x) : geluErf(x))),
  FastGelu: variadic((x, bias = 0) => geluTanh(x + bias)),
  QuickGelu: unary((x, node) => x * sigmoid(floatOf(node, 'alpha', 1.702) * x)),
  Swish: unary((x, node) => x * sigmoid(floatOf(node, 'alpha', 1) * x)),
  Mish: unary((x) => x * Math.tanh(softplus(x))),
  Softplus: unary(softplus),
  Softsign: unary((x) => x / (1 + Math.abs(x))),
  Elu: unary((x, node) => elu(x, floatOf(node, 'alpha', 1))),
  Selu: unary(
    (x, node) =>
      floatOf(node, 'gamma', 1.0507009873554805) *
      elu(x, floatOf(node, 'alpha', 1.6732632423543772)),
  ),
  Clip: (inputs) => {
    const least = inputs[1]?.data[0] ?? -Infinity;
    const most = inputs[2]?.data[0] ?? Infinity;
    return combined([given(inputs, 0)], (x) => clip(x, least, most));
  },
};

const choices: Operators = {
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  Equal: comparison((a, b) => a === b),
  And: comparison((a, b) => a !== 0 && b !== 0),
  Or: comparison((a, b) => a !== 0 || b !== 0),
  Not: unary((x) => (x === 0 ? 1 : 0)),
  Where: (inputs) => combined(present(inputs), (on, a, b) => (on ? a : b), inputs[1]?.dtype),
  Identity: unary((x) => x),
  Dropout: (inputs) => {
    const x = given(inputs, 0);
    return [x, { dims: x.dims, data: x.data.map(() => 1), dtype: 'bool' }];
  },
  Cast: (inputs, node) => {
    const to = dtypes[intOf(node, 'to', 1)] ?? 'float32';
    return combined([given(inputs, 0)], (x) => castTo(to, x), to);
  },
};

/** Floats stay as exact as they are; whole numbers lose what follows the point, and wrap around. */
function castTo(dtype: Dtype, x: number): number {
  if (dtype === 'bool') return x === 0 ? 0 : 1;
  if (dtype.includes('float')) return x;
  const [least, most] = integerRange(dtype);
  const whole = Math.trunc(x);
  if (whole >= least && whole <= most) return whole;
  const count = most - least + 1;
  return ((((whole - least) % count) + count) % count) + least;
}

export const elementwise: Operators = { ...arithmetic, ...activations, ...choices };
