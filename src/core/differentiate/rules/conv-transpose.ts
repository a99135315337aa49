import { attributeOf, intOf, intsOf, textOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { biasGradient } from './conv.ts';
import { convAttributes, filterGradient } from './filter-gradient.ts';
import { padsOf, spanOf, splitPads, type Window } from './window.ts';

/** ConvTranspose: what Conv does to a gradient, this does to values, and the other way round. */
export const convTranspose: Rule = (step) => {
  const [x = '', w = ''] = step.node.inputs;
  const [dy] = step.gradients;
  if (dy === undefined) return [];
  const output = step.dims(step.node.outputs[0]!);
  const group = intOf(step.node, 'group', 1);
  const window = windowOf(step, step.dims(w).slice(2));
  const [places, image] = [
    { name: x, dims: step.dims(x) },
    { name: dy, dims: output },
  ];
  return [
    step.wants(0) ? inputGradient(step, dy, w, window, group) : undefined,
    step.wants(1) ? filterGradient(step, image, places, window, group) : undefined,
    step.wants(2) ? biasGradient(step, dy, output) : undefined,
  ];
};

/** The convolution of dy; places beyond x, which only output_padding of a stride or more makes, are cut off. */
function inputGradient(
  step: BackwardStep,
  dy: string,
  w: string,
  window: Window,
  group: number,
): string {
  const input = step.dims(step.node.inputs[0]!).slice(2);
  const convolved = step.emit('Conv', [dy, w], convAttributes(window, group));
  const extra = intsOf(step.node, 'output_padding') ?? [];
  if (extra.every((size, axis) => size < window.strides[axis]!)) return convolved;
  const axes = step.integers(input.map((_, axis) => axis + 2));
  const from = step.integers(input.map(() => 0));
  return step.emit('Slice', [convolved, from, step.integers(input), axes]);
}

/** The pads follow from the output's size where `output_shape` or `auto_pad` asks for one. */
function windowOf(step: BackwardStep, kernel: readonly number[]): Window {
  const { node } = step;
  const ones = kernel.map(() => 1);
  const strides = intsOf(node, 'strides') ?? ones;
  const dilations = intsOf(node, 'dilations') ?? ones;
  const size = { kernel, strides, dilations, begin: [], end: [] };
  const span = spanOf(size);
  const [input, output] = [
    step.dims(node.inputs[0]!).slice(2),
    step.dims(node.outputs[0]!).slice(2),
  ];
  const extra = intsOf(node, 'output_padding') ?? ones.map(() => 0);
  const surplus = input.map(
    (places, axis) => (places - 1) * strides[axis]! + extra[axis]! + span[axis]! - output[axis]!,
  );
  if (attributeOf(node, 'output_shape')) {
    const isUpper = textOf(node, 'auto_pad') === 'SAME_UPPER';
    return { ...size, ...splitPads(surplus, isUpper) };
  }
  return { ...size, ...padsOf(node, surplus) };
}
