/** Real models give bit for bit the same after an upgrade, on onnxruntime and seeded inputs. */
import { openAsBlob } from 'node:fs';
import { Tensor as Feed } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { dtypes, type ValueInfo } from '../../../src/core/onnx/types.ts';
import { upgradeOpset } from '../../../src/core/onnx/upgrade.ts';
import { difference, runModel } from '../../onnxruntime.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';

/** Open dims are 1 for the batch and this many otherwise; integers are token ids below the second number. */
const models: Readonly<Record<string, { readonly open?: number; readonly tokens?: number }>> = {
  'mnist-8.onnx': {},
  'burn_mnist.onnx': {},
  'super_resolution/model.onnx': { open: 24 },
  'mobilenetv2_fp32_dequantized.onnx': {},
  'mobilenetv2_qdq_int8_pytorch.onnx': {},
  'stories260K/model.onnx': { open: 9, tokens: 512 },
  'bart_g2p/model.onnx': { open: 6, tokens: 30 },
  'magika/model.onnx': { tokens: 257 },
  'silero_vad_v6.onnx': {},
};

/** What the file leaves open: silero's recurrent state and its sampling rate. */
const given: Readonly<Record<string, Feed>> = {
  sr: new Feed('int64', BigInt64Array.of(16_000n), []),
  state: new Feed('float32', new Float32Array(256), [2, 1, 128]),
};

function feedFor({ name, type }: ValueInfo, open: number, tokens: number): Feed {
  if (given[name]) return given[name];
  const dims = (type?.tensorType?.shape?.dims ?? []).map(
    ({ value }, axis) => value ?? (axis === 0 ? 1 : name === 'input' ? 576 : open),
  );
  const count = dims.reduce((product, dim) => product * dim, 1);
  const wave = Array.from({ length: count }, (_, at) => Math.sin(12.9898 * at + 78.233));
  const ids = wave.map((each) => Math.floor(((each + 1) / 2) * tokens * 0.999));
  const dtype = dtypes[type?.tensorType?.elemType ?? 0];
  if (dtype === 'int64') return new Feed('int64', BigInt64Array.from(ids, BigInt), dims);
  if (dtype === 'int32') return new Feed('int32', Int32Array.from(ids), dims);
  return new Feed('float32', Float32Array.from(wave), dims);
}

describe.skipIf(!hasShared)(`real models${hasShared ? '' : ` (${skipReason})`}`, () => {
  test.each(Object.entries(models))(
    '%s',
    async (path, { open = 1, tokens = 1 }) => {
      const model = await readOnnx({ onnx: await openAsBlob(sharedPath(`models/${path}`)) });
      const stored = new Set(model.graph.initializers.map(({ name }) => name));
      const feeds = Object.fromEntries(
        model.graph.inputs
          .filter(({ name }) => !stored.has(name))
          .map((info) => [info.name, feedFor(info, open, tokens)]),
      );
      const before = await runModel(model, feeds);
      for (const version of [21, 25]) {
        const after = await runModel(await upgradeOpset(model, version), feeds);
        expect(difference(before, after)).toBe(0);
      }
    },
    30_000,
  );
});
