/** Small models for the tests of the command line, and folders to put them in. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Model } from '../../src/core/onnx/types.ts';
import { writeOnnx, type WriteOptions } from '../../src/core/onnx/write.ts';

/** Numbers without a pattern between −1 and 1, the same every time. */
export const waves = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * i + i));

/** Y[batch, 16] = relu(X[batch, 64] · W1[64, 128]) · W2[128, 16] */
export function twoLayers(scale = 1): Model {
  return model(
    graph({
      nodes: [
        node('MatMul', ['X', 'W1'], ['H'], { name: 'up' }),
        node('Relu', ['H'], ['R'], { name: 'relu' }),
        node('MatMul', ['R', 'W2'], ['Y'], { name: 'down' }),
      ],
      inputs: [value('X', 'float32', ['batch', 64])],
      outputs: [value('Y', 'float32', ['batch', 16])],
      initializers: [
        makeTensor(
          'W1',
          'float32',
          [64, 128],
          waves(64 * 128).map((x) => x * scale),
        ),
        makeTensor('W2', 'float32', [128, 16], waves(128 * 16)),
      ],
    }),
    { opset: 17 },
  );
}

/** Y = X[rows, 2] as rows of four: fails for an odd number of rows. */
export function evenOnly(): Model {
  return model(
    graph({
      nodes: [node('Reshape', ['X', 'shape'], ['Y'], { name: 'pairs' })],
      inputs: [value('X', 'float32', ['rows', 2])],
      outputs: [value('Y', 'float32', ['pairs', 4])],
      initializers: [makeTensor('shape', 'int64', [2], BigInt64Array.of(-1n, 4n))],
    }),
    { opset: 17 },
  );
}

/** Makes an empty folder, which `remove` deletes with all that is in it. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'scrunch-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Writes a model and what belongs beside it; gives the path. */
export async function put(
  folder: string,
  name: string,
  from: Model,
  options?: WriteOptions,
): Promise<string> {
  const { onnx, external } = writeOnnx(from, options);
  for (const [file, blob] of [[name, onnx] as const, ...external]) {
    await writeFile(join(folder, file), new Uint8Array(await blob.arrayBuffer()));
  }
  return join(folder, name);
}
