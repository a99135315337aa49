/**
 * Arrays of the reference interpreter: float64, row-major, whatever the type they stand for. Written
 * to be read; every access goes through coordinates.
 */
import type { Dtype } from '../../../../src/core/onnx/types.ts';

/** Values of any element type as float64. */
export interface NumberArray {
  readonly dims: readonly number[];
  readonly data: Float64Array;
  /** What the model stores; float32 when absent. */
  readonly dtype?: Dtype;
}

/** How many elements the dims make. */
export const countOf = (dims: readonly number[]): number =>
  dims.reduce((product, dim) => product * dim, 1);

/** Calls back with every coordinate in row-major order. The array is reused: copy it to keep it. */
export function eachCoordinate(
  dims: readonly number[],
  visit: (coordinate: readonly number[], index: number) => void,
): void {
  const count = countOf(dims);
  const coordinate = dims.map(() => 0);
  for (let index = 0; index < count; index++) {
    visit(coordinate, index);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      coordinate[axis]!++;
      if (coordinate[axis]! < dims[axis]!) break;
      coordinate[axis] = 0;
    }
  }
}

/** An array by the value at each coordinate. */
export function arrayOf(
  dims: readonly number[],
  valueAt: (coordinate: readonly number[]) => number,
  dtype: Dtype = 'float32',
): NumberArray {
  const data = new Float64Array(countOf(dims));
  eachCoordinate(dims, (coordinate, index) => {
    data[index] = valueAt(coordinate);
  });
  return { dims: [...dims], data, dtype };
}

/** A list, or a scalar, of whole numbers. */
export const listOf = (values: readonly number[]): NumberArray => ({
  dims: [values.length],
  data: Float64Array.from(values),
  dtype: 'int64',
});

/** The row-major index of a coordinate. Errors: RangeError outside the array. */
export function indexOf(dims: readonly number[], coordinate: readonly number[]): number {
  let index = 0;
  for (let axis = 0; axis < dims.length; axis++) {
    const place = coordinate[axis]!;
    if (!(place >= 0 && place < dims[axis]!)) {
      throw new RangeError(`[${coordinate.join()}] lies outside an array of [${dims.join()}].`);
    }
    index = index * dims[axis]! + place;
  }
  return index;
}

/** The value at a coordinate. */
export const at = (array: NumberArray, coordinate: readonly number[]): number =>
  array.data[indexOf(array.dims, coordinate)]!;

/** The value that a larger array of broadcast dims has at a coordinate. */
export function atBroadcast({ dims, data }: NumberArray, coordinate: readonly number[]): number {
  const added = coordinate.length - dims.length;
  let index = 0;
  for (let axis = 0; axis < dims.length; axis++) {
    index = index * dims[axis]! + (dims[axis] === 1 ? 0 : coordinate[axis + added]!);
  }
  return data[index]!;
}

/** The dims that several broadcast to. Errors: RangeError where they don't fit. */
export function broadcastDims(...all: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...all.map((dims) => dims.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = all.map((dims) => dims[axis - rank + dims.length] ?? 1);
    const size = sizes.find((one) => one !== 1) ?? 1;
    if (sizes.some((one) => one !== 1 && one !== size)) {
      throw new RangeError(`[${all.map(String).join('] and [')}] don't broadcast.`);
    }
    return size;
  });
}

/** The same values under other dims. */
export const reshaped = (array: NumberArray, dims: readonly number[]): NumberArray => {
  if (countOf(dims) !== array.data.length) {
    throw new RangeError(`[${array.dims.join()}] can't become [${dims.join()}].`);
  }
  return { ...array, dims: [...dims] };
};

/** Axis −1 is the last one. */
export const wrapAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
