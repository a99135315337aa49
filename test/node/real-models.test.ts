/** Every real model opens, compresses to 8 bits, and runs beside its original under Node. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { accuracy } from '../../src/core/evaluate/metrics/accuracy.ts';
import type { Runtime, Value } from '../../src/core/runtime.ts';
import { compare, compress, inspect, open } from '../../src/node/api.ts';
import { nodeRuntime } from '../../src/node/runtime.ts';
import { openSide } from '../../src/node/side.ts';
import { digitsOf, normalized, readIdx } from '../data/mnist.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';

const skip = hasShared ? '' : ` (${skipReason})`;
const runtime: Runtime = {
  device: 'cpu',
  createSession: (files, options) => nodeRuntime().createSession(files, { ...options, threads: 1 }),
};

/** Parameters as MANIFEST.md counts them; dims that a model needs. */
const models: [path: string, parameters: number, dims?: Record<string, number>][] = [
  ['mnist-8.onnx', 5_994],
  ['burn_mnist.onnx', 376_938],
  ['stories260K', 264_132],
  ['magika', 784_223],
  ['bart_g2p', 751_556],
  ['silero_vad_v6.onnx', 545_288, { 'input[1]': 576 }],
  ['super_resolution', 59_657],
  ['mobilenetv2_fp32_dequantized.onnx', 3_487_816],
];

describe.skipIf(!hasShared)(`8 bits${skip}`, () => {
  test.each(models)('%s', { timeout: 60_000 }, async (path, parameters, dims = {}) => {
    const original = await open(sharedPath(`models/${path}`));
    expect(Math.abs(inspect(original).parameters - parameters)).toBeLessThanOrEqual(2);
    const small = await compress(original, 'int8');
    const options = { samples: 1, runs: 1, code: false, dims, runtime };
    const { size, quality } = await compare(original, small, options);
    // The smallest model has most of its bytes in names and nodes.
    expect(size.compressed.stored).toBeLessThan(0.37 * size.original.stored);
    for (const { parts, stored } of Object.values(size)) {
      expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(stored);
    }
    for (const { nonFinite, metrics } of quality.outputs) {
      expect(nonFinite).toEqual({ original: 0, compressed: 0 });
      expect(metrics.cosine?.value).toBeGreaterThan(0.99);
    }
  });
});

// The whole test set gives 98.91 % and 99.16 %; the first 500 take a second.
test.skipIf(!hasShared).each([
  ['mnist-8.onnx', undefined],
  ['burn_mnist.onnx', normalized],
])(`%s: 500 digits at 32 and 8 bits${skip}`, { timeout: 60_000 }, async (path, scale) => {
  const read = (name: string) => readIdx(readFileSync(sharedPath(`data/mnist/t10k-${name}.gz`)));
  const [images, labels] = [read('images-idx3-ubyte'), read('labels-idx1-ubyte').data];
  const original = await open(sharedPath(`models/${path}`));
  for (const { model } of [original, await compress(original, 'int8')]) {
    const side = await openSide(model, runtime);
    let right = 0;
    for (let index = 0; index < 500; index++) {
      const data = digitsOf(images, index, 1, scale);
      const digit: Value = { dtype: 'float32', dims: [1, 1, 28, 28], data };
      const { outputs } = await side.run({ [model.graph.inputs[0]!.name]: digit });
      const label: Value = { dtype: 'uint8', dims: [1], data: labels.slice(index, index + 1) };
      right += accuracy.compute(label, Object.values(outputs)[0]!);
    }
    await side.release();
    expect(right / 500).toBeGreaterThan(0.975);
  }
});
