/** Small models for the stories, made in code, as the files that a visitor would open. */
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Model } from '../../src/core/onnx/types.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import { imageOf } from '../../src/tasks/digits.ts';
import { sampleDigits } from '../../src/tasks/sample-digits.ts';

/** As Playwright's `setInputFiles` takes it. */
export interface OpenedFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** `y = relu(x · first) · second` with weights [16, hidden] and [hidden, 8]. */
export function twoLayers(hidden = 64): Model {
  const weight = (name: string, rows: number, columns: number, seed: number) => {
    const values = Float32Array.from({ length: rows * columns }, (_, index) =>
      Math.fround(Math.sin(index * 12.9898 + seed) * 0.5),
    );
    return makeTensor(name, 'float32', [rows, columns], values);
  };
  return model(
    graph({
      inputs: [value('x', 'float32', ['batch', 16])],
      outputs: [value('y', 'float32', ['batch', 8])],
      initializers: [weight('first.weight', 16, hidden, 1), weight('second.weight', hidden, 8, 2)],
      nodes: [
        node('MatMul', ['x', 'first.weight'], ['a'], { name: 'first' }),
        node('Relu', ['a'], ['b'], { name: 'relu' }),
        node('MatMul', ['b', 'second.weight'], ['y'], { name: 'second' }),
      ],
    }),
  );
}

/** A chain of `layers` square layers of `width`: as long to compress as a story needs. */
export function chain(layers: number, width: number): Model {
  const names = Array.from({ length: layers }, (_, index) => `layer${index}.weight`);
  const values = Float32Array.from({ length: width * width }, (_, index) =>
    Math.fround(Math.sin(index * 78.233) / width),
  );
  return model(
    graph({
      inputs: [value('v0', 'float32', [1, width])],
      outputs: [value(`v${layers}`, 'float32', [1, width])],
      initializers: names.map((name) => makeTensor(name, 'float32', [width, width], values)),
      nodes: names.map((name, index) =>
        node('MatMul', [`v${index}`, name], [`v${index + 1}`], { name: `layer${index}` }),
      ),
    }),
  );
}

/**
 * Knows the ten sample digits: how well a 28×28 image fits each of them, as probabilities. Shaped
 * as MNIST's models are.
 */
export function digitTemplates(): Model {
  const columns = sampleDigits.map((strokes) => {
    const image = imageOf(strokes);
    const mean = image.reduce((sum, gray) => sum + gray, 0) / image.length;
    const length = Math.sqrt(image.reduce((sum, gray) => sum + (gray - mean) ** 2, 0));
    return image.map((gray) => (gray - mean) / length);
  });
  const weight = Float32Array.from(
    { length: 784 * 10 },
    (_, at) => columns[at % 10]![Math.floor(at / 10)]!,
  );
  return model(
    graph({
      inputs: [value('image', 'float32', [1, 1, 28, 28])],
      outputs: [value('probabilities', 'float32', [1, 10])],
      initializers: [
        makeTensor('templates', 'float32', [784, 10], weight),
        makeTensor('flat', 'int64', [2], BigInt64Array.of(1n, 784n)),
      ],
      nodes: [
        node('Reshape', ['image', 'flat'], ['pixels']),
        node('MatMul', ['pixels', 'templates'], ['fit']),
        node('Softmax', ['fit'], ['probabilities'], { attributes: { axis: 1 } }),
      ],
    }),
  );
}

/** `y = relu(x)`: nothing to compress. */
export const withoutWeights = (): Model =>
  model(
    graph({
      inputs: [value('x', 'float32', [1, 4])],
      outputs: [value('y', 'float32', [1, 4])],
      nodes: [node('Relu', ['x'], ['y'])],
    }),
  );

export const opened = async (name: string, blob: Blob): Promise<OpenedFile> => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(await blob.arrayBuffer()),
});

/** A model as a single file. */
export const fileOf = async (name: string, made: Model): Promise<OpenedFile> =>
  opened(name, writeOnnx(made).onnx);

/** A model whose weights lie in a file of their own: the .onnx first. */
export async function filesOf(name: string, made: Model): Promise<OpenedFile[]> {
  const written = writeOnnx(made, { external: { location: `${name}_data`, threshold: 1 } });
  const beside = [...written.external].map(([path, blob]) => opened(path, blob));
  return Promise.all([opened(name, written.onnx), ...beside]);
}
