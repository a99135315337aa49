import { describe, expect, test } from 'vitest';

import { blockForm, type Shaped } from '../../../src/core/compress/block-form.ts';
import { dequantized, opsetFor } from '../../../src/core/compress/dequantize.ts';
import { dequantizeBlocks, quantizeBlocks } from '../../../src/core/math/block-quantize.ts';
import type { BlockOptions } from '../../../src/core/math/blocks.ts';
import { fitBlocks } from '../../../src/core/math/grid-fit.ts';
import { codeBits, gridFor, packCoded } from '../../../src/core/math/grid.ts';
import { decodeFloat16 } from '../../../src/core/math/float16.ts';
import { freshName } from '../../../src/core/onnx/graph.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import type { Dtype, Node, Tensor } from '../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { normals } from './fixtures.ts';

const bitWidths = [8, 4, 2] as const;
const blockSizes = [0, 16, 32, 64, 128, 256] as const;

/** Channels of 256 numbers, which every block size divides, and of others, which leave tails. */
const shapes: Readonly<Record<string, Shaped>> = {
  'MatMul, whole blocks': { dims: [256, 3], role: 'linear', inAxes: [0] },
  'MatMul, tails': { dims: [271, 3], role: 'linear', inAxes: [0] },
  'Gemm transB, whole blocks': { dims: [3, 256], role: 'linear', inAxes: [1] },
  'Gemm transB, tails': { dims: [3, 271], role: 'linear', inAxes: [1] },
  embedding: { dims: [7, 135], role: 'embedding', inAxes: [1] },
  conv: { dims: [4, 11, 5, 5], role: 'conv', inAxes: [1, 2, 3] },
  ConvTranspose: { dims: [37, 4, 2, 2], role: 'conv', inAxes: [0] },
  'sums that lie apart': { dims: [37, 4, 2, 2], role: 'linear', inAxes: [0, 3] },
  'LSTM, two directions': { dims: [2, 5, 67], role: 'recurrent', inAxes: [2] },
  'batched MatMul': { dims: [3, 67, 5], role: 'linear', inAxes: [1] },
  'one column': { dims: [67, 1], role: 'linear', inAxes: [0] },
  vector: { dims: [67], role: 'linear', inAxes: [0] },
};

interface Case {
  readonly tensors: readonly Tensor[];
  readonly nodes: readonly Node[];
  readonly name: string;
  readonly expected: Float32Array;
}

const taken = new Set<string>();
const fresh = (base: string) => freshName(taken, base);

function caseOf(
  label: string,
  shape: Shaped,
  blockSize: number,
  options: Omit<BlockOptions, 'blockSize'>,
  dtype: Dtype = 'float32',
): Case {
  const form = blockForm(shape, blockSize);
  const values = normals(
    label,
    shape.dims.reduce((all, dim) => all * dim, 1),
  );
  const blockOptions = { ...options, blockSize: form.kernelBlock };
  const blocks = quantizeBlocks(values, form.layout, blockOptions);
  const name = fresh(`W ${label} ${blockSize}`);
  const { tensors, nodes } = dequantized(
    { name, dims: shape.dims, dtype },
    form,
    blocks,
    gridFor(options.bits, options.symmetric, 'float32'),
    fresh,
  );
  return { tensors, nodes, name, expected: dequantizeBlocks(blocks, form.layout, blockOptions) };
}

/** What onnxruntime's own DequantizeLinear makes of every case. */
async function runAll(
  cases: readonly Case[],
  bits: BlockOptions['bits'],
  dtype: Dtype = 'float32',
) {
  // An output that nothing computes from would be folded away with the rest of the graph; these are.
  const outputs = cases.map(({ name }) => value(name, dtype));
  const made = graph({
    nodes: [...cases.flatMap(({ nodes }) => nodes), node('Identity', ['x'], ['y'])],
    inputs: [value('x', 'float32', [1])],
    outputs: [...outputs, value('y', 'float32', [1])],
    initializers: cases.flatMap(({ tensors }) => tensors),
  });
  const files = writeOnnx(model(made, { opset: opsetFor(bits) }));
  const session = await nodeRuntime().createSession(files, { threads: 1 });
  const x = { dtype: 'float32' as const, dims: [1], data: new Float32Array(1) };
  try {
    return await session.run({ x });
  } finally {
    await session.release();
  }
}

describe.each(bitWidths)('%i bits: onnxruntime makes the same numbers of the codes', (bits) => {
  test.each([true, false])('symmetric %s', async (symmetric) => {
    const cases = Object.entries(shapes).flatMap(([label, shape]) =>
      blockSizes.map((blockSize) => caseOf(label, shape, blockSize, { bits, symmetric })),
    );
    const outputs = await runAll(cases, bits);
    for (const { name, expected } of cases) {
      expect(outputs[name]?.data, name).toEqual(expected);
    }
  });

  test.each([true, false])('float16 scales, symmetric %s', async (symmetric) => {
    const shape = shapes['Gemm transB, tails']!;
    const one = caseOf('half', shape, 32, { bits, symmetric }, 'float16');
    const outputs = await runAll([one], bits, 'float16');
    const halves = decodeFloat16(outputs[one.name]?.data as Uint16Array);
    halves.forEach((half, index) => {
      expect(Math.abs(half - one.expected[index]!)).toBeLessThan(
        Math.abs(one.expected[index]!) * 2 ** -9 + 2 ** -14,
      );
    });
  });
});

/** Every grid with float16 scales, fitted, against onnxruntime element by element. */
describe.each(codeBits)('%d bits, float16 scales behind a Cast', (bits) => {
  test.each(bits < 2 ? [true] : [true, false])('symmetric %s', async (symmetric) => {
    const grid = gridFor(bits, symmetric, 'float16');
    const cases = ['MatMul, tails', 'Gemm transB, whole blocks', 'conv'].flatMap((label) =>
      [0, 32].map((blockSize): Case => {
        const shape = shapes[label]!;
        const form = blockForm(shape, blockSize);
        const count = shape.dims.reduce((all, dim) => all * dim, 1);
        const coded = fitBlocks({
          weights: normals(label, count),
          layout: form.layout,
          blockSize: form.kernelBlock,
          grid,
        });
        const name = fresh(`fitted ${label} ${blockSize}`);
        const weight = { name, dims: shape.dims, dtype: 'float32' } as const;
        const made = dequantized(weight, form, packCoded(coded, grid), grid, fresh);
        expect(made.tensors[1]?.dtype).toBe('float16');
        const { outer, axis, inner } = form.layout;
        const blocks = coded.scales.length / (outer * inner);
        const size = form.kernelBlock || axis;
        const expected = Float32Array.from(coded.codes, (code, at) => {
          const row = Math.floor(at / inner);
          const block = Math.floor(row / axis) * blocks + Math.floor((row % axis) / size);
          const place = block * inner + (at % inner);
          return (code - (coded.zeroPoints?.[place] ?? 0)) * coded.scales[place]!;
        });
        return { ...made, name, expected };
      }),
    );
    const outputs = await runAll(cases, grid.container);
    for (const { name, expected } of cases) {
      expect(outputs[name]?.data, name).toEqual(expected);
    }
  });
});

describe('codes by hand', () => {
  const vector: Shaped = { dims: [1, 4], role: 'linear', inAxes: [1] };
  // The grids of quantize-block on one block, worked out on paper.
  const rows: readonly (readonly [
    8 | 4 | 2,
    boolean,
    number[],
    number[],
    number,
    number | undefined,
  ])[] = [
    // m = -8 → scale -8 / -8 = 1; 0.5 and 2.5 go to the even neighbors.
    [4, true, [-8, 0.5, 2.5, 7], [0x08, 0x72], 1, undefined],
    // m = 8 → scale -1: the largest value gets the lowest code, -8.
    [4, true, [8, 0.5, 2.5, -7], [0x08, 0x7e], -1, undefined],
    // from -5 to 10: scale 1, zero point 5
    [4, false, [-5, 0, 10, 1.5], [0x50, 0x7f], 1, 5],
    // m = -2 → scale 1, codes -2 … 1
    [2, true, [-2, 1, 0.4, 1.6], [0b01_00_01_10], 1, undefined],
    // from 0 to 3: scale 1, zero point 0
    [2, false, [0, 1, 2, 3], [0b11_10_01_00], 1, 0],
    // max|w| = 127 → scale 1; -128 is never used
    [8, true, [-127, 126.5, 0.5, 127], [0x81, 126, 0, 127], 1, undefined],
    // from -1 to 254: scale 1, zero point 1
    [8, false, [-1, 0, 254, 1], [0, 1, 255, 2], 1, 1],
  ];
  test.each(rows)('%i bits, symmetric %s, %j', (bits, symmetric, values, codes, scale, zero) => {
    const form = blockForm(vector, 0);
    const options = { bits, symmetric, blockSize: form.kernelBlock };
    const blocks = quantizeBlocks(Float32Array.from(values), form.layout, options);
    const name = fresh('by hand');
    const { tensors } = dequantized(
      { name, dims: [1, 4], dtype: 'float32' },
      form,
      blocks,
      gridFor(bits, symmetric, 'float32'),
      fresh,
    );
    const raw = tensors.map(({ rawData }) => rawData as Uint8Array);
    expect([...raw[0]!]).toEqual(codes);
    expect(new DataView(raw[1]!.buffer, raw[1]!.byteOffset).getFloat32(0, true)).toBe(scale);
    expect(raw[2]?.[0]).toBe(zero);
  });
});
