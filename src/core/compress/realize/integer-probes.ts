/**
 * Small models with rounded activations, and what they must give, computed the plain way. Their codes
 * reach the ends of their range next to each other, where sums of two products overflow 16 bits.
 */
import { roundHalfEven } from '../../math/round.ts';
import { graph, model, node, value } from '../../onnx/build.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { dtypes, type Model, type Node, type Tensor } from '../../onnx/types.ts';
import type { Feeds, Value } from '../../runtime.ts';
import type { Probe, SpeedProbe } from './probe-model.ts';

const [inputs, outputs] = [64, 48];

/** Codes of both ends and of all between. Millions of them for the probe of speed: `from` would take seconds. */
function codesOf(count: number): Int8Array {
  const codes = new Int8Array(count);
  for (let at = 0; at < count; at++) {
    const place = (at * 37) % 255;
    codes[at] = place < 60 ? (place % 2 === 0 ? 127 : 126) : place - 127;
  }
  return codes;
}

const realsOf = (count: number, from: number, to: number): Float32Array =>
  Float32Array.from({ length: count }, (_, at) => from + ((to - from) * ((at * 29) % 101)) / 100);

const fed = (rows: number, from: number, to: number): Value => ({
  dtype: 'float32',
  dims: [rows, inputs],
  data: realsOf(rows * inputs, from, to),
});

const scales = realsOf(outputs, 0.01, 0.03);

/** DynamicQuantizeLinear → MatMulInteger → Cast → Mul, of one row and of several. */
export function integerProductProbes(): Probe[] {
  const dynamic = { model: dynamicModel(inputs, outputs, codesOf(inputs * outputs)) };
  const feeds = [{ x: fed(1, -0.5, 3) }, { x: fed(5, -2, 2.2) }, { x: fed(4, 0, 0) }];
  return [{ ...dynamic, feeds, expected: (given) => productOf(given, rangeOf(given)) }];
}

/** A product and a convolution of one pixel between stored grids. */
export function layerProbes(): Probe[] {
  const feeds = [{ x: fed(1, -1, 2) }, { x: fed(6, -1.5, 2.5) }];
  return [{ model: layerModel(), feeds, expected: (given) => layersOf(given) }];
}

export const roundedProbes = (): Probe[] => [...integerProductProbes(), ...layerProbes()];

/** A product whose weight leaves the caches, as those of decoders do: as integers and as float32, one row and many. */
export function speedProbe(): SpeedProbe {
  const size = 2048;
  const codes = codesOf(size * size);
  const x = (rows: number): Feeds => ({
    x: { dtype: 'float32', dims: [rows, size], data: realsOf(rows * size, -1, 1) },
  });
  return {
    model: dynamicModel(size, size, codes),
    plain: plainModel(size, codes),
    one: x(1),
    many: x(16),
  };
}

function dynamicModel(rows: number, columns: number, codes: Int8Array): Model {
  const nodes = [
    node('DynamicQuantizeLinear', ['x'], ['xq', 'xs', 'xz']),
    node('MatMulInteger', ['xq', 'w_codes', 'xz'], ['sums']),
    node('Cast', ['sums'], ['real'], { attributes: { to: dtypes.indexOf('float32') } }),
    node('Mul', ['xs', 'w_scale'], ['step']),
    node('Mul', ['real', 'step'], ['y']),
  ];
  const steps = realsOf(columns, 0.01, 0.03);
  return modelOf(nodes, [
    makeTensor('w_codes', 'int8', [rows, columns], codes),
    makeTensor('w_scale', 'float32', [columns], steps),
  ]);
}

function plainModel(size: number, codes: Int8Array): Model {
  const weight = new Float32Array(codes.length);
  for (let at = 0; at < codes.length; at++) weight[at] = codes[at]! * 0.01;
  return modelOf(
    [node('MatMul', ['x', 'w'], ['y'])],
    [makeTensor('w', 'float32', [size, size], weight)],
  );
}

const modelOf = (nodes: readonly Node[], initializers: readonly Tensor[]): Model =>
  model(
    graph({
      nodes,
      inputs: [value('x', 'float32', ['m', 'k'])],
      outputs: [value('y', 'float32')],
      initializers,
    }),
    { opset: 15 },
  );

/** x̂ · Ŵ for rows of x that are rounded to a grid. */
function productOf({ x }: Feeds, { scale, zero }: Grid): ReadonlyMap<string, Float64Array> {
  const codes = codesOf(inputs * outputs);
  const rounded = Array.from(x!.data as Float32Array, (one) => onGrid(one, { scale, zero }));
  const rows = rounded.length / inputs;
  const y = new Float64Array(rows * outputs);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < outputs; column++) {
      let sum = 0;
      for (let k = 0; k < inputs; k++) {
        sum += rounded[row * inputs + k]! * codes[k * outputs + column]!;
      }
      y[row * outputs + column] = sum * scales[column]!;
    }
  }
  return new Map([['y', y]]);
}

interface Grid {
  readonly scale: number;
  readonly zero: number;
}

const onGrid = (x: number, { scale, zero }: Grid): number => {
  const code = Math.min(255, Math.max(0, roundHalfEven(Math.fround(x / scale)) + zero));
  return (code - zero) * scale;
};

/** As DynamicQuantizeLinear has it. */
function rangeOf({ x }: Feeds): Grid {
  const data = x!.data as Float32Array;
  const [low, high] = [Math.min(0, ...data), Math.max(0, ...data)];
  const scale = Math.fround(Math.fround(high - low) / 255) || 1;
  return { scale, zero: roundHalfEven(Math.fround(-low / scale)) };
}

const inGrid: Grid = { scale: Math.fround(3.5 / 255), zero: 110 };
const outGrid: Grid = { scale: 4, zero: 120 };

const gridParts = (name: string, { scale, zero }: Grid): Tensor[] => [
  makeTensor(`${name}_scale`, 'float32', [], Float32Array.of(scale)),
  makeTensor(`${name}_zero`, 'uint8', [], Uint8Array.of(zero)),
];

const rounding = (from: string, grid: string, to: string): Node[] => [
  node('QuantizeLinear', [from, `${grid}_scale`, `${grid}_zero`], [`${to}_codes`]),
  node('DequantizeLinear', [`${to}_codes`, `${grid}_scale`, `${grid}_zero`], [to]),
];

/** y = the rows as images of one pixel, convolved 1×1 with W as its kernel, or multiplied with W. */
function layerModel(): Model {
  const dequantize = (name: string, axis: number) =>
    node('DequantizeLinear', [`${name}_codes`, 'w_scale', 'w_zero'], [name], {
      attributes: { axis },
    });
  const nodes = [
    ...rounding('x', 'in', 'xd'),
    dequantize('w', 1),
    dequantize('kernel', 0),
    node('MatMul', ['xd', 'w'], ['p']),
    ...rounding('p', 'out', 'y'),
    node('Reshape', ['x', 'image'], ['pixels']),
    ...rounding('pixels', 'in', 'pd'),
    node('Conv', ['pd', 'kernel'], ['c'], { attributes: { kernel_shape: [1, 1] } }),
    ...rounding('c', 'out', 'z'),
  ];
  const codes = codesOf(inputs * outputs);
  const kernel = codes.map((_, at) => codes[(at % inputs) * outputs + Math.floor(at / inputs)]!);
  const made = modelOf(nodes, [
    ...gridParts('in', inGrid),
    ...gridParts('out', outGrid),
    makeTensor('w_codes', 'int8', [inputs, outputs], codes),
    makeTensor('kernel_codes', 'int8', [outputs, inputs, 1, 1], kernel),
    makeTensor('w_scale', 'float32', [outputs], scales),
    makeTensor('w_zero', 'int8', [outputs], new Int8Array(outputs)),
    makeTensor('image', 'int64', [4], BigInt64Array.of(-1n, BigInt(inputs), 1n, 1n)),
  ]);
  const both = [...made.graph.outputs, value('z', 'float32')];
  return { ...made, graph: { ...made.graph, outputs: both } };
}

/** What both layers give: the same numbers. */
function layersOf(feeds: Feeds): ReadonlyMap<string, Float64Array> {
  const product = productOf(feeds, inGrid).get('y')!;
  const y = product.map((one) => onGrid(one, outGrid));
  return new Map([
    ['y', y],
    ['z', y],
  ]);
}
