/**
 * Small quantized weights in the canonical form with what every element of them must come to: every
 * width, block size and kind of zero point, with odd numbers of blocks and parts of a block at the
 * end. Node's contract test and the browser's story run the same ones. Everything is computed here
 * the plain way, with nothing of the code under test but the shapes of nodes and tensors.
 */
import { graph, model, node, value } from '../src/core/onnx/build.ts';
import { makeTensor } from '../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../src/core/onnx/types.ts';
import type { Feeds, Value } from '../src/core/runtime.ts';

export interface FormsCase {
  /** Also the prefix of its values' names. */
  readonly name: string;
  readonly kind: 'product' | 'lookup';
  readonly bits: 8 | 4 | 2;
  readonly symmetric: boolean;
  readonly blockSize: number;
  /** Weights in a row of blocks. */
  readonly columns: number;
  readonly initializers: readonly Tensor[];
  readonly nodes: readonly Node[];
  /** The name of the dequantized weight, of the other input, and of the result. */
  readonly weight: string;
  readonly input: string;
  readonly output: string;
  /** The weight element by element, in the order in which it is stored. */
  readonly elements: Float32Array;
  /** Inputs that pick elements out unchanged, and the results. */
  readonly runs: readonly { readonly feed: Value; readonly expected: Float32Array }[];
}

const rows = 5;
const widths = [8, 4, 2] as const;
const blockSizes = [16, 32, 64, 128, 256] as const;

/** All of them. A product's weight is stored as [columns, rows], a looked-up table as [rows, columns]. */
export function formsCases(): FormsCase[] {
  return widths.flatMap((bits) =>
    [true, false].flatMap((symmetric) =>
      blockSizes.flatMap((blockSize) => [
        product(bits, symmetric, blockSize, 3 * blockSize),
        product(bits, symmetric, blockSize, 2.5 * blockSize + 1),
        lookup(bits, symmetric, blockSize, 3 * blockSize),
        lookup(bits, symmetric, blockSize, 2.5 * blockSize),
      ]),
    ),
  );
}

/**
 * Half of them, such that every two of width, kind of zero point, block size, operator and end of the
 * row (a whole block or a part) still meet.
 */
export function pairwiseCases(): FormsCase[] {
  return formsCases().filter(({ blockSize, columns, symmetric }) => {
    const isWhole = columns % blockSize === 0;
    return (symmetric === isWhole) === (blockSizes.findIndex((one) => one === blockSize) % 2 === 0);
  });
}

/** One model of several cases. */
export function modelOf(cases: readonly FormsCase[]): Model {
  const main = graph({
    nodes: cases.flatMap(({ nodes }) => nodes),
    inputs: cases.map(({ input, kind }) =>
      kind === 'product'
        ? value(input, 'float32', ['rows', 'columns'])
        : value(input, 'int64', ['places']),
    ),
    outputs: cases.map(({ output }) => value(output, 'float32')),
    initializers: cases.flatMap(({ initializers }) => initializers),
  });
  return model(main, { opset: 25 });
}

/** The feeds of one run of each case. */
export const feedsOf = (cases: readonly FormsCase[], run: number): Feeds =>
  Object.fromEntries(
    cases.flatMap(({ input, runs }) => (runs[run] ? [[input, runs[run].feed]] : [])),
  );

/** The first element of a result that is not exactly as expected, in words; undefined where all are. */
export function firstDifference(
  cases: readonly FormsCase[],
  run: number,
  results: Readonly<Record<string, Value>>,
): string | undefined {
  for (const { output, runs } of cases) {
    const expected = runs[run]?.expected ?? new Float32Array(0);
    const found = results[output]?.data;
    if (!(found instanceof Float32Array) || found.length !== expected.length) {
      return `${output}: ${found?.length ?? 'no'} values instead of ${expected.length}`;
    }
    const at = expected.findIndex((wanted, index) => wanted !== found[index]);
    if (at >= 0) return `${output}[${at}] is ${found[at] ?? ''} instead of ${expected[at] ?? ''}`;
  }
  return undefined;
}

type Bits = FormsCase['bits'];

/** Identity · W is W; one row of the identity, which runtimes compute apart, picks one row of W. */
function product(bits: Bits, symmetric: boolean, blockSize: number, columns: number): FormsCase {
  const base = weightCase('product', bits, symmetric, blockSize, columns);
  const { elements, weight, input, output } = base;
  const identity = new Float32Array(columns * columns);
  for (let at = 0; at < columns; at++) identity[at * columns + at] = 1;
  const last = new Float32Array(columns);
  last[columns - 1] = 1;
  return {
    ...base,
    nodes: [...base.nodes, node('MatMul', [input, weight], [output])],
    runs: [
      { feed: { dtype: 'float32', dims: [columns, columns], data: identity }, expected: elements },
      {
        feed: { dtype: 'float32', dims: [1, columns], data: last },
        expected: elements.slice((columns - 1) * rows),
      },
    ],
  };
}

function lookup(bits: Bits, symmetric: boolean, blockSize: number, columns: number): FormsCase {
  const base = weightCase('lookup', bits, symmetric, blockSize, columns);
  const { elements, weight, input, output } = base;
  const run = (places: readonly number[]) => {
    const picked = places.flatMap((place) => [
      ...elements.subarray(place * columns, (place + 1) * columns),
    ]);
    const data = BigInt64Array.from(places, BigInt);
    const feed: Value = { dtype: 'int64', dims: [places.length], data };
    return { feed, expected: Float32Array.from(picked) };
  };
  return {
    ...base,
    nodes: [...base.nodes, node('Gather', [weight, input], [output])],
    runs: [run([0, 1, 2, 3, 4]), run([rows - 1])],
  };
}

function weightCase(
  kind: FormsCase['kind'],
  bits: Bits,
  symmetric: boolean,
  blockSize: number,
  columns: number,
): Omit<FormsCase, 'runs'> {
  // Scales are float16 behind a Cast in every second case, and codes times steps in some others.
  const hasHalves = (kind === 'product') === columns % blockSize > 0;
  const hasSteps = !hasHalves && (blockSize === 32 || blockSize === 128);
  const name = `${kind}-${symmetric ? 'int' : 'uint'}${bits}-block${blockSize}-of${columns}`;
  const blocks = Math.ceil(columns / blockSize);
  // Where an element and its scale lie: blocks run along the columns in both layouts.
  const place = (row: number, column: number, width: number): number =>
    kind === 'product' ? column * rows + row : row * width + column;
  const lowest = symmetric ? -(2 ** (bits - 1)) : 0;
  const codes = new Array<number>(rows * columns).fill(0);
  const scales = new Float32Array(rows * blocks);
  const zeros = new Array<number>(rows * blocks).fill(0);
  const elements = new Float32Array(rows * columns);
  const steps = Float32Array.from({ length: rows }, (_, row) => 2 ** -(5 + (row % 3)));
  const scaleCodes = new Int8Array(rows * blocks);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const at = place(row, block, blocks);
      scales[at] = (((row * 31 + block * 17) % 23) - 11.5) / 16;
      scaleCodes[at] = scales[at] / steps[row]!;
      zeros[at] = symmetric ? 0 : (row * 5 + block * 3 + 1) % 2 ** bits;
    }
    for (let column = 0; column < columns; column++) {
      const at = place(row, column, columns);
      const block = place(row, Math.floor(column / blockSize), blocks);
      codes[at] = lowest + ((row * 101 + column * 59 + (column >> 3)) % 2 ** bits);
      elements[at] = Math.fround((codes[at] - (zeros[block] ?? 0)) * (scales[block] ?? 0));
    }
  }
  const dtype = `${symmetric ? 'int' : 'uint'}${bits}` as const;
  const dimsOf = (width: number) => (kind === 'product' ? [width, rows] : [rows, width]);
  const initializers = [
    makeTensor(`${name}-codes`, dtype, dimsOf(columns), packed(codes, bits)),
    hasHalves
      ? makeTensor(`${name}-scale`, 'float16', dimsOf(blocks), halves(scales))
      : hasSteps
        ? makeTensor(`${name}-scale`, 'int8', dimsOf(blocks), scaleCodes)
        : makeTensor(`${name}-scale`, 'float32', dimsOf(blocks), scales),
  ];
  if (!symmetric) {
    initializers.push(makeTensor(`${name}-zero-point`, dtype, dimsOf(blocks), packed(zeros, bits)));
  }
  const weight = `${name}-w`;
  const attributes = { axis: kind === 'product' ? 0 : 1, block_size: blockSize };
  const inputs = initializers.map((one) => one.name);
  const nodes: Node[] = [];
  if (hasHalves || hasSteps) {
    nodes.push(node('Cast', [`${name}-scale`], [`${name}-wide`], { attributes: { to: 1 } }));
    inputs[1] = `${name}-wide`;
  }
  if (hasSteps) {
    initializers.push(makeTensor(`${name}-step`, 'float32', dimsOf(1), steps));
    nodes.push(node('Mul', [`${name}-wide`, `${name}-step`], [`${name}-stepped`]));
    inputs[1] = `${name}-stepped`;
  }
  nodes.push(node('DequantizeLinear', inputs, [weight], { attributes }));
  const values = { weight, input: `${name}-x`, output: `${name}-y` };
  return {
    name,
    kind,
    bits,
    symmetric,
    blockSize,
    columns,
    initializers,
    nodes,
    elements,
    ...values,
  };
}

/** Numbers k / 32 with a k of up to 11 bits as the bits of float16. */
function halves(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    if (value === 0) return 0;
    const exponent = Math.floor(Math.log2(Math.abs(value)));
    const fraction = Math.abs(value) / 2 ** exponent - 1;
    return (value < 0 ? 0x8000 : 0) + (exponent + 15) * 0x400 + fraction * 0x400;
  });
}

/** ONNX's packing: the first element in the lowest bits. */
function packed(codes: readonly number[], bits: Bits): Uint8Array {
  const perByte = 8 / bits;
  const bytes = new Uint8Array(Math.ceil(codes.length / perByte));
  codes.forEach((code, at) => {
    const byte = Math.floor(at / perByte);
    bytes[byte] =
      (bytes[byte] ?? 0) + ((code + 2 ** bits) % 2 ** bits) * 2 ** ((at % perByte) * bits);
  });
  return bytes;
}
