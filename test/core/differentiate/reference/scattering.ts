/** Operators that write values into others at given places. */
import { intOf, textOf } from '../../../../src/core/onnx/build.ts';
import type { Node } from '../../../../src/core/onnx/types.ts';
import { eachCoordinate, indexOf, wrapAxis, type NumberArray } from './array.ts';
import type { Inputs, Operators } from './operator.ts';

/** Puts each update where `target` says; `reduction` tells what becomes of what is there. */
function scattered(
  [x, , updates]: Inputs,
  node: Node,
  target: (place: readonly number[]) => readonly number[],
): NumberArray {
  const reduce = {
    none: (_: number, update: number) => update,
    add: (old: number, update: number) => old + update,
    mul: (old: number, update: number) => old * update,
    max: Math.max,
    min: Math.min,
  }[textOf(node, 'reduction') ?? 'none']!;
  const data = Float64Array.from(x!.data);
  eachCoordinate(updates!.dims, (place, index) => {
    const at = indexOf(x!.dims, target(place));
    data[at] = reduce(data[at]!, updates!.data[index]!);
  });
  return { ...x!, data };
}

function scatterElements(inputs: Inputs, node: Node): NumberArray {
  const [x, indices] = inputs;
  const axis = wrapAxis(intOf(node, 'axis', 0), x!.dims.length);
  return scattered(inputs, node, (place) => {
    const index = indices!.data[indexOf(indices!.dims, place)]!;
    return place.with(axis, wrapAxis(index, x!.dims[axis]!));
  });
}

/** The last axis of the indices holds the first coordinates of a place. */
function scatterND(inputs: Inputs, node: Node): NumberArray {
  const [x, indices] = inputs;
  const outer = indices!.dims.slice(0, -1);
  const depth = indices!.dims.at(-1)!;
  return scattered(inputs, node, (place) => {
    const row = indexOf(outer, place.slice(0, outer.length)) * depth;
    const first = Array.from(indices!.data.slice(row, row + depth), (index, axis) =>
      wrapAxis(index, x!.dims[axis]!),
    );
    return [...first, ...place.slice(outer.length)];
  });
}

export const scattering: Operators = {
  ScatterElements: (inputs, node) => [scatterElements(inputs, node)],
  ScatterND: (inputs, node) => [scatterND(inputs, node)],
};
