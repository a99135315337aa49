/** One small gradient case for every operator that has a rule: `gradient-rules.test.ts` keeps the table whole. */
import { float, node, type AttributeValue } from '../../src/core/onnx/build.ts';
import type { Node } from '../../src/core/onnx/types.ts';
import type { GradientCase } from '../core/differentiate/check-rule.ts';
import type { NumberArray } from '../core/differentiate/reference/array.ts';
import { between, distinct, floats, integers } from '../core/differentiate/reference/draw.ts';

type Input = NumberArray | readonly number[];
type Attributes = Readonly<Record<string, AttributeValue>>;
interface More {
  readonly attributes?: Attributes;
  readonly domain?: string;
  readonly opset?: number;
  readonly feeds?: readonly string[];
  readonly surrogate?: readonly Node[];
  /** Inputs that get no gradient: axes, shapes, indices. */
  readonly still?: Readonly<Record<string, NumberArray>>;
}

/** One node with the output "y"; its inputs in their order, those in `still` last. */
function of(opType: string, inputs: Readonly<Record<string, Input>>, more: More = {}) {
  const { attributes = {}, domain = '', still = {}, ...rest } = more;
  const names = [...Object.keys(inputs), ...Object.keys(still)];
  const one: GradientCase = {
    nodes: [node(opType, names, ['y'], { attributes, domain })],
    inputs: { ...inputs, ...still },
    wrt: Object.keys(inputs),
    ...rest,
  };
  return { [opType]: one };
}

const microsoft = { domain: 'com.microsoft' };
const matrices = { a: [2, 3], b: [3, 2] };
const pair = { a: [2, 3], b: [3] };
const x = { x: [2, 3] };
/** Around zero, on no kink: neither at 0 nor at the bends ±1, ±2.5 and ±3. */
const bends = { x: floats([-3.4, -2.2, -0.7, -0.2, 0.3, 1.2, 2.2, 3.6]) };
const positive = { x: between([2, 3]) };
const apart = { x: distinct([2, 3]) };
const images = { x: distinct([1, 2, 4, 4]) };
const halves = { attributes: { kernel_shape: [2, 2], strides: [2, 2] } };
const rows = { attributes: { keepdims: 0 }, still: { axes: integers([1]) } };
const perChannel = { scale: [2], bias: [2] };
const straight = { surrogate: [node('Identity', ['x'], ['y'])] };
const ids = integers([1, 0, 1], [3]);

const each = (opTypes: readonly string[], inputs: Readonly<Record<string, Input>>, more?: More) =>
  Object.assign({}, ...opTypes.map((opType) => of(opType, inputs, more))) as Readonly<
    Record<string, GradientCase>
  >;

const onesOfOnnx = ['Elu', 'Gelu', 'HardSigmoid', 'HardSwish', 'LeakyRelu', 'Mish', 'Relu', 'Selu'];
const more = ['Sigmoid', 'Softplus', 'Softsign', 'Tanh'];

/** By operator. Resize is missing: the reference does not know it. */
export const gradientCases: Readonly<Record<string, GradientCase>> = {
  // Products
  ...of('Einsum', matrices, { attributes: { equation: 'ij,jk->ki' } }),
  ...of('FusedMatMul', matrices, { ...microsoft, attributes: { alpha: float(0.5) } }),
  ...of('Gemm', { ...matrices, c: [2] }, { attributes: { beta: float(2) } }),
  ...of('MatMul', matrices),

  // Arithmetic
  ...each(['Add', 'Mean', 'Mul', 'Sub', 'Sum'], pair),
  ...each(['Cos', 'Erf', 'Exp', 'Neg', 'Sin'], x),
  ...each(['Log', 'Reciprocal', 'Sqrt'], positive),
  ...of('Abs', apart),
  ...of('Div', { a: [2, 3], b: between([3]) }),
  ...each(['Max', 'Min'], { a: distinct([2, 3], 'a'), b: floats([0.1, -0.2, 0.05]) }),
  ...of('Pow', { a: between([2, 3]), b: [3] }),

  // Activations
  ...each([...onesOfOnnx, ...more], bends),
  ...of('Clip', bends, { still: { low: floats([-1], []), high: floats([2], []) } }),
  ...each(['FastGelu', 'QuickGelu'], bends, microsoft),
  ...each(['LogSoftmax', 'Softmax'], x),
  ...of('PRelu', { ...apart, slope: [3] }),
  ...of('Swish', bends, { opset: 24 }),

  // Reductions
  ...each(['ReduceL2', 'ReduceLogSumExp', 'ReduceMean', 'ReduceSum', 'ReduceSumSquare'], x, rows),
  ...each(['ReduceMax', 'ReduceMin'], apart, rows),

  // Convolutions, pooling, normalization
  ...each(['AveragePool', 'MaxPool'], images, halves),
  ...each(['GlobalAveragePool', 'GlobalMaxPool'], images),
  ...of('BatchNormalization', { x: [3, 2], ...perChannel, mean: [2], variance: between([2]) }),
  ...of('Conv', { x: [1, 2, 4, 3], w: [3, 2, 2, 2], b: [3] }),
  ...of('ConvTranspose', { x: [1, 2, 3, 2], w: [2, 2, 2, 2], b: [2] }),
  ...of('InstanceNormalization', { x: [1, 2, 5], ...perChannel }),
  ...of('LayerNormalization', { x: [2, 4], scale: [4], bias: [4] }),
  ...of('RMSNormalization', { x: [2, 4], scale: [4] }, { opset: 23 }),
  ...of('SimplifiedLayerNormalization', { x: [2, 4], scale: [4] }),

  // Shapes and places
  ...each(['Dropout', 'Flatten', 'Identity', 'Transpose'], x),
  ...of('Cast', x, { attributes: { to: 1 } }),
  ...of('Concat', { a: [2, 1], b: [2, 2] }, { attributes: { axis: 1 } }),
  ...of('CumSum', x, { still: { axis: integers([1], []) } }),
  ...of('DepthToSpace', { x: [1, 4, 1, 2] }, { attributes: { blocksize: 2 } }),
  ...of('Expand', { x: [2, 1] }, { still: { shape: integers([2, 3]) } }),
  ...of('Gather', x, { still: { ids }, feeds: ['ids'] }),
  ...of('GatherElements', x, { still: { ids: integers([1, 0, 1], [1, 3]) }, feeds: ['ids'] }),
  ...of('GatherND', x, { still: { ids: integers([1, 2, 1, 2], [2, 2]) }, feeds: ['ids'] }),
  ...of('Pad', x, { still: { pads: integers([0, 1, 1, 0]) } }),
  ...of('Reshape', x, { still: { shape: integers([3, -1]) } }),
  ScatterElements: scattering('ScatterElements', integers([1, 0], [1, 2]), [1, 2]),
  ScatterND: scattering('ScatterND', integers([1], [1, 1]), [1, 3]),
  ...of('Slice', x, { still: { starts: integers([1]), ends: integers([3]), axes: integers([1]) } }),
  ...of('SpaceToDepth', { x: [1, 1, 2, 4] }, { attributes: { blocksize: 2 } }),
  ...of('Split', x, { still: { sizes: integers([2]) } }),
  ...of('Squeeze', { x: [2, 1, 3] }, { still: { axes: integers([1]) } }),
  ...of('Tile', x, { still: { repeats: integers([2, 1]) } }),
  ...of('Trilu', x),
  ...of('Unsqueeze', x, { still: { axes: integers([1]) } }),
  Where: {
    nodes: [node('Where', ['which', 'a', 'b'], ['y'])],
    inputs: { which: integers([1, 0, 0], [3], 'bool'), ...pair },
    wrt: ['a', 'b'],
  },

  // Rounding, straight through
  ...each(['Ceil', 'Floor', 'Round'], x, straight),
  DequantizeLinear: {
    nodes: [node('DequantizeLinear', ['codes', 'scale'], ['y'])],
    inputs: { codes: integers([-3, 0, 7], [3], 'int8'), scale: between([]) },
    wrt: ['scale'],
  },
  QuantizeLinear: {
    nodes: [
      node('QuantizeLinear', ['x', 'scale', 'zero'], ['codes']),
      node('DequantizeLinear', ['codes', 'scale', 'zero'], ['y']),
    ],
    inputs: { ...x, scale: floats([0.1], []), zero: integers([0], [], 'int8') },
    wrt: ['x'],
    ...straight,
  },
};

function scattering(opType: string, places: NumberArray, updates: readonly number[]): GradientCase {
  return {
    nodes: [node(opType, ['x', 'places', 'updates'], ['y'])],
    inputs: { ...x, places, updates },
    wrt: ['x', 'updates'],
    feeds: ['places'],
  };
}
