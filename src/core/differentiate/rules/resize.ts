/**
 * Resize by nearest neighbors or linear interpolation. Along each axis it is a matrix [out, in] of
 * constants, so the way back is a product with its transpose.
 */
import { intOf, intsOf, textOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { positive, product, reshaped, withDim } from './axes.ts';

/** Refuses cubic interpolation, anti-aliasing, crops and kept aspect ratios. */
export const resize: Rule = (step) => {
  const { inputs, outputs } = step.node;
  const [gradient] = step.gradients;
  if (gradient === undefined || !step.wants(0)) return [];
  checkSupported(step);
  const dims = step.dims(inputs[0]!);
  const factors = scalesOf(step, dims, step.dims(outputs[0]!));
  let result = gradient;
  let current = [...step.dims(outputs[0]!)];
  dims.forEach((length, axis) => {
    if (factors[axis] === 1) return;
    result = contracted(step, result, current, axis, length, factors[axis]!);
    current = withDim(current, axis, length);
  });
  return [result];
};

function checkSupported(step: BackwardStep): void {
  const { node } = step;
  const mode = textOf(node, 'mode') ?? 'nearest';
  if (mode !== 'nearest' && mode !== 'linear') step.refuse(`its mode is "${mode}"`);
  if (intOf(node, 'antialias', 0) !== 0) step.refuse('it smooths what it makes smaller');
  const policy = textOf(node, 'keep_aspect_ratio_policy') ?? 'stretch';
  if (policy !== 'stretch') step.refuse(`its aspect ratio is kept ("${policy}")`);
}

/** The factor of every axis: given, or what the sizes come to. */
function scalesOf(
  step: BackwardStep,
  dims: readonly number[],
  out: readonly number[],
): readonly number[] {
  const [, , scales = ''] = step.node.inputs;
  if (scales === '' || product(step.dims(scales)) === 0) {
    return dims.map((dim, axis) => out[axis]! / dim);
  }
  const given = step.constants(scales);
  const axes = intsOf(step.node, 'axes')?.map((axis) => positive(axis, dims.length));
  return dims.map((_, axis) => given[axes ? axes.indexOf(axis) : axis] ?? 1);
}

/** Multiplies one axis by the transpose of its matrix: [before, out, after] → [before, in, after]. */
function contracted(
  step: BackwardStep,
  value: string,
  dims: readonly number[],
  axis: number,
  length: number,
  factor: number,
): string {
  const count = dims[axis]!;
  const [before, after] = [product(dims.slice(0, axis)), product(dims.slice(axis + 1))];
  const matrix = new Array<number>(length * count).fill(0);
  for (let place = 0; place < count; place++) {
    for (const [source, weight] of sourcesOf(step, place, length, count, factor)) {
      matrix[source * count + place]! += weight;
    }
  }
  const folded = reshaped(step, value, dims, [before, count, after]);
  const back = step.emit('MatMul', [step.floats(matrix, [length, count]), folded]);
  return reshaped(step, back, [before, length, after], withDim(dims, axis, length));
}

/** Which elements an element of the output is made of, and with what weights. */
function sourcesOf(
  step: BackwardStep,
  place: number,
  length: number,
  count: number,
  factor: number,
): readonly (readonly [source: number, weight: number])[] {
  const x = coordinate(step, place, length, count, factor);
  const inside = (source: number): number => Math.min(Math.max(source, 0), length - 1);
  if ((textOf(step.node, 'mode') ?? 'nearest') === 'nearest') {
    return [[inside(nearest(step, x)), 1]];
  }
  const clamped = inside(x);
  const left = Math.floor(clamped);
  const share = clamped - left;
  return [
    [left, 1 - share],
    [inside(left + 1), share],
  ];
}

/** Where a place of the output lies on the axis of the input (ONNX, Resize: coordinate_transformation_mode). */
function coordinate(
  step: BackwardStep,
  place: number,
  length: number,
  count: number,
  factor: number,
): number {
  const mode = textOf(step.node, 'coordinate_transformation_mode') ?? 'half_pixel';
  const centered = (place + 0.5) / factor - 0.5;
  switch (mode) {
    case 'half_pixel':
      return centered;
    case 'pytorch_half_pixel':
      return count > 1 ? centered : 0;
    case 'asymmetric':
      return place / factor;
    case 'align_corners':
      return count > 1 ? (place * (length - 1)) / (count - 1) : 0;
    default:
      return step.refuse(`its coordinate_transformation_mode is "${mode}"`);
  }
}

function nearest(step: BackwardStep, x: number): number {
  const mode = textOf(step.node, 'nearest_mode') ?? 'round_prefer_floor';
  switch (mode) {
    case 'round_prefer_floor':
      return Math.ceil(x - 0.5);
    case 'round_prefer_ceil':
      return Math.floor(x + 0.5);
    case 'floor':
      return Math.floor(x);
    case 'ceil':
      return Math.ceil(x);
    default:
      return step.refuse(`its nearest_mode is "${mode}"`);
  }
}
