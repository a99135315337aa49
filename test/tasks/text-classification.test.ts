/** Texts and their labels: our task against transformers.js as it comes from npm, and against people. */
import { openAsBlob } from 'node:fs';

import { env, pipeline, type TextClassificationPipeline } from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { likeliest } from '../../src/tasks/classes.ts';
import type { ModelFacts } from '../../src/tasks/facts.ts';
import type { OnceRequest } from '../../src/tasks/loops/loop.ts';
import { Tally } from '../../src/tasks/tally.ts';
import { textClassification } from '../../src/tasks/text-classification.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { models, openEmbedded, type AskedTask } from './embedded-task.ts';
import { given } from './given-files.ts';

const texts = [
  'a charming and often affecting journey',
  'I would rather watch paint dry.',
  'Ein Café in 北京, naïve — привет!',
  '🙂🙃 👩‍👩‍👧‍👦 !!!',
  '',
  '   \t\n ',
  'no',
];

let theirs: TextClassificationPipeline;
let ours: AskedTask<'text-classification'>;
const before = { ...env };
beforeAll(async () => {
  Object.assign(env, { localModelPath: models, allowLocalModels: true, allowRemoteModels: false });
  theirs = await pipeline('text-classification', 'sentiment', { dtype: 'fp32' });
  ours = await openEmbedded('text-classification', 'sentiment');
}, 60_000);
afterAll(async () => {
  Object.assign(env, before);
  await theirs.dispose();
  await ours.close();
});

/** Probabilities of transformers.js, by label. */
async function theirScores(text: string): Promise<ReadonlyMap<string, number>> {
  const [scores] = (await theirs([text], { top_k: 2 })) as { label: string; score: number }[][];
  return new Map(scores!.map(({ label, score }) => [label, score]));
}

describe('the sentiment model', () => {
  test('is found to classify text', () => {
    expect(ours.found).toEqual({
      id: 'text-classification',
      because: 'config.json names DistilBertForSequenceClassification',
    });
    expect(ours.prepared.info).toEqual({
      labels: ['NEGATIVE', 'POSITIVE'],
      several: false,
      longest: 48,
    });
  });

  test.each(texts)('gives the probabilities of transformers.js: %j', async (text) => {
    const scores = await theirScores(text);
    const { probabilities } = await ours.ask({ text });
    expect(probabilities[0]).toBeCloseTo(scores.get('NEGATIVE')!, 5);
    expect(probabilities[1]).toBeCloseTo(scores.get('POSITIVE')!, 5);
  });

  test('cuts the end of a long text, but not the mark there', async () => {
    const long = 'a dull film '.repeat(200);
    // 48 tokens: 46 words between the marks. transformers.js would cut off the mark as well.
    const short = Array.from({ length: 46 }, (_, at) => ['a', 'dull', 'film'][at % 3]).join(' ');
    expect(await ours.ask({ text: long })).toEqual(await ours.ask({ text: short }));
    const scores = await theirScores(short);
    expect((await ours.ask({ text: long })).probabilities[0]).toBeCloseTo(
      scores.get('NEGATIVE')!,
      5,
    );
  });

  test('has examples that can be asked', async () => {
    for (const { input } of ours.prepared.examples) {
      const { probabilities } = await ours.ask(input);
      expect(probabilities[0]! + probabilities[1]!).toBeCloseTo(1, 6);
    }
  });

  test('says its answer in words', async () => {
    const answer = await ours.ask({ text: 'wonderful, charming and moving' });
    expect(ours.prepared.words(answer)).toMatch(/^POSITIVE \d+\.\d %, NEGATIVE \d+\.\d %$/);
  });

  test.skipIf(!hasShared)(
    `judges 82.45 % of SST-2's sentences as people do${hasShared ? '' : ` (${skipReason})`}`,
    async () => {
      const file = await openAsBlob(sharedPath('data/sentiment/sst2/test.tsv'));
      const examples = await ours.prepared.examplesFrom(new Map([['test.tsv', file]]));
      expect(examples).toHaveLength(872);
      const tally = new Tally(textClassification.figures);
      for (const { input, target } of examples) tally.addTarget(await ours.ask(input), target);
      // Its card, measured when it was trained: 719 of 872.
      expect(tally.result()['accuracy']).toMatchObject({ value: 719 / 872, n: 872 });
    },
    60_000,
  );
});

describe('inputs', () => {
  test('are typed words, or a text file', async () => {
    expect(await ours.prepared.inputFrom({ text: 'so so' })).toEqual({ text: 'so so' });
    const blob = new Blob(['fine']);
    expect(await ours.prepared.inputFrom({ file: { name: 'a.txt', blob } })).toEqual({
      text: 'fine',
    });
    await expect(ours.prepared.inputFrom({ file: { name: 'a.png', blob } })).rejects.toThrow(
      '"a.png" is no text. Give words, or a .txt file.',
    );
  });
});

describe('the answer', () => {
  const chunk = (data: readonly number[], dims: readonly number[]) => [
    { logits: { dtype: 'float32' as const, dims, data: Float32Array.from(data) } },
  ];

  const prepareWith = (config: Readonly<Record<string, unknown>>) =>
    textClassification.prepare({ ...ours.facts, config }, ours.files);

  test('has independent probabilities where several classes may hold', async () => {
    const { prepared } = {
      prepared: await prepareWith({ problem_type: 'multi_label_classification' }),
    };
    const { probabilities } = await prepared.answer(chunk([0, Math.log(3)], [1, 2]), { text: '' });
    expect(probabilities[0]).toBeCloseTo(0.5, 6);
    expect(probabilities[1]).toBeCloseTo(0.75, 6);
    expect(prepared.info).toMatchObject({ several: true, labels: ['class 0', 'class 1'] });
  });

  test('is that of the first row of a batch', async () => {
    const { probabilities } = await ours.prepared.answer(chunk([5, -5, -5, 5], [2, 2]), {
      text: '',
    });
    expect(likeliest({ probabilities })).toBe(0);
  });

  test('is empty before a run, and a problem in words where the output holds no scores', async () => {
    expect(await ours.prepared.answer([], { text: '' })).toEqual({ probabilities: [] });
    await expect(ours.prepared.answer(chunk([], [1, 0]), { text: '' })).rejects.toThrow(
      'holds no scores of classes',
    );
  });
});

describe('whether a model fits', () => {
  const fitOf = (change: Partial<ModelFacts>) =>
    textClassification.fit({ ...ours.facts, ...change });

  test.each<[string, Partial<ModelFacts>, string]>([
    ['no tokenizer', { beside: ['config.json'] }, 'It needs a tokenizer.json beside the model.'],
    [
      'another architecture',
      { config: { architectures: ['BertModel'], id2label: { 0: 'LABEL_0' } } },
      'not a BertModel',
    ],
    [
      'a row for each token',
      { outputs: [{ name: 'logits', dtype: 'float32', dims: ['b', 's', 9] }] },
      'a score per class',
    ],
    [
      'an image',
      { inputs: [{ name: 'pixel_values', dtype: 'float32', dims: ['b', 3, 224, 224] }] },
      'token ids',
    ],
  ])('is refused for %s', (_, change, needs) => {
    expect(fitOf(change)).toMatchObject({
      fits: false,
      needs: expect.stringContaining(needs) as string,
    });
  });

  test('is seen by names of classes, or by logits alone', () => {
    expect(fitOf({ config: { id2label: { 0: 'no', 1: 'yes' } } })).toMatchObject({ fits: true });
    expect(fitOf({ config: {} })).toMatchObject({ fits: true });
  });
});

describe('batches of a fixed size', () => {
  test('hold the text as often as the model wants it', async () => {
    const inputs = ours.facts.inputs.map((input) => ({ ...input, dims: [3, 16] }));
    const prepared = await textClassification.prepare({ ...ours.facts, inputs }, ours.files);
    const plan = await prepared.plan({ text: 'a film' });
    const { feeds } = plan.request as OnceRequest;
    const ids = feeds['input_ids']!;
    expect(ids.dims).toEqual([3, 16]);
    const rows = ids.data as BigInt64Array;
    expect(rows.slice(16, 32)).toEqual(rows.slice(0, 16));
    // [CLS] a film [SEP], then padding.
    const mask = feeds['attention_mask']!.data as BigInt64Array;
    expect([...mask.slice(0, 6)]).toEqual([1n, 1n, 1n, 1n, 0n, 0n]);
    expect(prepared.info.longest).toBe(16);
  });
});

describe('a tokenizer of another model', () => {
  test('is named as such', async () => {
    const inputs = ours.facts.inputs.map((input) => ({ ...input, ids: { below: 3 } }));
    const prepared = await textClassification.prepare({ ...ours.facts, inputs }, ours.files);
    await expect(prepared.plan({ text: 'film' })).rejects.toThrow(
      /knows ids below 3\. They don’t belong together/,
    );
  });

  test('that is missing is asked for', async () => {
    await expect(textClassification.prepare(ours.facts, given({}))).rejects.toThrow(
      'There is no tokenizer.json beside the model',
    );
  });
});
