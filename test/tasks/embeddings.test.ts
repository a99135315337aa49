/** Sentences as vectors: our task against transformers.js as it comes from npm, and against people. */
import { env, pipeline, type FeatureExtractionPipeline } from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Value } from '../../src/core/runtime.ts';
import { embeddings, type EmbeddingsAnswer } from '../../src/tasks/embeddings.ts';
import type { ModelFacts } from '../../src/tasks/facts.ts';
import type { OnceRequest } from '../../src/tasks/loops/loop.ts';
import { labelledPairs } from '../../src/zoo/text/pairs.ts';
import { models, openEmbedded, type AskedTask } from './embedded-task.ts';
import { given } from './given-files.ts';

let theirs: FeatureExtractionPipeline;
let ours: AskedTask<'embeddings'>;
const before = { ...env };
beforeAll(async () => {
  Object.assign(env, { localModelPath: models, allowLocalModels: true, allowRemoteModels: false });
  theirs = await pipeline('feature-extraction', 'embedder', { dtype: 'fp32' });
  ours = await openEmbedded('embeddings', 'embedder');
}, 60_000);
afterAll(async () => {
  Object.assign(env, before);
  await theirs.dispose();
  await ours.close();
});

const texts = [
  'A man is riding a horse.',
  'naïve café, 北京 – привет',
  '🙂 👩‍👩‍👧‍👦',
  '',
  'The very same sentence that goes on and on until it is cut',
];

describe('the embedder', () => {
  test('is found to embed text', () => {
    expect(ours.found).toMatchObject({ id: 'embeddings' });
    expect(ours.prepared.info).toEqual({ pooling: 'output', dims: 128 });
  });

  test('gives the vectors of transformers.js, several texts in one padded run', async () => {
    const { vectors } = await ours.ask({ texts });
    for (const [at, text] of texts.entries()) {
      const inputs = theirs.tokenizer([text], { padding: true, truncation: true });
      const { sentence_embedding } = (await theirs.model(inputs)) as {
        sentence_embedding: { data: Float32Array };
      };
      sentence_embedding.data.forEach((x, dim) => expect(vectors[at]![dim]).toBeCloseTo(x, 4));
    }
  });

  test('tells similarities of 1 to itself, the same both ways', async () => {
    const { similarities } = await ours.ask({ texts });
    for (const [a, row] of similarities.entries()) {
      expect(row[a]).toBeCloseTo(1, 5);
      for (const [b, value] of row.entries()) expect(value).toBe(similarities[b]![a]);
    }
  });

  test('ranks judged pairs as its card says, whatever the batches', async () => {
    const rows = labelledPairs.map(
      ({ first, second, similarity }) => `${first}\t${second}\t${similarity}`,
    );
    const files = given({ 'pairs.tsv': rows.join('\n') });
    const examples = await ours.prepared.examplesFrom(files);
    expect(examples).toHaveLength(1);
    expect(examples[0]!.input.texts.length).toBeGreaterThan(2 * 32);
    const answer = await ours.ask(examples[0]!.input);
    const { sum } = embeddings.figures['spearman']!.ofTarget!(answer, examples[0]!.target)!;
    // Measured over all 117 pairs when it was trained.
    expect(sum).toBeCloseTo(0.5363246387061887, 3);
  });

  test('takes a text of lines as texts', async () => {
    expect(await ours.prepared.inputFrom({ text: 'one\n\n two \n' })).toEqual({
      texts: ['one', 'two'],
    });
    await expect(ours.prepared.plan({ texts: [] })).rejects.toThrow('There is no text to embed');
  });

  test('has examples that can be asked', async () => {
    for (const { input } of ours.prepared.examples) {
      expect((await ours.ask(input)).vectors).toHaveLength(input.texts.length);
    }
  });
});

/** Two texts of 4 and 2 tokens; the vectors of the tokens, padding after the second text. */
const hidden: Value = {
  dtype: 'float32',
  dims: [2, 4, 2],
  data: Float32Array.from([3, 0, 0, 4, 0, 0, 0, 0, 6, 8, 0, 0, 90, 90, 90, 90]),
};
const two = { texts: ['horse dog', ''] };

/** The answer for `hidden` as the output of a model, with these files beside it. */
async function answerWith(beside: Readonly<Record<string, unknown>>): Promise<EmbeddingsAnswer> {
  const outputs = [{ name: 'last_hidden_state', dtype: 'float32' as const, dims: ['b', 's', 2] }];
  const files = new Map([...ours.files, ...given(beside)]);
  const prepared = await embeddings.prepare({ ...ours.facts, outputs }, files);
  return prepared.answer([{ last_hidden_state: hidden }], two);
}

describe('vectors of tokens become one', () => {
  const config = '1_Pooling/config.json';

  test.each<[string, Readonly<Record<string, unknown>>, number[][]]>([
    [
      'by their mean, which padding does not count in',
      {},
      [
        [0.6, 0.8],
        [0.6, 0.8],
      ],
    ],
    [
      'by the mean that a file asks for',
      { [config]: { pooling_mode_mean_tokens: true } },
      [
        [0.6, 0.8],
        [0.6, 0.8],
      ],
    ],
    [
      'by the first',
      { [config]: { pooling_mode_cls_token: true, word_embedding_dimension: 2 } },
      [
        [1, 0],
        [0.6, 0.8],
      ],
    ],
    [
      'by the last that is no padding',
      { [config]: { pooling_mode_lasttoken: true } },
      [
        [0, 0],
        [0, 0],
      ],
    ],
    [
      'by the largest',
      { [config]: { pooling_mode_max_tokens: true } },
      [
        [0.6, 0.8],
        [0.6, 0.8],
      ],
    ],
  ])('%s', async (_, beside, expected) => {
    const { vectors } = await answerWith(beside);
    vectors.forEach((vector, at) => {
      vector.forEach((x, dim) => expect(x).toBeCloseTo(expected[at]![dim]!, 6));
    });
  });

  test('or not, in words, where a file asks for what is not known here', async () => {
    await expect(
      answerWith({ [config]: { pooling_mode_weightedmean_tokens: true } }),
    ).rejects.toThrow(/asks for pooling_mode_weightedmean_tokens; known here are/);
    await expect(answerWith({ [config]: '{' })).rejects.toThrow('no way of pooling');
  });
});

describe('texts', () => {
  test('go one by one where padding can’t be told from text', async () => {
    const inputs = ours.facts.inputs.filter(({ name }) => name === 'input_ids');
    const prepared = await embeddings.prepare({ ...ours.facts, inputs }, ours.files);
    const { request } = await prepared.plan({ texts: ['one', 'two and more'] });
    expect(request).toMatchObject({
      feeds: { input_ids: { dims: [1, 3] } },
      more: [{ input_ids: { dims: [1, 5] } }],
    });
  });

  test('go one by one where the model takes one at a time', async () => {
    const inputs = ours.facts.inputs.map((input) => ({ ...input, dims: [1, 's'] }));
    const prepared = await embeddings.prepare({ ...ours.facts, inputs }, ours.files);
    const { request } = await prepared.plan({ texts: ['one', 'two', 'three'] });
    expect((request as OnceRequest).more).toHaveLength(2);
  });
});

describe('figures', () => {
  const answer = (vectors: readonly (readonly number[])[]): EmbeddingsAnswer => ({
    vectors: vectors.map((vector) => Float32Array.from(vector)),
    similarities: vectors.map((a) => vectors.map((b) => a[0]! * b[0]! + (a[1] ?? 0) * (b[1] ?? 0))),
  });
  const original = answer([
    [1, 0],
    [0.8, 0.6],
    [0, 1],
  ]);
  const changed = answer([
    [1, 0],
    [0, 1],
    [0, 1],
  ]);
  const reading = (id: string, one: EmbeddingsAnswer) =>
    embeddings.figures[id]!.ofOriginal!(one, original);

  test('count how far similarities moved, and whose neighbor changed', () => {
    // 0.8 → 0, 0 → 0, 0.6 → 1.
    expect(reading('similarities', changed)?.sum).toBeCloseTo(1.2, 6);
    expect(reading('similarities', changed)?.count).toBe(3);
    // The first text's neighbor is the second, then still (the first of equals); the second's moves.
    expect(reading('neighbors', changed)).toEqual({ sum: 2, count: 3 });
    expect(reading('neighbors', original)).toEqual({ sum: 3, count: 3 });
    expect(reading('cosine', changed)?.sum).toBeCloseTo(1 + 0.6 + 1, 6);
  });

  test('say nothing of vectors of another width', () => {
    expect(reading('cosine', answer([[1], [1], [1]]))).toBeUndefined();
  });

  test('say nothing where all pairs were judged alike', () => {
    const judged = [
      { a: 0, b: 1, score: 2 },
      { a: 1, b: 2, score: 2 },
    ];
    expect(embeddings.figures['spearman']!.ofTarget!(original, { judged })).toBeUndefined();
  });
});

describe('whether a model fits', () => {
  const hiddenState = { name: 'last_hidden_state', dtype: 'float32' as const, dims: ['b', 's', 8] };
  const fits = (change: Partial<ModelFacts>) => embeddings.fit({ ...ours.facts, ...change }).fits;

  test('is seen by its outputs, and by what config.json names', () => {
    expect(fits({ outputs: [hiddenState] })).toBe(true);
    // So sentence-transformers' all-mpnet-base-v2 names itself.
    expect(fits({ outputs: [hiddenState], config: { architectures: ['MPNetForMaskedLM'] } })).toBe(
      true,
    );
    expect(fits({ config: { architectures: ['BartForConditionalGeneration'] } })).toBe(false);
    expect(fits({ config: { architectures: ['DistilBertForSequenceClassification'] } })).toBe(
      false,
    );
    expect(fits({ outputs: [{ ...hiddenState, name: 'logits' }] })).toBe(false);
    expect(fits({ beside: [] })).toBe(false);
  });
});
