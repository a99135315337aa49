/** Pooling by the largest value of a window. */
import { intsOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { product } from './axes.ts';
import { indicator } from './indicator.ts';
import { areTiles, spread } from './tiles.ts';
import { spanOf, windowOf, type Window } from './window.ts';

/** MaxPool: the values of a window that equal its largest share its gradient. */
export const maxPool: Rule = (step) => {
  const [dy] = step.gradients;
  if (dy === undefined || !step.wants(0)) return [];
  const x = step.node.inputs[0]!;
  const kernel = intsOf(step.node, 'kernel_shape')!;
  const [input, output] = [step.dims(x).slice(2), step.dims(step.node.outputs[0]!).slice(2)];
  const window = windowOf(step.node, kernel, input, output);
  return [areTiles(window, input, output) ? byTiles(step, dy, kernel) : byTaps(step, dy, window)];
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

/** The lowest float32: padding that is no window's largest. Times zero it is zero, as −∞ is not. */
const lowest = -3.4028234663852886e38;

/**
 * A convolution with one filter per position of the window lays each window's values side by side, the
 * largest of them share its gradient, and the transposed convolution adds the shares where they came
 * from. WebGPU's MaxPool gives no indices. The values are finite.
 */
function byTaps(step: BackwardStep, dy: string, window: Window): string {
  const [x = ''] = step.node.inputs;
  const [y = ''] = step.node.outputs;
  const [input, places] = [step.dims(x), step.dims(y).slice(2)];
  const size = input.slice(2);
  const images = product(input) / product(size);
  const image = (value: string, dims: readonly number[]): string =>
    step.emit('Reshape', [value, step.integers([images, 1, ...dims])]);
  const { begin, strides, dilations } = window;
  const beyond = surplusOf(window, size, places);
  const pads = [...begin, ...beyond.map((one) => Math.max(0, one))];
  const filters = oneHot(step, window.kernel);
  const whole = paddedImages(step, image(x, size), pads);
  const taps = step.emit('Conv', [whole, filters], { strides, dilations });
  const isLargest = indicator(step, 'Equal', taps, image(y, places));
  const count = step.emit('ReduceSum', [isLargest, step.integers([1])], { keepdims: 1 });
  const share = step.emit('Div', [image(dy, places), count]);
  const added = step.emit('ConvTranspose', [step.emit('Mul', [isLargest, share]), filters], {
    strides,
    dilations,
    pads,
    output_padding: beyond.map((one) => Math.max(0, -one)),
  });
  return step.emit('Reshape', [added, step.integers(input)]);
}

/** Images of one channel within the padding that a pooling ignores; `pads` as the attribute has them. */
function paddedImages(step: BackwardStep, images: string, pads: readonly number[]): string {
  if (pads.every((pad) => pad === 0)) return images;
  const rank = pads.length / 2;
  const all = [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)];
  return step.emit('Pad', [images, step.integers(all), step.floats(lowest)]);
}

/** How far the last window reaches beyond the input, per axis; negative where it ends before. */
function surplusOf(window: Window, input: readonly number[], output: readonly number[]): number[] {
  const span = spanOf(window);
  return input.map((size, axis) => {
    const last = (output[axis]! - 1) * window.strides[axis]! - window.begin[axis]!;
    return last + span[axis]! - size;
  });
}

/** A filter for each position of the window, that takes the value there. */
function oneHot(step: BackwardStep, kernel: readonly number[]): string {
  const taps = product(kernel);
  const identity = Array.from({ length: taps * taps }, (_, at) => (at % (taps + 1) === 0 ? 1 : 0));
  return step.floats(identity, [taps, 1, ...kernel]);
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
