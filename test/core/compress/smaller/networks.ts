/** Small networks, and runs of them, for the tests of smaller copies. */
import { inputSpecsOf, randomFeeds } from '../../../../src/core/evaluate/inputs.ts';
import { createRandom } from '../../../../src/core/math/random.ts';
import { loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import type { Feeds, Runtime, Value } from '../../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';
import {
  batchNorm,
  convolution,
  linear,
  normalizedConvolution,
} from '../../../../src/zoo/architectures/layers.ts';
import { he, normal, Sketch, zeros } from '../../../../src/zoo/architectures/sketch.ts';

const node = nodeRuntime();

/** On one thread: the networks are too small for more. */
export const runtime: Runtime = {
  device: 'cpu',
  createSession: (files) => node.createSession(files, { threads: 1 }),
};

/** Convolution of 8 channels with batch normalization, Flatten, two Gemm: 3 classes of 6×6 images. */
export function plainNetwork(): Model {
  const sketch = Sketch.begin(createRandom(1));
  const image = sketch.input('image', 'float32', ['batch', 1, 6, 6]);
  const seen = normalizedConvolution(sketch, 'conv', image, { from: 1, to: 8, kernel: 3 });
  const flat = sketch.node('Flatten', [seen], { axis: 1 });
  const hidden = sketch.node('Relu', [gemm(sketch, 'hidden', flat, 8 * 16, 12)]);
  sketch.output('scores', gemm(sketch, 'head', hidden, 12, 3), 'float32', ['batch', 3]);
  return sketch.model('plain');
}

function gemm(sketch: Sketch, name: string, x: string, from: number, to: number): string {
  const layer = sketch.within(name);
  const weight = layer.weight('weight', [to, from], he(from));
  return layer.node('Gemm', [x, weight, layer.weight('bias', [to], zeros)], { transB: 1 });
}

/** A stem of 8 channels, then residual blocks of two convolutions, then the mean and a linear head. */
export function residualNetwork(blocks: number): Model {
  const sketch = Sketch.begin(createRandom(2));
  const image = sketch.input('image', 'float32', ['batch', 2, 6, 6]);
  let x = convolution(sketch, 'stem', image, { from: 2, to: 8, kernel: 3, padding: 1 });
  for (let block = 0; block < blocks; block++) {
    const inner = sketch.within(`blocks.${block}`);
    const sizes = { kernel: 3, padding: 1 };
    const up = normalizedConvolution(inner, 'up', x, { from: 8, to: 16, ...sizes });
    const down = convolution(inner, 'down', up, { from: 16, to: 8, ...sizes });
    x = inner.node('Add', [x, down]);
  }
  const mean = sketch.node('Flatten', [sketch.node('GlobalAveragePool', [x])], { axis: 1 });
  const scores = linear(sketch, 'head', mean, { from: 8, to: 3 });
  sketch.output('scores', scores, 'float32', ['batch', 3]);
  return sketch.model('residual');
}

/** 1×1 convolution to 8 channels, a depthwise one, and 1×1 to 2 channels, which are the output. */
export function depthwiseNetwork(): Model {
  const sketch = Sketch.begin(createRandom(3));
  const image = sketch.input('image', 'float32', ['batch', 2, 5, 5]);
  const wide = convolution(sketch, 'expand', image, { from: 2, to: 8, kernel: 1 });
  const weight = sketch.weight('depthwise.weight', [8, 1, 3, 3], he(9));
  const apart = sketch.node('Conv', [wide, weight], { kernel_shape: [3, 3], group: 8 });
  const normed = sketch.node('Relu', [batchNorm(sketch, 'norm', apart, 8)]);
  const out = convolution(sketch, 'project', normed, { from: 8, to: 2, kernel: 1 });
  sketch.output('map', out, 'float32', ['batch', 2, 3, 3]);
  return sketch.model('depthwise');
}

/** A matrix to 8 values, which Split, Concat and a Slice take apart and join: Concat(b, a)[2:6]. */
export function partedNetwork(): Model {
  const sketch = Sketch.begin(createRandom(4));
  const x = sketch.input('x', 'float32', ['batch', 3]);
  const wide = linear(sketch, 'wide', x, { from: 3, to: 8, draw: normal(1) });
  const [a = '', b = ''] = sketch.nodes('Split', [wide], 2, { axis: -1, num_outputs: 2 });
  const turned = sketch.node('Concat', [b, a], { axis: 1 });
  const [from, to, axis] = [sketch.integers([2]), sketch.integers([6]), sketch.integers([1])];
  const middle = sketch.node('Slice', [turned, from, to, axis]);
  sketch.output('y', linear(sketch, 'head', middle, { from: 4, to: 2 }), 'float32', ['batch', 2]);
  return sketch.model('parted');
}

/** Random inputs for a model, with a batch of 3. */
export const feedsOf = async (model: Model): Promise<Feeds> =>
  randomFeeds(await inputSpecsOf(model), { seed: 5, dims: { batch: 3, batch_size: 3 } });

export async function run(model: Model, feeds: Feeds): Promise<Record<string, Value>> {
  const session = await runtime.createSession(writeOnnx(model));
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** The largest difference of an output in two runs; Infinity where their dims differ. */
export function furthest(a: Record<string, Value>, b: Record<string, Value>, name: string): number {
  const [left, right] = [a[name], b[name]];
  if (left?.dims.join() !== right?.dims.join() || !left || !right) return Infinity;
  const differences = Array.from(left.data as Float32Array, (value, index) =>
    Math.abs(value - (right.data as Float32Array)[index]!),
  );
  return Math.max(...differences);
}

/** The model with some tensors multiplied by 0 where `isZero` says so of a row (an index of `axis`). */
export async function withZeros(
  model: Model,
  zeroed: Readonly<
    Record<string, { readonly axis: number; readonly isZero: (row: number) => boolean }>
  >,
): Promise<Model> {
  const initializers = await Promise.all(
    model.graph.initializers.map(async (tensor) => {
      const where = zeroed[tensor.name];
      if (!where) return tensor;
      const inner = tensor.dims.slice(where.axis + 1).reduce((total, dim) => total * dim, 1);
      const values = (await loadFloats(tensor)).map((value, at) =>
        where.isZero(Math.floor(at / inner) % tensor.dims[where.axis]!) ? 0 : value,
      );
      return makeTensor(tensor.name, tensor.dtype, tensor.dims, values);
    }),
  );
  return { ...model, graph: { ...model.graph, initializers } };
}

/** The dims of the stored weights, by name. */
export const storedDims = ({ graph }: Model): Record<string, readonly number[]> =>
  Object.fromEntries(
    graph.initializers
      .filter(({ dtype }) => dtype === 'float32')
      .map(({ name, dims }) => [name, dims]),
  );
