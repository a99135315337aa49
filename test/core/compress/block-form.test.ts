import { describe, expect, test } from 'vitest';

import { blockForm, type Shaped } from '../../../src/core/compress/block-form.ts';

const matmul: Shaped = { dims: [70, 5], role: 'linear', inAxes: [0] };
const gemm: Shaped = { dims: [5, 70], role: 'linear', inAxes: [1] };
const embedding: Shaped = { dims: [100, 48], role: 'embedding', inAxes: [1] };
const conv: Shaped = { dims: [8, 3, 5, 5], role: 'conv', inAxes: [1, 2, 3] };
const depthwise: Shaped = { dims: [8, 1, 5, 5], role: 'depthwise-conv', inAxes: [1, 2, 3] };
const transposed: Shaped = { dims: [40, 6, 3, 3], role: 'conv', inAxes: [0] };
const upDepthwise: Shaped = { dims: [8, 1, 3, 3], role: 'depthwise-conv', inAxes: [0] };
const apart: Shaped = { dims: [40, 6, 3, 3], role: 'linear', inAxes: [0, 2, 3] };
const lstm: Shaped = { dims: [1, 64, 32], role: 'recurrent', inAxes: [2] };
const bidirectional: Shaped = { dims: [2, 64, 32], role: 'recurrent', inAxes: [2] };
const batched: Shaped = { dims: [3, 70, 5], role: 'linear', inAxes: [1] };
const column: Shaped = { dims: [70, 1], role: 'linear', inAxes: [0] };
const vector: Shaped = { dims: [70], role: 'linear', inAxes: [0] };

type Wanted = readonly [
  dims: readonly number[],
  axis: number,
  blockSize: number | undefined,
  scaleDims: readonly number[],
  layout: readonly [number, number, number],
];

const rows: readonly (readonly [string, Shaped, number, Wanted])[] = [
  ['MatMul', matmul, 16, [[70, 5], 0, 16, [5, 5], [1, 70, 5]]],
  ['MatMul, whole', matmul, 0, [[70, 5], 1, undefined, [5], [1, 70, 5]]],
  ['MatMul, a block beyond the channel', matmul, 128, [[70, 5], 1, undefined, [5], [1, 70, 5]]],
  ['Gemm transB', gemm, 32, [[5, 70], 1, 32, [5, 3], [5, 70, 1]]],
  ['Gemm transB, whole', gemm, 0, [[5, 70], 0, undefined, [5], [5, 70, 1]]],
  ['embedding', embedding, 16, [[100, 48], 1, 16, [100, 3], [100, 48, 1]]],
  ['embedding, whole row', embedding, 0, [[100, 48], 0, undefined, [100], [100, 48, 1]]],
  ['conv', conv, 32, [[8, 75], 1, 32, [8, 3], [8, 75, 1]]],
  ['conv, whole', conv, 0, [[8, 3, 5, 5], 0, undefined, [8], [8, 75, 1]]],
  ['depthwise', depthwise, 16, [[8, 25], 1, 16, [8, 2], [8, 25, 1]]],
  ['depthwise, whole', depthwise, 32, [[8, 1, 5, 5], 0, undefined, [8], [8, 25, 1]]],
  ['ConvTranspose', transposed, 16, [[40, 6, 3, 3], 0, 16, [3, 6, 3, 3], [1, 40, 54]]],
  ['ConvTranspose, whole', transposed, 0, [[40, 6, 3, 3], 0, 40, [1, 6, 3, 3], [1, 40, 54]]],
  ['sums that lie apart', apart, 16, [[40, 54], 0, 16, [3, 54], [1, 40, 54]]],
  ['depthwise ConvTranspose', upDepthwise, 0, [[8, 1, 3, 3], 0, undefined, [8], [8, 9, 1]]],
  ['LSTM', lstm, 16, [[1, 64, 32], 2, 16, [1, 64, 2], [64, 32, 1]]],
  ['LSTM, whole', lstm, 0, [[1, 64, 32], 1, undefined, [64], [64, 32, 1]]],
  ['LSTM, two directions', bidirectional, 0, [[2, 64, 32], 2, 32, [2, 64, 1], [128, 32, 1]]],
  ['batched MatMul', batched, 16, [[3, 70, 5], 1, 16, [3, 5, 5], [3, 70, 5]]],
  ['batched MatMul, whole', batched, 0, [[3, 70, 5], 1, 70, [3, 1, 5], [3, 70, 5]]],
  ['one column', column, 16, [[70, 1], 0, 16, [5, 1], [1, 70, 1]]],
  ['one column, whole', column, 0, [[70, 1], 1, undefined, [1], [1, 70, 1]]],
  ['vector: never blocks on one axis', vector, 16, [[1, 70], 1, 16, [1, 5], [1, 70, 1]]],
];

describe('blockForm', () => {
  test.each(rows)('%s', (_, weight, blockSize, [dims, axis, size, scaleDims, layout]) => {
    const form = blockForm(weight, blockSize);
    expect(form.dims).toEqual(dims);
    expect(form.axis).toBe(axis);
    expect(form.blockSize).toBe(size);
    expect(form.scaleDims).toEqual(scaleDims);
    expect([form.layout.outer, form.layout.axis, form.layout.inner]).toEqual(layout);
    // The kernels make exactly the scales that the dims promise.
    const { outer, axis: length, inner } = form.layout;
    const blocks = form.kernelBlock === 0 ? 1 : Math.ceil(length / form.kernelBlock);
    expect(outer * blocks * inner).toBe(scaleDims.reduce((all, dim) => all * dim, 1));
  });
});
