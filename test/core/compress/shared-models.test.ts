/** The real models, compressed by every technique, load in onnxruntime and answer. */
import { openAsBlob } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { compress } from '../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';

const quantized = (bits: number) => ({ technique: 'quantize-block', options: { bits } });
const rounded = {
  '8 bits': quantized(8),
  '4 bits': quantized(4),
  '2 bits': quantized(2),
  '2 bits, whole channels, asymmetric': {
    technique: 'quantize-block',
    options: { bits: 2, blockSize: 0, symmetric: false },
  },
};
const pruned = { technique: 'prune-magnitude', options: { sparsity: 0.5 } };
const lowRank = { technique: 'factorize-svd', options: { rank: 'ratio', ratio: 0.5 } };

/**
 * How many weights rounding changes (burn_mnist has one that is too small at 8 bits), and how many low
 * rank does: none of an LSTM's. Not tried where the decomposition of large matrices takes its time.
 */
const models: Readonly<Record<string, { weights: number; lowRank: number | 'slow' }>> = {
  'mnist-8.onnx': { weights: 3, lowRank: 3 },
  'burn_mnist.onnx': { weights: 5, lowRank: 5 },
  'stories260K/model.onnx': { weights: 36, lowRank: 36 },
  'magika/model.onnx': { weights: 3, lowRank: 'slow' },
  'bart_g2p/model.onnx': { weights: 17, lowRank: 'slow' },
  'silero_vad_v6.onnx': { weights: 16, lowRank: 10 },
  'super_resolution/model.onnx': { weights: 4, lowRank: 4 },
  'mobilenetv2_fp32_dequantized.onnx': { weights: 53, lowRank: 'slow' },
};

async function compressed(path: string, step: unknown) {
  const blob = await openAsBlob(sharedPath(`models/${path}`));
  const model = await readOnnx({ onnx: blob });
  const made = await compress(model, parseRecipe({ version: 1, steps: [step] }));
  const files = writeOnnx(made.model);
  const session = await nodeRuntime().createSession(files, { threads: 1 });
  await session.release();
  return { changes: made.trace[0]?.changes ?? [], share: files.onnx.size / blob.size };
}

const name = `real models${hasShared ? '' : `: ${skipReason}`}`;

describe.skipIf(!hasShared)(name, { timeout: 30_000 }, () => {
  describe.each(Object.entries(models))('%s', (path, { weights, lowRank: split }) => {
    test.each(Object.entries(rounded))('%s', async (_, step) => {
      const { changes, share } = await compressed(path, step);
      expect(changes.length).toBeGreaterThanOrEqual(weights - 1);
      expect(share).toBeLessThan(0.4);
    });

    test('half of the weights zero', async () => {
      const { changes, share } = await compressed(path, pruned);
      expect(changes).toHaveLength(weights);
      for (const { zeros } of changes) expect(zeros).toBeGreaterThanOrEqual(0.49);
      expect(share).toBeCloseTo(1, 1);
    });

    const why =
      split === 'slow' ? ' (skipped: its decompositions take too long for this suite)' : '';
    test.skipIf(split === 'slow')(`half of the numbers, at low rank${why}`, async () => {
      const { changes, share } = await compressed(path, lowRank);
      expect(changes).toHaveLength(Number(split));
      expect(share).toBeLessThan(1);
    });
  });
});
