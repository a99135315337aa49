/** Pad: what was added is cut off again; in the modes that repeat values, their copies are summed. */
import { textOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { padded, positive, slicedAlong, withDim } from './axes.ts';
import { scatteredAlong } from './scatter.ts';

/** Modes `constant` (negative pads too), `reflect`, `edge` and `wrap`. */
export const pad: Rule = (step) => {
  const [data = ''] = step.node.inputs;
  const [gradient] = step.gradients;
  if (gradient === undefined) return [];
  if (step.wants(2)) step.refuse('the value that it pads with would be trained');
  if (!step.wants(0)) return [];
  const dims = step.dims(data);
  const { before, after } = padsOf(step, dims.length);
  const mode = textOf(step.node, 'mode') ?? 'constant';
  if (mode === 'constant') return [cropped(step, gradient, dims, before, after)];
  if ([...before, ...after].some((one) => one < 0)) step.refuse(`it cuts in mode "${mode}"`);
  return [gathered(step, gradient, dims, before, after, mode)];
};

interface Pads {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

function padsOf(step: BackwardStep, rank: number): Pads {
  const [, pads = '', , axes = ''] = step.node.inputs;
  const given = step.constants(pads);
  const along =
    axes === ''
      ? Array.from({ length: rank }, (_, axis) => axis)
      : step.constants(axes).map((axis) => positive(axis, rank));
  const before = Array.from({ length: rank }, () => 0);
  const after = [...before];
  along.forEach((axis, at) => {
    before[axis] = given[at]!;
    after[axis] = given[at + along.length]!;
  });
  return { before, after };
}

/** Cuts off what was added, and adds zeros for what a negative pad had cut off. */
function cropped(
  step: BackwardStep,
  gradient: string,
  dims: readonly number[],
  before: readonly number[],
  after: readonly number[],
): string {
  let result = gradient;
  let current = dims.map((dim, axis) => before[axis]! + dim + after[axis]!);
  dims.forEach((_, axis) => {
    const start = Math.max(before[axis]!, 0);
    const end = current[axis]! - Math.max(after[axis]!, 0);
    result = slicedAlong(step, result, current, axis, start, end);
    current = withDim(current, axis, end - start);
  });
  const missing = (pads: readonly number[]): number[] => pads.map((one) => Math.max(-one, 0));
  return padded(step, result, missing(before), missing(after));
}

/** Axis by axis, every element of the output is a copy of one of the input. */
function gathered(
  step: BackwardStep,
  gradient: string,
  dims: readonly number[],
  before: readonly number[],
  after: readonly number[],
  mode: string,
): string {
  let result = gradient;
  let current = dims.map((dim, axis) => before[axis]! + dim + after[axis]!);
  dims.forEach((length, axis) => {
    const count = current[axis]!;
    current = withDim(current, axis, length);
    if (count === length) return;
    const sources = Array.from({ length: count }, (_, at) =>
      source(step, at - before[axis]!, length, mode),
    );
    result = scatteredAlong(step, result, current, axis, step.integers(sources), count);
  });
  return result;
}

/** Where the value at a place comes from, the place counted from the first element. */
function source(step: BackwardStep, place: number, length: number, mode: string): number {
  if (mode === 'edge') return Math.min(Math.max(place, 0), length - 1);
  if (mode === 'wrap') return modulo(place, length);
  if (mode !== 'reflect') return step.refuse(`its mode is "${mode}"`);
  const period = Math.max(2 * (length - 1), 1);
  const along = modulo(place, period);
  return along < length ? along : period - along;
}

const modulo = (value: number, period: number): number => ((value % period) + period) % period;
