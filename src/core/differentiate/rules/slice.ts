/** Slice along any axes, with steps of either sign: the gradient is put back among zeros. */
import type { BackwardStep, Rule } from '../rule.ts';
import { paddedAlong, padded, positive, slicedAlong, withDim } from './axes.ts';

/** One axis of a slice: `x[first], x[first + step], …` */
interface Cut {
  readonly axis: number;
  readonly first: number;
  readonly step: number;
}

export const slice: Rule = (step) => {
  const [gradient] = step.gradients;
  if (gradient === undefined || !step.wants(0)) return [];
  const dims = step.dims(step.node.inputs[0]!);
  const cuts = cutsOf(step, dims);
  let result = gradient;
  let current = [...step.dims(step.node.outputs[0]!)];
  for (const cut of cuts.filter((one) => one.step !== 1)) {
    result = spread(step, result, current, cut, dims[cut.axis]!);
    current = withDim(current, cut.axis, dims[cut.axis]!);
  }
  const plain = new Map(cuts.filter((one) => one.step === 1).map((cut) => [cut.axis, cut.first]));
  const before = dims.map((_, axis) => plain.get(axis) ?? 0);
  const after = dims.map((dim, axis) => dim - before[axis]! - current[axis]!);
  return [padded(step, result, before, after)];
};

function cutsOf(step: BackwardStep, dims: readonly number[]): Cut[] {
  const [, starts = '', , axes = '', steps = ''] = step.node.inputs;
  const firsts = step.constants(starts);
  const along = axes === '' ? firsts.map((_, at) => at) : step.constants(axes);
  const strides = steps === '' ? firsts.map(() => 1) : step.constants(steps);
  return firsts.map((start, at) => {
    const axis = positive(along[at]!, dims.length);
    const length = dims[axis]!;
    const stride = strides[at]!;
    // A start outside is clamped: to one past the end going up, to the last element going down.
    const last = stride < 0 ? length - 1 : length;
    const first = Math.min(Math.max(positive(start, length), 0), last);
    return { axis, first, step: stride };
  });
}

/** Puts the elements of an axis `step` apart: each becomes a row of one value and zeros. */
function spread(
  step: BackwardStep,
  value: string,
  dims: readonly number[],
  { axis, first, step: stride }: Cut,
  length: number,
): string {
  const count = dims[axis]!;
  const gap = Math.abs(stride);
  const ascending = stride > 0 ? value : flipped(step, value, axis, count);
  const start = stride > 0 ? first : first + (count - 1) * stride;
  const [before, after] = [dims.slice(0, axis), dims.slice(axis + 1)];
  const column = step.emit('Reshape', [ascending, step.integers([...before, count, 1, ...after])]);
  const rows = paddedAlong(step, column, [...before, count, 1, ...after], axis + 1, 0, gap);
  const long = withDim(dims, axis, count * gap);
  const apart = step.emit('Reshape', [rows, step.integers(long)]);
  // The zeros behind the last element may reach beyond the end.
  const kept = Math.min(count * gap, length - start);
  const inside = slicedAlong(step, apart, long, axis, 0, kept);
  return paddedAlong(step, inside, withDim(dims, axis, kept), axis, start, length);
}

function flipped(step: BackwardStep, value: string, axis: number, count: number): string {
  const backwards = Array.from({ length: count }, (_, at) => count - 1 - at);
  return step.emit('Gather', [value, step.integers(backwards)], { axis });
}
