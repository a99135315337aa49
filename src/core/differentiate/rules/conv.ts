import { intOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { convAttributes, filterGradient } from './filter-gradient.ts';
import { spanOf, windowOf, type Window } from './window.ts';

/** Conv in one or more dimensions, grouped or not: dx is the transposed convolution of dy. */
export const conv: Rule = (step) => {
  const [x = '', w = ''] = step.node.inputs;
  const [dy] = step.gradients;
  if (dy === undefined) return [];
  const [input, filters] = [step.dims(x), step.dims(w)];
  const output = step.dims(step.node.outputs[0]!);
  const window = windowOf(step.node, filters.slice(2), input.slice(2), output.slice(2));
  const group = intOf(step.node, 'group', 1);
  return [
    step.wants(0) ? inputGradient(step, dy, w, window, group) : undefined,
    step.wants(1)
      ? filterGradient(step, { name: x, dims: input }, { name: dy, dims: output }, window, group)
      : undefined,
    step.wants(2) ? biasGradient(step, dy, output) : undefined,
  ];
};

/** The transposed convolution, with the rows that no window reached added at the end. */
function inputGradient(
  step: BackwardStep,
  dy: string,
  w: string,
  window: Window,
  group: number,
): string {
  const input = step.dims(step.node.inputs[0]!).slice(2);
  const output = step.dims(step.node.outputs[0]!).slice(2);
  const span = spanOf(window);
  const unreached = input.map((size, axis) => {
    const padded = size + window.begin[axis]! + window.end[axis]!;
    return padded - (output[axis]! - 1) * window.strides[axis]! - span[axis]!;
  });
  return step.emit('ConvTranspose', [dy, w], {
    ...convAttributes(window, group),
    output_padding: unreached,
  });
}

/** The sum over images and places. */
export function biasGradient(step: BackwardStep, dy: string, dims: readonly number[]): string {
  const axes = dims.map((_, axis) => axis).filter((axis) => axis !== 1);
  return step.sum(dy, dims, axes, false);
}
