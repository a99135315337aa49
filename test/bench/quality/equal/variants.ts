/** What is compared at each size: plain rounding, block formats with a weighted fit, and ours. */
import { compress } from '../../../../src/core/compress/compress.ts';
import { diff } from '../../../../src/core/compress/diff.ts';
import { parseRecipe, type Step } from '../../../../src/core/compress/recipe.ts';
import type { SampleKind } from '../../../../src/core/compress/calibration.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { elementCount } from '../../../../src/core/onnx/tensor.ts';
import { findWeights } from '../../../../src/core/onnx/weights.ts';
import { runtime } from '../runs.ts';
import { llamaFormats, type LlamaFormat } from '../llama-blocks.ts';
import { inFormat, type Inputs } from './rounders.ts';
import type { Subject } from './subject.ts';

export interface Variant {
  readonly method: string;
  readonly by: 'plain' | 'llama.cpp' | 'ours';
  /** Bits for a weight, scales and zero points counted. */
  readonly bits: number;
  readonly model: Model;
  readonly seconds: number;
}

/** A way to make a variant. */
export interface Way {
  readonly method: string;
  readonly by: Variant['by'];
  readonly steps?: readonly Step[];
  readonly format?: LlamaFormat;
  /** The values change their places or sizes: weights can't be compared one by one. */
  readonly moves?: boolean;
}

const plain = (bits: 8 | 4 | 3 | 2): Way => ({
  method: `rounding, ${bits} bits`,
  by: 'plain',
  steps: [
    {
      technique: 'quantize-block',
      options: { bits, blockSize: 32, fit: 'range', scales: 'float16' },
    },
  ],
});
const format = (id: keyof typeof llamaFormats): Way => ({
  method: llamaFormats[id].label,
  by: 'llama.cpp',
  format: llamaFormats[id],
});
const ours = (method: string, ...steps: readonly Step[]): Way => ({ method, by: 'ours', steps });
const gptq = (bits: 8 | 4 | 3 | 2, blockSize: 16 | 32 | 64, symmetric = true): Step => ({
  technique: 'quantize-gptq',
  options: { bits, blockSize, symmetric, data: 'calibration', samples: 1200 },
});

export const ways: readonly Way[] = [
  plain(8),
  ours('fit, 8 bits', {
    technique: 'quantize-block',
    options: { bits: 8, blockSize: 32 },
  }),
  format('q4_1'),
  plain(4),
  format('q4_0'),
  format('q4_k'),
  ours('fit, 4 bits', { technique: 'quantize-block', options: { bits: 4, blockSize: 32 } }),
  ours('GPTQ, 4 bits', gptq(4, 32)),
  plain(3),
  format('q3_k'),
  ours('GPTQ, 3 bits', gptq(3, 32)),
  plain(2),
  format('q2_k'),
  ours('GPTQ, 2 bits', gptq(2, 32)),
];

/** Makes a variant of a subject. */
export async function make(way: Way, subject: Subject, inputs: Inputs): Promise<Variant> {
  const { method, by } = way;
  const start = performance.now();
  const since = (): number => (performance.now() - start) / 1000;
  if (way.format) {
    const model = await inFormat(way.format, subject, inputs);
    return { method, by, bits: way.format.bits, model, seconds: since() };
  }
  const original = subject.model.model;
  const calibration = { samples: (_: SampleKind) => Promise.resolve(subject.calibration) };
  const recipe = parseRecipe({ version: 1, seed: 0, steps: way.steps });
  const { model } = await compress(original, recipe, { runtime, calibration });
  const seconds = since();
  return { method, by, bits: await bitsOf(original, model), model, seconds };
}

/** Bits for each number in a weight: codes as many bits as they have values, scales and zero points as stored. */
async function bitsOf(before: Model, after: Model): Promise<number> {
  const changes = new Map((await diff(before, after)).map((change) => [change.key, change]));
  let [bytes, count] = [0, 0];
  for (const weight of findWeights(before)) {
    bytes += changes.get(weight.key)?.after.bytes ?? weight.bytes;
    count += elementCount(weight.tensor);
  }
  return (8 * bytes) / count;
}
