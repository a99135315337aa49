/**
 * The small models that a runtime is tried with, in the canonical form. They hold what a kernel can
 * get wrong: every block size, an odd number of blocks, a part of a block at the end, zero points,
 * negative scales, one row and several.
 */
import { packedSize, type BitWidth } from '../../math/pack-bits.ts';
import { graph, model, node, value } from '../../onnx/build.ts';
import { bytesFromFloats } from '../../onnx/floats.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import type { Dtype, Model, Tensor } from '../../onnx/types.ts';
import type { Device, Feeds, Value } from '../../runtime.ts';

export interface Probe {
  /** In the canonical form: `realize` makes of it what is to be tried. Node k makes `y<k>` of `x<k>` and `w<k>`. */
  readonly model: Model;
  readonly feeds: readonly Feeds[];
  /** What each output must be, where that is more than a product or a lookup of each weight. */
  readonly expected?: (feeds: Feeds) => ReadonlyMap<string, Float64Array>;
}

/** The same product in the form and in float32, to time both. */
export interface SpeedProbe {
  readonly model: Model;
  readonly plain: Model;
  /** One row, as a decoder has for each token. */
  readonly one: Feeds;
  /** Many rows, as for a whole text at once. */
  readonly many: Feeds;
}

/** One weight of a probe: codes of [rows, columns], or turned around, in blocks along the columns. */
interface Sketch {
  readonly bits: BitWidth;
  readonly symmetric: boolean;
  readonly rows: number;
  readonly columns: number;
  /** Whether the weight is stored as [columns, rows]. */
  readonly turned: boolean;
  readonly blockSize: number;
  /** Whether the scales are float16 behind a Cast, or codes behind a Cast and a Mul with their steps. */
  readonly scales?: 'float16' | 'int8';
}

/** Products x · w with weights of one width: with signed codes, and with zero points. */
export function productProbes(bits: BitWidth): Probe[] {
  // Every block size once; each further one costs a graphics device a shader or two.
  const signed = productSizes.map((size) => productSketch(bits, true, size));
  const unsigned = [oddBlocks, partAtEnd].map((size) => productSketch(bits, false, size));
  return [productProbe(signed, [1, 4]), productProbe(unsigned, [1, 4])];
}

/** Products with weights of every width, for what a runtime does to DequantizeLinear itself. */
export function foldProbes(): Probe[] {
  const sketches = ([8, 4, 2] as const).flatMap((bits) =>
    [true, false].map((symmetric) => {
      const scales = symmetric ? ('float16' as const) : ('int8' as const);
      return { ...productSketch(bits, symmetric, oddBlocks), scales };
    }),
  );
  return [productProbe(sketches, [1])];
}

/** Rows looked up in tables of one width: with signed codes, and with zero points. */
export function lookupProbes(bits: BitWidth, device: Device): Probe[] {
  return [true, false].map((symmetric) => {
    const wholeBytes = device === 'webgpu' && !symmetric;
    const sketches = lookupSizes(wholeBytes).map(([blockSize, columns]) => {
      return { bits, symmetric, rows: 6, columns, blockSize, turned: false };
    });
    const feeds = feedsOf(sketches, () => int64([1, 5], [0, 5, 2, 2, 3]));
    return { model: probeModel('Gather', sketches), feeds: [feeds] };
  });
}

/** Block size, columns, rows. */
type Size = readonly [blockSize: number, columns: number, rows: number];
const oddBlocks: Size = [32, 96, 8];
const partAtEnd: Size = [128, 160, 3];
const productSizes: readonly Size[] = [
  [16, 53, 5],
  oddBlocks,
  [64, 128, 16],
  partAtEnd,
  [256, 300, 8],
];

const productSketch = (bits: BitWidth, symmetric: boolean, [blockSize, columns, rows]: Size) => {
  return { bits, symmetric, rows, columns, blockSize, turned: true };
};

/** Products with so many rows of x each time. */
function productProbe(sketches: readonly Sketch[], left: readonly number[]): Probe {
  const feeds = left.map((rows) =>
    feedsOf(sketches, ({ columns }) => float32([rows, columns], reals(rows * columns, 257))),
  );
  return { model: probeModel('MatMul', sketches), feeds };
}

/** Block sizes and columns. Four blocks in a row fill whole bytes at every width. */
const lookupSizes = (wholeBytes: boolean): readonly (readonly [number, number])[] =>
  wholeBytes
    ? [
        [16, 56],
        [32, 128],
        [64, 224],
        [128, 512],
        [256, 1024],
      ]
    : [
        [16, 40],
        [32, 96],
        [64, 128],
        [128, 320],
        [256, 256],
      ];

function probeModel(opType: 'MatMul' | 'Gather', sketches: readonly Sketch[]): Model {
  const nodes = sketches.flatMap((sketch, index) => {
    const [x, w, y] = [`x${index}`, `w${index}`, `y${index}`] as const;
    const parts = weightParts(w, sketch);
    const step = parts.find(({ name }) => name.endsWith('_step'))?.name;
    const taken = parts.flatMap(({ name }) => (name === step ? [] : [name]));
    const attributes = { axis: sketch.turned ? 0 : 1, block_size: sketch.blockSize };
    const [codes = '', scale = '', ...zeroPoint] = taken;
    const wide = sketch.scales ? `${scale}_wide` : scale;
    const whole = step ? `${scale}_whole` : wide;
    return [
      ...(sketch.scales ? [node('Cast', [scale], [wide], { attributes: { to: 1 } })] : []),
      ...(step ? [node('Mul', [wide, step], [whole])] : []),
      node('DequantizeLinear', [codes, whole, ...zeroPoint], [w], { attributes }),
      node(opType, opType === 'MatMul' ? [x, w] : [w, x], [y]),
    ];
  });
  const inputs = sketches.map((_, index) =>
    value(`x${index}`, opType === 'MatMul' ? 'float32' : 'int64', ['m', 'k']),
  );
  const outputs = sketches.map((_, index) => value(`y${index}`, 'float32'));
  const initializers = sketches.flatMap((sketch, index) => weightParts(`w${index}`, sketch));
  const opset = sketches.some(({ bits }) => bits === 2) ? 25 : 21;
  return model(graph({ nodes, inputs, outputs, initializers }), { opset });
}

function weightParts(name: string, sketch: Sketch): Tensor[] {
  const { bits, symmetric, rows, columns, turned, blockSize } = sketch;
  const dtype: Dtype = `${symmetric ? 'int' : 'uint'}${bits}`;
  const blocks = Math.ceil(columns / blockSize);
  const dims = turned ? [columns, rows] : [rows, columns];
  const scaleDims = turned ? [blocks, rows] : [rows, blocks];
  const codes = bytes(packedSize(rows * columns, bits), 41);
  const scales = reals(rows * blocks, 29);
  const parts = [
    makeTensor(`${name}_codes`, dtype, dims, codes),
    scaleTensor(`${name}_scale`, sketch.scales, scaleDims, scales),
  ];
  if (!symmetric) {
    const zeros = bytes(packedSize(rows * blocks, bits), 7);
    parts.push(makeTensor(`${name}_zero_point`, dtype, scaleDims, zeros));
  }
  if (sketch.scales === 'int8') {
    const steps = reals(rows, 31).map((x) => x / 127);
    parts.push(makeTensor(`${name}_step`, 'float32', turned ? [1, rows] : [rows, 1], steps));
  }
  return parts;
}

function scaleTensor(
  name: string,
  type: Sketch['scales'],
  dims: readonly number[],
  scales: Float32Array,
): Tensor {
  if (type === 'int8')
    return makeTensor(
      name,
      type,
      dims,
      Int8Array.from(scales, (x) => 127 * x),
    );
  return makeTensor(name, type ?? 'float32', dims, bytesFromFloats(scales, type ?? 'float32'));
}

/** Bytes of every value, in no simple order. */
const bytes = (count: number, start: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, index) => index * 167 + (index >> 8) * 29 + start);

/** Numbers of both signs below 1, none of them 0, repeating after `period`. */
const reals = (count: number, period: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => {
    return (((index * 37) % period) + 0.5) / (period / 2) - 1 || 0.25;
  });

function feedsOf(sketches: readonly Sketch[], valueOf: (sketch: Sketch) => Value): Feeds {
  return Object.fromEntries(sketches.map((sketch, index) => [`x${index}`, valueOf(sketch)]));
}

const float32 = (dims: readonly number[], data: Float32Array): Value => ({
  dtype: 'float32',
  dims,
  data,
});

const int64 = (dims: readonly number[], data: readonly number[]): Value => ({
  dtype: 'int64',
  dims,
  data: BigInt64Array.from(data, BigInt),
});
