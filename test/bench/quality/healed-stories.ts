/** stories260K rounded to few bits and healed: how much of its perplexity comes back. */
import { compress } from '../../../src/core/compress/compress.ts';
import type { Recipe, Step } from '../../../src/core/compress/recipe.ts';
import type { Samples, TrainingControl } from '../../../src/core/compress/training.ts';
import { nll, perplexity } from '../../../src/core/evaluate/metrics/nll.ts';
import { clusterMean } from '../../../src/core/evaluate/bootstrap.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import type { Runtime } from '../../../src/core/runtime.ts';
import { open } from '../../../src/node/api.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { readTokenizer } from '../../data/llama2-tokenizer.ts';
import { storySamples, storyWindows, type StorySample } from '../../data/stories.ts';
import { sharedPath } from '../../shared.ts';
import type { Row } from '../bench.ts';
import { shared } from './runs.ts';

/** Tokens of a training sample. */
const window = 128;
/** Stories that judge, and never train. */
const judging = 50;

const runtime: Runtime = {
  device: 'cpu',
  createSession: (files, options) => nodeRuntime().createSession(files, { ...options, threads: 1 }),
  createStatefulSession: (files, options) =>
    nodeRuntime().createStatefulSession!(files, { ...options, threads: 1 }),
};

const rounded = (bits: 4 | 2): Step => ({
  technique: 'quantize-block',
  options: { bits, blockSize: 32 },
});
/** Blocks of 64 with zero points: 4.3 bits for a weight. */
const gptq = (bits: 4 | 2): Step => ({
  technique: 'quantize-gptq',
  options: { bits, blockSize: bits === 4 ? 64 : 32, symmetric: bits === 2, data: 'calibration' },
});
const heal = (steps: number, learningRate: number, hardLabels = 0): Step => ({
  technique: 'heal',
  options: { steps, learningRate, batch: 16, hardLabels },
});

const recipes: Readonly<Record<string, readonly Step[]>> = {
  'as it is': [],
  '4 bits, block 32': [rounded(4)],
  '4 bits, healed': [rounded(4), heal(400, 0.001, 0.5)],
  'GPTQ, 4 bits': [gptq(4)],
  'GPTQ, 4 bits, healed': [gptq(4), heal(260, 0.0007, 0.5)],
  '2 bits, block 32': [rounded(2)],
  '2 bits, healed': [rounded(2), heal(300, 0.002)],
  'GPTQ, 2 bits': [gptq(2)],
  'GPTQ, 2 bits, healed': [gptq(2), heal(300, 0.002)],
};

/** One row per recipe. */
export async function healedStoryRows(): Promise<Row[]> {
  const tokenizer = readTokenizer(shared('models/stories260K/tok512.bin'));
  const texts = JSON.parse(shared('data/text/tinystories_1000.json').toString()) as string[];
  const judged = storySamples(tokenizer, texts.slice(0, judging));
  const training = controlFor(storyWindows(tokenizer, texts.slice(judging), window));
  const { model } = await open(sharedPath('models/stories260K/model.onnx'));
  const rows: Row[] = [];
  for (const [name, steps] of Object.entries(recipes)) {
    const recipe: Recipe = { version: 1, seed: 0, steps };
    const start = performance.now();
    const controls = { training, calibration: training };
    const { model: made, trace } = await compress(model, recipe, { runtime, ...controls });
    const last = steps.at(-1);
    rows.push({
      recipe: name,
      'kB of weights': (writeOnnx(made).onnx.size / 1000).toFixed(1),
      perplexity: (await perplexityOf(made, judged)).toFixed(3),
      settings: last?.technique === 'heal' ? JSON.stringify(last.options) : '',
      seconds: ((performance.now() - start) / 1000).toFixed(0),
      note: trace.at(-1)?.notes.at(-1) ?? '',
    });
  }
  return rows;
}

async function perplexityOf(model: Model, samples: readonly StorySample[]): Promise<number> {
  const session = await runtime.createSession(writeOnnx(model));
  const clusters = [];
  for (const { feeds, targets } of samples) {
    const [output] = Object.values(await session.run(feeds));
    const readings = nll.rows!(targets, output!);
    const sum = readings.reduce((total, one) => total + one, 0);
    clusters.push({ sum, count: readings.length });
  }
  await session.release();
  return perplexity(clusterMean(clusters));
}

function controlFor(samples: Samples): TrainingControl {
  return {
    samples: () => Promise.resolve(samples),
    report: () => undefined,
    next: () => Promise.resolve('go'),
    save: () => Promise.resolve(),
    load: () => Promise.resolve(undefined),
    forget: () => Promise.resolve(),
  };
}
