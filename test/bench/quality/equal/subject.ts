/** The models of the equal-size comparison: what they are calibrated on, and what they are judged by. */
import type { Samples } from '../../../../src/core/compress/training.ts';
import type { Feeds, Value } from '../../../../src/core/runtime.ts';
import { dataFiles, open, openTask, type OpenModel } from '../../../../src/node/api.ts';
import { filesBeside } from '../../../../src/node/data-files.ts';
import type { Plan } from '../../../../src/tasks/loops/loop.ts';
import { findSamples } from '../../../../src/tasks/samples/find-samples.ts';
import { textReaderFor } from '../../../../src/tasks/samples/text-files.ts';
import { labelledPairs } from '../../../../src/zoo/text/pairs.ts';
import { readTokenizer } from '../../../data/llama2-tokenizer.ts';
import { storySamples, storyWindows } from '../../../data/stories.ts';
import { sharedPath } from '../../../shared.ts';
import { runtime, shared } from '../runs.ts';

/** An input, and the right class of each row of scores where it is known. */
export interface Judged {
  readonly feeds: Feeds;
  readonly targets?: Value;
  /** How alike people find the two texts of a pair. */
  readonly similarity?: number;
}

export interface Subject {
  readonly name: string;
  readonly model: OpenModel;
  /** What the quality is: perplexity of the next token, share of right classes, rank correlation of pairs. */
  readonly quality: 'perplexity' | 'accuracy' | 'rank correlation';
  /** The output that is judged; the model's first unless named. */
  readonly output?: string;
  readonly calibration: Samples;
  /** Never calibrated on. */
  readonly judged: readonly Judged[];
}

const embedded = (id: string): Promise<OpenModel> => open(`public/models/${id}/onnx/model.onnx`);

/** The stories whose beginnings judge, and never calibrate or train. */
const judging = 50;
const stories = (): string[] =>
  JSON.parse(shared('data/text/tinystories_1000.json').toString()) as string[];

export async function stories260K(): Promise<Subject> {
  const tokenizer = readTokenizer(shared('models/stories260K/tok512.bin'));
  const texts = stories();
  return {
    name: 'stories260K',
    model: await open(sharedPath('models/stories260K/model.onnx')),
    quality: 'perplexity',
    calibration: storyWindows(tokenizer, texts.slice(judging, judging + 400), 128),
    judged: storySamples(tokenizer, texts.slice(0, judging)),
  };
}

export async function storyteller(): Promise<Subject> {
  const model = await embedded('storyteller');
  const texts = stories();
  const windows = (some: readonly string[]) => textSamples(model, some);
  const held = await windows(texts.slice(0, judging));
  return {
    name: 'storyteller',
    model,
    quality: 'perplexity',
    output: 'logits',
    calibration: await windows(texts.slice(judging, judging + 400)),
    judged: Array.from({ length: held.count }, (_, index) => ({
      feeds: held.feeds([index]),
      targets: held.targets!([index]),
    })),
  };
}

/** The model's own digits calibrate, written by our generator; MNIST's test set judges. */
export async function digits(): Promise<Subject> {
  const model = await embedded('digits');
  const folder = sharedPath('data/mnist');
  const names = ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'];
  const files = await dataFiles(names.map((name) => `${folder}/${name}`));
  const examples = await feedsOf(model, files);
  return {
    name: 'digits',
    model,
    quality: 'accuracy',
    calibration: await ownSamples(model),
    judged: stacked(examples, 100),
  };
}

export async function sentiment(): Promise<Subject> {
  const model = await embedded('sentiment');
  const files = await dataFiles([sharedPath('data/sentiment/sst2/test.tsv')]);
  return {
    name: 'sentiment',
    model,
    quality: 'accuracy',
    calibration: await ownSamples(model),
    judged: await feedsOf(model, files),
  };
}

export async function embedder(): Promise<Subject> {
  const model = await embedded('embedder');
  const task = await openTask(model);
  const judged = labelledPairs.map(async ({ first, second, similarity }) => ({
    feeds: feedsIn(await task.plan({ texts: [first, second] })),
    similarity,
  }));
  return {
    name: 'embedder',
    model,
    quality: 'rank correlation',
    output: 'sentence_embedding',
    calibration: await ownSamples(model),
    judged: await Promise.all(judged),
  };
}

async function textSamples(model: OpenModel, texts: readonly string[]): Promise<Samples> {
  const beside = await filesBeside(model.path!);
  const readText = textReaderFor(model.model, beside)!;
  const own = new Map(texts.map((text, at) => [`${at}.txt`, new Blob([text])]));
  return findSamples('own', { model: model.model, runtime, beside, own, readText });
}

async function ownSamples({ model, path }: OpenModel): Promise<Samples> {
  const beside = await filesBeside(path!);
  return findSamples('calibration', { model, runtime, beside, own: new Map() });
}

async function feedsOf(model: OpenModel, files: Awaited<ReturnType<typeof dataFiles>>) {
  const task = await openTask(model);
  const examples = await task.examplesFrom(files);
  const judged: Judged[] = [];
  for (const { input, target } of examples) {
    const data = BigInt64Array.of(BigInt(target as number));
    const targets: Value = { dtype: 'int64', dims: [1], data };
    judged.push({ feeds: feedsIn(await task.plan(input)), targets });
  }
  return judged;
}

function feedsIn(plan: Plan): Feeds {
  if (plan.loop === 'once') return plan.request.feeds;
  throw new TypeError(`The comparison runs models once, not in the loop "${plan.loop}".`);
}

/** Equal feeds in batches, which run faster. */
function stacked(judged: readonly Judged[], size: number): Judged[] {
  const batches: Judged[] = [];
  for (let start = 0; start < judged.length; start += size) {
    const some = judged.slice(start, start + size);
    const [first] = some as [Judged, ...Judged[]];
    const feeds = Object.keys(first.feeds).map((name) => [
      name,
      joined(some.map((one) => one.feeds[name]!)),
    ]);
    batches.push({
      feeds: Object.fromEntries(feeds) as Feeds,
      targets: joined(some.map((one) => one.targets!)),
    });
  }
  return batches;
}

function joined(values: readonly Value[]): Value {
  const [first] = values as [Value, ...Value[]];
  const dims = [values.length, ...first.dims.slice(1)];
  if (first.data instanceof BigInt64Array) {
    const data = values.flatMap((value) => [...(value.data as BigInt64Array)]);
    return { dtype: first.dtype, dims, data: BigInt64Array.from(data) };
  }
  const data = values.flatMap((value) => [...(value.data as Float32Array)]);
  return { dtype: first.dtype, dims, data: Float32Array.from(data) };
}
