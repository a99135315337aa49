/** Pooling by the largest value of a window. */
import { intOf, intsOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { product } from './axes.ts';
import { indicator } from './indicator.ts';
import { areTiles, spread } from './tiles.ts';
import { windowOf, type Window } from './window.ts';

/** MaxPool. Windows side by side share a gradient among equal values; others give it to the first. */
export const maxPool: Rule = (step) => {
  const [dy] = step.gradients;
  if (dy === undefined || !step.wants(0)) return [];
  const x = step.node.inputs[0]!;
  const kernel = intsOf(step.node, 'kernel_shape')!;
  const [input, output] = [step.dims(x).slice(2), step.dims(step.node.outputs[0]!).slice(2)];
  const window = windowOf(step.node, kernel, input, output);
  return [
    areTiles(window, input, output) ? byTiles(step, dy, kernel) : byIndices(step, dy, window),
  ];
};

/** The values equal to the largest get its gradient, divided by how many they are. */
function byTiles(step: BackwardStep, dy: string, kernel: readonly number[]): string {
  const [x = ''] = step.node.inputs;
  const [y = ''] = step.node.outputs;
  const [input, output] = [step.dims(x), step.dims(y)];
  const isLargest = indicator(step, 'Equal', x, spread(step, y, output, kernel, input));
  const pooling = { kernel_shape: kernel, strides: kernel };
  const share = step.emit('AveragePool', [isLargest], pooling);
  const each = step.emit('Div', [dy, step.emit('Mul', [share, step.floats(product(kernel))])]);
  return step.emit('Mul', [isLargest, spread(step, each, output, kernel, input)]);
}

/** Adds each gradient where the largest value of its window lies. */
function byIndices(step: BackwardStep, dy: string, window: Window): string {
  const { node } = step;
  const [x = ''] = node.inputs;
  const input = step.dims(x);
  if (intOf(node, 'storage_order', 0) !== 0) step.refuse('its indices are in column-major order');
  const { kernel, strides, dilations, begin, end } = window;
  const [, places = ''] = step.emitMany('MaxPool', [x], 2, {
    kernel_shape: kernel,
    strides,
    dilations,
    pads: [...begin, ...end],
    ceil_mode: intOf(node, 'ceil_mode', 0),
  });
  const zeros = step.emit('Expand', [step.floats([0]), step.integers([product(input)])]);
  const flat = (value: string): string => step.emit('Reshape', [value, step.integers([-1])]);
  const added = step.emit('ScatterElements', [zeros, flat(places), flat(dy)], {
    axis: 0,
    reduction: 'add',
  });
  return step.emit('Reshape', [added, step.integers(input)]);
}

/** GlobalMaxPool: equal largest values share the gradient. */
export const globalMaxPool: Rule = (step) => {
  const [dy] = step.gradients;
  if (dy === undefined || !step.wants(0)) return [];
  const [x = ''] = step.node.inputs;
  const dims = step.dims(x);
  const isLargest = indicator(step, 'Equal', x, step.node.outputs[0]!);
  const spatial = dims.map((_, axis) => axis).slice(2);
  const count = step.sum(isLargest, dims, spatial, true);
  return [step.emit('Mul', [isLargest, step.emit('Div', [dy, count])])];
};
