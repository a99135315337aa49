/** Which stored axes a sum goes over, after the axes were divided, joined and moved. */
import { expect, test } from 'vitest';
import { node } from '../../../src/core/onnx/build.ts';
import type { FlowNode, FlowValue } from '../../../src/core/onnx/flow.ts';
import { routed, sizeAlong, storedAxes, storedLayout } from '../../../src/core/onnx/layout.ts';
import { einsumAxes } from '../../../src/core/onnx/weight-inputs.ts';
import { integers } from './sketches.ts';

const constant = (...values: number[]): FlowValue => ({
  name: 'c',
  uses: [],
  tensor: integers('c', values),
});
const at = (opType: string, second?: FlowValue, attributes = {}): FlowNode => ({
  index: 0,
  node: node(opType, ['v', 'c'], ['u'], { attributes }),
  path: [],
  phi: false,
  inputs: [undefined, second],
  outputs: [],
});
/** Reshapes a tensor of `dims` and gives the stored axes of each axis of the result. */
const reshaped = (dims: number[], to: number[]) => {
  const layout = routed(at('Reshape', constant(...to)), 0, storedLayout(dims));
  return layout?.map((parts, axis) => [parts.map((part) => part.axis), sizeAlong(layout, axis)]);
};

test('Reshape divides and joins', () => {
  expect(reshaped([4, 6], [24])).toEqual([[[0, 1], 24]]);
  expect(reshaped([24], [4, 6])).toEqual([
    [[0], 4],
    [[0], 6],
  ]);
  expect(reshaped([4, 6], [2, 2, 6])).toEqual([
    [[0], 2],
    [[0], 2],
    [[1], 6],
  ]);
  expect(reshaped([4, 6], [8, 3])).toEqual([
    [[0, 1], 8],
    [[1], 3],
  ]);
  expect(reshaped([4, 1, 6], [0, -1, 1])).toEqual([
    [[0], 4],
    [[2], 6],
    [[], 1],
  ]);
});

test('a Reshape that does not fit, or cuts across what it can’t divide, is not followed', () => {
  for (const to of [
    [5, 5],
    [-1, 0, 5],
    [3, 8],
    [0, 0, 0],
    [-2, -12],
  ]) {
    expect(reshaped([4, 6], to), to.join()).toBeUndefined();
  }
});

test('of a divided axis, the innermost part decides', () => {
  const layout = routed(at('Reshape', constant(4, 2, 3)), 0, storedLayout([4, 6])) ?? [];
  expect(storedAxes(layout, [0, 2])).toEqual([0, 1]);
  expect(storedAxes(layout, [0, 1])).toEqual([0]);
  // Unless nothing else is summed.
  expect(storedAxes(layout, [1])).toEqual([1]);
});

test('sizes are open after a Slice, so a Reshape can’t be followed', () => {
  const layout = routed(at('Slice', constant(0)), 0, storedLayout([4, 6])) ?? [];
  expect(sizeAlong(layout, 0)).toBeUndefined();
  expect(routed(at('Reshape', constant(2, 12)), 0, layout)).toBeUndefined();
  expect(storedAxes(layout, [1])).toEqual([1]);
});

test('a way goes through the data input alone', () => {
  expect(routed(at('Slice', constant(0)), 1, storedLayout([4, 6]))).toBeUndefined();
  expect(routed(at('Relu'), 0, storedLayout([4, 6]))).toBeUndefined();
});

test.each<[string, number, number, number[] | undefined]>([
  ['ij,jk->ik', 1, 2, [0]],
  ['ij,jk->ik', 0, 2, [1]],
  ['ij,kj', 1, 2, [1]],
  ['...ij,...jk->...ik', 1, 4, [2]],
  ['i...,j->ij...', 0, 3, []],
  ['ii,ij->j', 0, 2, undefined],
  ['ij,jk->ik', 1, 3, undefined],
  ['...ij,k->k', 0, 1, undefined],
])('Einsum %s, operand %d of rank %d', (equation, input, rank, axes) => {
  expect(einsumAxes(equation, input, rank)).toEqual(axes);
});
