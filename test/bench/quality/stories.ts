/** stories260K: the perplexity of 50 stories. */
import { kl } from '../../../src/core/evaluate/metrics/kl.ts';
import { nll, perplexity } from '../../../src/core/evaluate/metrics/nll.ts';
import { clusterMean, meanInterval } from '../../../src/core/evaluate/bootstrap.ts';
import { compress, open } from '../../../src/node/api.ts';
import { readTokenizer } from '../../data/llama2-tokenizer.ts';
import { storySamples } from '../../data/stories.ts';
import { sharedPath } from '../../shared.ts';
import type { Row } from '../bench.ts';
import { recipes } from '../recipes.ts';
import { outputs, shared, sizes } from './runs.ts';

/** One row per recipe; stories are drawn whole for the interval. */
export async function storyRows(): Promise<Row[]> {
  const tokenizer = readTokenizer(shared('models/stories260K/tok512.bin'));
  const texts = JSON.parse(shared('data/text/tinystories_1000.json').toString()) as string[];
  const samples = storySamples(tokenizer, texts.slice(0, 50));
  const original = await open(sharedPath('models/stories260K/model.onnx'));
  const feeds = samples.map((sample) => sample.feeds);
  const before = await outputs(original, feeds, (output) => output);
  const rows: Row[] = [];
  for (const [name, recipe] of Object.entries(recipes)) {
    const made = await compress(original, recipe);
    const after = await outputs(made, feeds, (output) => output);
    const clusters = after.map((output, index) => {
      const readings = nll.rows!(samples[index]!.targets, output);
      return { sum: readings.reduce((sum, one) => sum + one, 0), count: readings.length };
    });
    const [low, high] = meanInterval(clusters) ?? [NaN, NaN];
    const divergence = before.map((one, index) => ({
      sum: kl.compute(one, after[index]!) * samples[index]!.count,
      count: samples[index]!.count,
    }));
    rows.push({
      ...(await sizes('stories260K', name, made)),
      tokens: clusters.reduce((sum, { count }) => sum + count, 0),
      NLL: clusterMean(clusters).toFixed(4),
      perplexity: perplexity(clusterMean(clusters)).toFixed(3),
      interval: `${perplexity(low).toFixed(3)}–${perplexity(high).toFixed(3)}`,
      KL: clusterMean(divergence).toPrecision(3),
    });
  }
  return rows;
}
