/** Pooling by the mean of a window. */
import { intOf, intsOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { product } from './axes.ts';
import { areTiles, spread } from './tiles.ts';
import { spanOf, windowOf, type Window } from './window.ts';

/** AveragePool: every value of a window gets the gradient divided by what the mean was divided by. */
export const averagePool: Rule = (step) => {
  const [dy] = step.gradients;
  if (dy === undefined || !step.wants(0)) return [];
  const { node } = step;
  const [input, output] = [step.dims(node.inputs[0]!), step.dims(node.outputs[0]!)];
  const [size, places] = [input.slice(2), output.slice(2)];
  const window = windowOf(node, intsOf(node, 'kernel_shape')!, size, places);
  const counts = countsOf(window, size, places, intOf(node, 'count_include_pad', 0) === 1);
  const share = step.emit('Mul', [dy, shares(step, counts)]);
  return [
    areTiles(window, size, places)
      ? spread(step, share, output, window.kernel, input)
      : overlapping(step, share, window),
  ];
};

/** A transposed convolution with ones, every channel an image of its own. */
function overlapping(step: BackwardStep, share: string, window: Window): string {
  const input = step.dims(step.node.inputs[0]!);
  const output = step.dims(step.node.outputs[0]!);
  const [size, places] = [input.slice(2), output.slice(2)];
  const { kernel, strides, dilations, begin } = window;
  const span = spanOf(window);
  // Rounding up lets the last window reach beyond the padding, rounding down short of it.
  const surplus = size.map(
    (dim, axis) => (places[axis]! - 1) * strides[axis]! + span[axis]! - begin[axis]! - dim,
  );
  const ones = step.floats(Array<number>(product(kernel)).fill(1), [1, 1, ...kernel]);
  const images = step.emit('Reshape', [
    share,
    step.integers([product(output) / product(places), 1, ...places]),
  ]);
  const spreadOut = step.emit('ConvTranspose', [images, ones], {
    strides,
    dilations,
    pads: [...begin, ...surplus.map((one) => Math.max(0, one))],
    output_padding: surplus.map((one) => Math.max(0, -one)),
  });
  return step.emit('Reshape', [spreadOut, step.integers(input)]);
}

/** Per axis and place, how many positions of the window the mean is over. */
function countsOf(
  { kernel, strides, dilations, begin, end }: Window,
  input: readonly number[],
  output: readonly number[],
  withPads: boolean,
): number[][] {
  return kernel.map((taps, axis) => {
    const first = withPads ? -begin[axis]! : 0;
    const limit = input[axis]! + (withPads ? end[axis]! : 0);
    return Array.from({ length: output[axis]! }, (_, place) => {
      const start = place * strides[axis]! - begin[axis]!;
      const positions = Array.from({ length: taps }, (_, tap) => start + tap * dilations[axis]!);
      return positions.filter((at) => at >= first && at < limit).length;
    });
  });
}

/** One over the product of the axes' counts: a scalar where it is the same everywhere. */
function shares(step: BackwardStep, counts: readonly (readonly number[])[]): string {
  if (counts.every((axis) => axis.every((count) => count === axis[0]))) {
    return step.floats(1 / product(counts.map((axis) => axis[0]!)));
  }
  const all = counts.reduce<readonly number[]>(
    (sofar, axis) => sofar.flatMap((one) => axis.map((count) => one * count)),
    [1],
  );
  const dims = [1, 1, ...counts.map((axis) => axis.length)];
  return step.floats(
    all.map((count) => 1 / count),
    dims,
  );
}

/** GlobalAveragePool: all places get the same. */
export const globalAveragePool: Rule = (step) => {
  const [dy] = step.gradients;
  if (dy === undefined || !step.wants(0)) return [];
  const dims = step.dims(step.node.inputs[0]!);
  const share = step.emit('Mul', [dy, step.floats(1 / product(dims.slice(2)))]);
  return [step.emit('Expand', [share, step.integers(dims)])];
};
