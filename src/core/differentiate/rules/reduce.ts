/**
 * Reductions over any axes. The gradient first gets back the axes that were dropped; what each input
 * gets of it depends on the reduction.
 */
import { intOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { indicator } from './indicator.ts';

/** A reduction on the way back. The gradient and the output have the reduced axes, of length 1. */
interface Reduction {
  readonly gradient: string;
  readonly input: string;
  readonly output: string;
  readonly dims: readonly number[];
  readonly axes: readonly number[];
  /** How many values became one. */
  readonly count: number;
}

type Spread = (step: BackwardStep, reduction: Reduction) => string;

/** `isIdentity`: with `noop_with_empty_axes` and without axes, the operator changes nothing. */
function reduction(spread: Spread, isIdentity: boolean): Rule {
  return (step) => {
    const [input = ''] = step.node.inputs;
    const dims = step.dims(input);
    const axes = axesOf(step, dims.length);
    if (axes.length === 0 && dims.length > 0) {
      if (isIdentity) return [step.gradients[0]!];
      return step.refuse('it has no axes, and runtimes differ in what it then gives');
    }
    const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const restored = (value: string): string =>
      intOf(step.node, 'keepdims', 1) === 1
        ? value
        : step.emit('Reshape', [value, step.integers(kept)]);
    const count = axes.reduce((product, axis) => product * dims[axis]!, 1);
    const gradient = restored(step.gradients[0]!);
    const output = restored(step.node.outputs[0]!);
    return [spread(step, { gradient, input, output, dims, axes, count })];
  };
}

function axesOf(step: BackwardStep, rank: number): readonly number[] {
  const [, name = ''] = step.node.inputs;
  const listed = name === '' ? [] : step.constants(name);
  if (listed.length > 0) return listed.map((axis) => (axis < 0 ? axis + rank : axis));
  const isKept = intOf(step.node, 'noop_with_empty_axes', 0) === 1;
  return isKept ? [] : Array.from({ length: rank }, (_, axis) => axis);
}

const stretched = (step: BackwardStep, value: string, dims: readonly number[]): string =>
  step.emit('Expand', [value, step.integers(dims)]);

export const reduceSum = reduction(
  (step, { gradient, dims }) => stretched(step, gradient, dims),
  true,
);

export const reduceMean = reduction((step, { gradient, dims, count }) => {
  const share = step.emit('Mul', [gradient, step.floats(1 / count)]);
  return stretched(step, share, dims);
}, true);

/** ReduceMax and ReduceMin: values that tie share the gradient equally. */
export const reduceExtreme = reduction((step, { gradient, input, output, dims, axes }) => {
  const isTaken = indicator(step, 'Equal', input, output);
  const share = step.emit('Div', [gradient, step.sum(isTaken, dims, axes, true)]);
  return step.emit('Mul', [isTaken, share]);
}, true);

/** g · x / y; none where all values are 0. */
export const reduceL2 = reduction((step, { gradient, input, output }) => {
  const zero = step.floats(0);
  const share = step.emit('Where', [
    step.emit('Greater', [output, zero]),
    step.emit('Div', [gradient, output]),
    zero,
  ]);
  return step.emit('Mul', [input, share]);
}, false);

/** g · 2x. */
export const reduceSumSquare = reduction((step, { gradient, input }) => {
  const twice = step.emit('Mul', [gradient, step.floats(2)]);
  return step.emit('Mul', [input, twice]);
}, false);

/** g · exp(x − y). */
export const reduceLogSumExp = reduction((step, { gradient, input, output }) => {
  const share = step.emit('Exp', [step.emit('Sub', [input, output])]);
  return step.emit('Mul', [share, gradient]);
}, false);
