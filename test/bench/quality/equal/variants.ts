/** What is compared at each size: plain rounding, block formats with a weighted fit, and ours. */
import { compress } from '../../../../src/core/compress/compress.ts';
import { codedWeights } from '../../../../src/core/compress/realize/coded-weight.ts';
import { diff } from '../../../../src/core/compress/diff.ts';
import { parseRecipe, type Recipe, type Step } from '../../../../src/core/compress/recipe.ts';
import type { SampleKind } from '../../../../src/core/compress/calibration.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { entropyOf } from '../../../../src/core/coding/entropy.ts';
import { unpackUnsigned } from '../../../../src/core/math/pack-bits.ts';
import { elementCount, loadBytes } from '../../../../src/core/onnx/tensor.ts';
import { findWeights } from '../../../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import { nodeCrew } from '../../../../src/node/crew.ts';
import { runtime } from '../runs.ts';
import { llamaFormats, type LlamaFormat } from '../llama-blocks.ts';
import { inFormat, type Inputs } from './rounders.ts';
import type { Subject } from './subject.ts';

/** All cores: the same bytes as one after another. */
const crew = nodeCrew();

export interface Variant {
  readonly method: string;
  readonly by: 'plain' | 'llama.cpp' | 'ours';
  /** Bits for a weight as stored: codes in their containers, scales and zero points. */
  readonly bits: number;
  /** The same with codes counted by their entropy, as a coded file has them; of a format, as stored. */
  readonly codedBits: number;
  readonly model: Model;
  readonly seconds: number;
}

/** A way to make a variant. */
export interface Way {
  readonly method: string;
  readonly by: Variant['by'];
  readonly steps?: (subject: Subject) => readonly Step[] | Promise<readonly Step[]>;
  readonly format?: LlamaFormat;
  /** The values change their places or sizes: weights can't be compared one by one. */
  readonly moves?: boolean;
}

const plain = (bits: 8 | 4 | 3 | 2): Way => ({
  method: `rounding, ${bits} bits`,
  by: 'plain',
  steps: () => [
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
const data = { data: 'calibration', samples: 256 } as const;
const fitted = (bits: 8 | 4): Step => ({
  technique: 'quantize-block',
  options: { bits, blockSize: 32 },
});
const fit = (bits: 8 | 4): Way => ({
  method: `fit, ${bits} bits`,
  by: 'ours',
  steps: () => [fitted(bits)],
});
const gptq = (bits: 4 | 3 | 2): Way => ({
  method: `GPTQ, ${bits} bits`,
  by: 'ours',
  steps: () => [{ technique: 'quantize-gptq', options: { bits, blockSize: 32, ...data } }],
});
/** Half the block for the same bytes: scales of 8 bits. */
const smallBlocks = (technique: 'quantize-block' | 'quantize-gptq', bits: 4 | 3 | 2): Way => {
  const options = { bits, blockSize: 16, scales: 'int8' } as const;
  const step: Step =
    technique === 'quantize-gptq'
      ? { technique, options: { ...options, ...data } }
      : { technique, options };
  const name = technique === 'quantize-gptq' ? 'GPTQ' : 'fit';
  return { method: `${name}, ${bits} bits, blocks of 16`, by: 'ours', steps: () => [step] };
};
/** Bits by layer, within what so many bits for each weight come to. */
const mixed = (bits: number): Way => ({
  method: `mixed, ${bits} bits`,
  by: 'ours',
  async steps({ model: { model } }) {
    // Names and nodes of coded weights count in the file, and not here.
    const like = (await compress(model, recipeOf([fitted(4)]))).model;
    const { bytes, count } = await weightsOf(model, like);
    const megabytes = (writeOnnx(like).onnx.size - bytes + (bits * count) / 8) / 1e6;
    const options = { goal: 'size', megabytes, method: 'gptq', ...data } as const;
    return [{ technique: 'mixed-precision', options }];
  },
});
/** By what entropy coding makes of it. */
const rate = (bits: number): Way => ({
  method: `for download, ${bits} bits`,
  by: 'ours',
  moves: true,
  steps: () => [{ technique: 'quantize-rate', options: { bits, ...data } }],
});

/** In the order of their sizes. */
export const ways: readonly Way[] = [
  plain(8),
  fit(8),
  format('q4_1'),
  plain(4),
  format('q4_0'),
  format('q4_k'),
  fit(4),
  smallBlocks('quantize-block', 4),
  gptq(4),
  smallBlocks('quantize-gptq', 4),
  mixed(4.5),
  rate(4.3),
  plain(3),
  format('q3_k'),
  gptq(3),
  smallBlocks('quantize-gptq', 3),
  mixed(3.4),
  rate(3.2),
  plain(2),
  format('q2_k'),
  gptq(2),
  smallBlocks('quantize-gptq', 2),
  mixed(2.6),
  rate(2.4),
];

/** Makes a variant of a subject. */
export async function make(way: Way, subject: Subject, inputs: Inputs): Promise<Variant> {
  const { method, by } = way;
  const start = performance.now();
  const since = (): number => (performance.now() - start) / 1000;
  if (way.format) {
    const model = await inFormat(way.format, subject, inputs);
    const { bits } = way.format;
    return { method, by, bits, codedBits: bits, model, seconds: since() };
  }
  const original = subject.model.model;
  const calibration = { samples: (_: SampleKind) => Promise.resolve(subject.calibration) };
  const recipe = recipeOf((await way.steps?.(subject)) ?? []);
  const { model } = await compress(original, recipe, { runtime, calibration, crew });
  const seconds = since();
  return { method, by, ...(await bitsOf(original, model)), model, seconds };
}

const recipeOf = (steps: readonly Step[]): Recipe => parseRecipe({ version: 1, seed: 0, steps });

/** Bits for each number in a weight. */
async function bitsOf(before: Model, after: Model): Promise<Pick<Variant, 'bits' | 'codedBits'>> {
  const { bytes, count } = await weightsOf(before, after);
  let saved = 0;
  for (const { codes, bits } of codedWeights(after)) {
    const stored = elementCount(codes) * bits;
    const values = unpackUnsigned(await loadBytes(codes), bits, elementCount(codes));
    saved += stored - elementCount(codes) * entropyOf(values);
  }
  return { bits: (8 * bytes) / count, codedBits: (8 * bytes - saved) / count };
}

/** What became of all weights together: stored bytes, and how many numbers there were. */
async function weightsOf(before: Model, after: Model): Promise<{ bytes: number; count: number }> {
  const changes = new Map((await diff(before, after)).map((change) => [change.key, change]));
  let [bytes, count] = [0, 0];
  for (const weight of findWeights(before)) {
    bytes += changes.get(weight.key)?.after.bytes ?? weight.bytes;
    count += elementCount(weight.tensor);
  }
  return { bytes, count };
}
