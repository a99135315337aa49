/** The small pieces that all architectures are made of. Matrices are stored [in, out]. */
import { float } from '../../core/onnx/build.ts';
import { he, normal, ones, xavier, zeros, type Draw, type Sketch } from './sketch.ts';

interface LinearSizes {
  readonly from: number;
  readonly to: number;
  readonly bias?: boolean;
  readonly draw?: Draw;
}

/** x · W + b, with the weights `name.weight` and `name.bias`. */
export function linear(
  sketch: Sketch,
  name: string,
  x: string,
  { from, to, bias = true, draw = xavier(from, to) }: LinearSizes,
): string {
  const layer = sketch.within(name);
  const product = layer.node('MatMul', [x, layer.weight('weight', [from, to], draw)]);
  return bias ? layer.node('Add', [product, layer.weight('bias', [to], zeros)]) : product;
}

/** Rows of a table by their ids. */
export function embedding(
  sketch: Sketch,
  name: string,
  ids: string,
  { rows, width }: { readonly rows: number; readonly width: number },
): string {
  const layer = sketch.within(name);
  return layer.node('Gather', [layer.weight('weight', [rows, width], normal(0.02)), ids]);
}

/** Mean 0 and variance 1 along the last axis, then scaled and shifted (Ba, Kiros and Hinton, 2016). */
export function layerNorm(sketch: Sketch, name: string, x: string, width: number): string {
  const layer = sketch.within(name);
  const scale = layer.weight('weight', [width], ones);
  const shift = layer.weight('bias', [width], zeros);
  const attributes = { axis: -1, epsilon: float(1e-5) };
  return layer.node('LayerNormalization', [x, scale, shift], attributes);
}

/** x / √(mean(x²) + ε) · w (Zhang and Sennrich, 2019), in operators that every runtime has. */
export function rmsNorm(
  sketch: Sketch,
  name: string,
  x: string,
  { width, epsilon }: { readonly width: number; readonly epsilon: number },
): string {
  const layer = sketch.within(name);
  const squares = layer.node('Pow', [x, layer.floats(2)]);
  const mean = layer.node('ReduceMean', [squares, layer.integers([-1])], { keepdims: 1 });
  const root = layer.node('Sqrt', [layer.node('Add', [mean, layer.floats(epsilon)])]);
  const even = layer.node('Div', [x, root]);
  return layer.node('Mul', [even, layer.weight('weight', [width], ones)]);
}

interface ConvolutionSizes {
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: number;
}

const square = (size: number): readonly number[] => [size, size];

/** Convolution with a bias. */
export function convolution(
  sketch: Sketch,
  name: string,
  x: string,
  { from, to, kernel, stride = 1, padding = 0 }: ConvolutionSizes,
): string {
  const layer = sketch.within(name);
  const draw = xavier(from * kernel * kernel, to);
  const weights = [
    layer.weight('weight', [to, from, kernel, kernel], draw),
    layer.weight('bias', [to], zeros),
  ];
  return layer.node('Conv', [x, ...weights], convolving({ kernel, stride, padding }));
}

/** Convolution, batch normalization (Ioffe and Szegedy, 2015), ReLU. */
export function normalizedConvolution(
  sketch: Sketch,
  name: string,
  x: string,
  { from, to, kernel, stride = 1, padding = 0 }: ConvolutionSizes,
): string {
  const layer = sketch.within(name);
  const weight = layer.weight('weight', [to, from, kernel, kernel], he(from * kernel * kernel));
  const seen = layer.node('Conv', [x, weight], convolving({ kernel, stride, padding }));
  return layer.node('Relu', [batchNorm(layer, 'norm', seen, to)]);
}

const convolving = ({
  kernel,
  stride,
  padding,
}: Record<'kernel' | 'stride' | 'padding', number>) => ({
  kernel_shape: square(kernel),
  strides: square(stride),
  pads: [padding, padding, padding, padding],
});

/** Each channel with the mean and variance of the batch in training, with running ones afterwards. */
export function batchNorm(sketch: Sketch, name: string, x: string, channels: number): string {
  const layer = sketch.within(name);
  const inputs = [
    layer.weight('weight', [channels], ones),
    layer.weight('bias', [channels], zeros),
    layer.weight('mean', [channels], zeros),
    layer.weight('variance', [channels], ones),
  ];
  const attributes = { epsilon: float(1e-5), momentum: float(0.9) };
  return layer.node('BatchNormalization', [x, ...inputs], attributes);
}

/** The largest of each 2×2 patch. */
export const maxPool = (sketch: Sketch, x: string): string =>
  sketch.node('MaxPool', [x], { kernel_shape: square(2), strides: square(2) });

/** Zeroes a share of the values in training (Srivastava et al., 2014). A share of 0 adds no node. */
export function dropout(sketch: Sketch, x: string, share: number): string {
  if (share === 0) return x;
  const training = sketch.constant('bool', [], Uint8Array.of(1));
  return sketch.node('Dropout', [x, sketch.floats(share), training]);
}
