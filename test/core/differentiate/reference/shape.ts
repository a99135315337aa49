/** Operators that give values other places and leave them as they are. */
import { intOf, intsOf, textOf } from '../../../../src/core/onnx/build.ts';
import type { Node } from '../../../../src/core/onnx/types.ts';
import {
  arrayOf,
  at,
  atBroadcast,
  broadcastDims,
  countOf,
  listOf,
  reshaped,
  wrapAxis,
  type NumberArray,
} from './array.ts';
import { given, integersOf, type Inputs, type Operators } from './operator.ts';

/** The axes are an input from opset 13 on, an attribute before. */
const axesOf = (inputs: Inputs, node: Node): number[] | undefined =>
  integersOf(inputs[1]) ?? intsOf(node, 'axes');

function reshape(inputs: Inputs, node: Node): NumberArray {
  const array = given(inputs, 0);
  const keepsZero = intOf(node, 'allowzero', 0) === 1;
  const wanted = [...given(inputs, 1).data].map((dim, axis) =>
    dim === 0 && !keepsZero ? array.dims[axis]! : dim,
  );
  const known = countOf(wanted.filter((dim) => dim !== -1));
  return reshaped(
    array,
    wanted.map((dim) => (dim === -1 ? array.data.length / known : dim)),
  );
}

function flatten(array: NumberArray, node: Node): NumberArray {
  const axis = wrapAxis(intOf(node, 'axis', 1), array.dims.length);
  return reshaped(array, [countOf(array.dims.slice(0, axis)), countOf(array.dims.slice(axis))]);
}

function squeeze(inputs: Inputs, node: Node): NumberArray {
  const array = given(inputs, 0);
  const axes = axesOf(inputs, node)?.map((axis) => wrapAxis(axis, array.dims.length));
  const goes = (dim: number, axis: number): boolean => (axes ? axes.includes(axis) : dim === 1);
  return reshaped(
    array,
    array.dims.filter((dim, axis) => !goes(dim, axis)),
  );
}

function unsqueeze(inputs: Inputs, node: Node): NumberArray {
  const array = given(inputs, 0);
  const added = axesOf(inputs, node) ?? [];
  const rank = array.dims.length + added.length;
  const axes = added.map((axis) => wrapAxis(axis, rank));
  const old = array.dims[Symbol.iterator]();
  const dims = Array.from({ length: rank }, (_, axis) =>
    axes.includes(axis) ? 1 : (old.next().value as number),
  );
  return reshaped(array, dims);
}

/** The axes of an array in another order. */
export function transposed(array: NumberArray, order: readonly number[]): NumberArray {
  const dims = order.map((axis) => array.dims[axis]!);
  const source = dims.map(() => 0);
  return arrayOf(
    dims,
    (coordinate) => {
      order.forEach((axis, place) => (source[axis] = coordinate[place]!));
      return at(array, source);
    },
    array.dtype,
  );
}

function expand(inputs: Inputs): NumberArray {
  const array = given(inputs, 0);
  const dims = broadcastDims(array.dims, [...given(inputs, 1).data]);
  return arrayOf(dims, (coordinate) => atBroadcast(array, coordinate), array.dtype);
}

function tile(inputs: Inputs): NumberArray {
  const array = given(inputs, 0);
  const dims = array.dims.map((dim, axis) => dim * given(inputs, 1).data[axis]!);
  const valueAt = (coordinate: readonly number[]): number =>
    at(
      array,
      coordinate.map((place, axis) => place % array.dims[axis]!),
    );
  return arrayOf(dims, valueAt, array.dtype);
}

/** Blocks of channels become blocks of pixels; DCR takes the block's axes before the channels, CRD after. */
function depthToSpace(array: NumberArray, node: Node): NumberArray {
  const size = intOf(node, 'blocksize', 1);
  const [batch, channels, height, width] = array.dims as [number, number, number, number];
  const kept = channels / size ** 2;
  const isDcr = textOf(node, 'mode') !== 'CRD';
  const folded = isDcr
    ? [batch, size, size, kept, height, width]
    : [batch, kept, size, size, height, width];
  const order = isDcr ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
  return reshaped(transposed(reshaped(array, folded), order), [
    batch,
    kept,
    height * size,
    width * size,
  ]);
}

function spaceToDepth(array: NumberArray, node: Node): NumberArray {
  const size = intOf(node, 'blocksize', 1);
  const [batch, channels, height, width] = array.dims as [number, number, number, number];
  const [rows, columns] = [height / size, width / size];
  const blocks = reshaped(array, [batch, channels, rows, size, columns, size]);
  return reshaped(transposed(blocks, [0, 3, 5, 1, 2, 4]), [
    batch,
    channels * size ** 2,
    rows,
    columns,
  ]);
}

export const shapes: Operators = {
  Reshape: (inputs, node) => [reshape(inputs, node)],
  Flatten: (inputs, node) => [flatten(given(inputs, 0), node)],
  Squeeze: (inputs, node) => [squeeze(inputs, node)],
  Unsqueeze: (inputs, node) => [unsqueeze(inputs, node)],
  Transpose: (inputs, node) => {
    const array = given(inputs, 0);
    return [transposed(array, intsOf(node, 'perm') ?? array.dims.map((_, axis) => axis).reverse())];
  },
  Expand: (inputs) => [expand(inputs)],
  Tile: (inputs) => [tile(inputs)],
  DepthToSpace: (inputs, node) => [depthToSpace(given(inputs, 0), node)],
  SpaceToDepth: (inputs, node) => [spaceToDepth(given(inputs, 0), node)],
  Shape: (inputs, node) => {
    const { dims } = given(inputs, 0);
    return [listOf(dims.slice(intOf(node, 'start', 0), intOf(node, 'end', dims.length)))];
  },
};
