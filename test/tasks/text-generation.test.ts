/** Language models that write and score: our task against transformers.js and a plain reckoning. */
import { readFile } from 'node:fs/promises';

import { env, pipeline, type TextGenerationPipeline } from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { nodeRuntime } from '../../src/node/runtime.ts';
import type { ModelFacts } from '../../src/tasks/facts.ts';
import type { GeneratedToken, GenerateRequest, ScoreRequest } from '../../src/tasks/loops/loop.ts';
import { Tally } from '../../src/tasks/tally.ts';
import {
  textGeneration,
  type AnsweredToken,
  type GenerationAnswer,
} from '../../src/tasks/text-generation.ts';
import { openTokenizer } from '../../src/tasks/tokenizer.ts';
import type { BytePairs } from '../../src/zoo/text/byte-pair.ts';
import { languageScore } from '../../src/zoo/text/language-scores.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { models, openEmbedded, type AskedTask } from './embedded-task.ts';
import { given } from './given-files.ts';

let theirs: TextGenerationPipeline;
let ours: AskedTask<'text-generation'>;
const before = { ...env };
beforeAll(async () => {
  Object.assign(env, { localModelPath: models, allowLocalModels: true, allowRemoteModels: false });
  theirs = await pipeline('text-generation', 'storyteller', { dtype: 'fp32' });
  ours = await openEmbedded('text-generation', 'storyteller');
}, 60_000);
afterAll(async () => {
  Object.assign(env, before);
  await theirs.dispose();
  await ours.close();
});

describe('the storyteller', () => {
  test('is found to write', () => {
    expect(ours.found).toEqual({
      id: 'text-generation',
      because: 'config.json names LlamaForCausalLM',
    });
    expect(ours.prepared.info).toEqual({ context: 256, hasChatTemplate: false, hasCache: true });
  });

  test.each(['Once upon a time', 'The café 🙂', 'Lily said: "'])(
    'goes on with %j as transformers.js does',
    async (prompt) => {
      const [made] = (await theirs(prompt, {
        max_new_tokens: 30,
        do_sample: false,
        return_full_text: false,
        // As the tokenizer's own files ask for, and as in Python.
        add_special_tokens: true,
      })) as { generated_text: string }[];
      const { text, tokens, last } = await ours.ask({ kind: 'write', prompt, limit: 30 });
      expect(text).toBe(made!.generated_text);
      expect(tokens.map((token) => token.text).join('')).toBe(text);
      expect(last).toBe('limit');
      expect(tokens[0]!.candidates[0]).toMatchObject({ text: tokens[0]!.text });
    },
  );

  test('begins a text by itself where the prompt is empty', async () => {
    const { request } = await ours.prepared.plan({ kind: 'write', prompt: '', limit: 4 });
    expect((request as GenerateRequest).prompt).toEqual([0]);
  });

  test('scores the tokens that it wrote with the probabilities that it wrote them by', async () => {
    const prompt = 'One day, a dog';
    const written = await ours.ask({ kind: 'write', prompt, limit: 20 });
    const continuation = written.tokens.map(({ id }) => id);
    const scored = await ours.ask({ kind: 'score', prompt, continuation });
    expect(scored.text).toBe(written.text);
    scored.tokens.forEach((token, at) => {
      expect(token.rank).toBe(0);
      expect(token.probability).toBeCloseTo(written.tokens[at]!.probability, 4);
    });
    expect(ours.prepared.words(scored)).toMatch(/^perplexity \d+\.\d{3} over 20 tokens$/);
    expect(ours.prepared.words(written)).toBe(written.text);
  });

  test('says so where a text leaves no room', async () => {
    const prompt = 'word '.repeat(400);
    await expect(ours.prepared.plan({ kind: 'write', prompt, limit: 1 })).rejects.toThrow(
      /The text has \d+ tokens, and the model takes 255 before it writes one more\. Shorten/,
    );
    const continuation = Array.from({ length: 300 }, () => 5);
    await expect(ours.prepared.plan({ kind: 'score', prompt: 'a', continuation })).rejects.toThrow(
      /and the model takes 256\. Shorten/,
    );
  });

  test.skipIf(!hasShared)(
    `has the perplexity of a plain reckoning on held-out stories${hasShared ? '' : ` (${skipReason})`}`,
    async () => {
      const file = await readFile(sharedPath('data/text/tinystories_1000.json'), 'utf8');
      const stories = (JSON.parse(file) as string[]).slice(0, 4);
      const { encodePlain } = (await openTokenizer(ours.files))!;
      const session = await nodeRuntime().createSession({
        onnx: new Blob([await readFile(`${models}storyteller/onnx/model.onnx`)]),
        external: new Map(),
      });
      const plain = await languageScore(
        session,
        { encode: encodePlain } as unknown as BytePairs,
        stories,
        { length: 255, cache: { layers: 6, keyValueHeads: 2, headWidth: 32 } },
      );
      await session.release();
      const examples = await ours.prepared.examplesFrom(given({ 'stories.json': stories }));
      const tally = new Tally(textGeneration.figures);
      let tokens = 0;
      for (const { input, target } of examples) {
        const answer = await ours.ask(input);
        tokens += answer.tokens.length;
        tally.addTarget(answer, target);
      }
      expect(tokens).toBe(plain.tokens);
      expect(tally.result()['perplexity']!.value).toBeCloseTo(plain.perplexity, 2);
    },
    60_000,
  );
});

describe('what the files say', () => {
  const prepareWith = (
    files: Readonly<Record<string, unknown>>,
    config: Readonly<Record<string, unknown>> = {},
    tokens?: number,
  ) => {
    const inputs = ours.facts.inputs.map((input) =>
      input.name === 'input_ids' && tokens !== undefined
        ? { ...input, dims: ['batch', tokens] }
        : input,
    );
    return textGeneration.prepare(
      { ...ours.facts, inputs, config },
      new Map([...ours.files, ...given(files)]),
    );
  };
  const requestOf = async (...about: Parameters<typeof prepareWith>): Promise<GenerateRequest> => {
    const prepared = await prepareWith(...about);
    const { request } = await prepared.plan({ kind: 'write', prompt: 'a dog', limit: 3 });
    return request as GenerateRequest;
  };

  test.each<[string, unknown, unknown, readonly number[]]>([
    ['one id', 7, 9, [7]],
    ['a list', [7, 8], 9, [7, 8]],
    ['config.json where generation_config.json says nothing', undefined, 9, [9]],
    ['config.json where generation_config.json says nonsense', ['x', -1, 1e12, 2.5], 9, [9]],
    ['the tokenizer where neither does', null, {}, [0]],
  ])('ends a text by %s', async (_, settings, config, ends) => {
    const files = { 'generation_config.json': { eos_token_id: settings } };
    expect((await requestOf(files, { eos_token_id: config })).ends).toEqual(ends);
  });

  test.each<[string, Readonly<Record<string, unknown>>, number | undefined, number]>([
    ['the tokenizer', {}, undefined, 256],
    ['config.json', { max_position_embeddings: 100 }, undefined, 100],
    ['config.json of GPT-2', { n_positions: 64 }, undefined, 64],
    ['the model', { max_position_embeddings: 100 }, 32, 32],
    [
      'the tokenizer, where config.json says nonsense',
      { max_position_embeddings: '12' },
      undefined,
      256,
    ],
  ])('bounds the context by %s', async (_, config, tokens, context) => {
    expect((await requestOf({}, config, tokens)).context).toBe(context);
  });

  test('repeats less where they ask for it', async () => {
    const asked = { 'generation_config.json': { repetition_penalty: 1.3 } };
    expect((await requestOf(asked)).repetitionPenalty).toBe(1.3);
    const nonsense = { 'generation_config.json': { repetition_penalty: -2 } };
    expect(await requestOf(nonsense)).not.toHaveProperty('repetitionPenalty');
  });

  test('passes sampling on', async () => {
    const sampling = { seed: 3, temperature: 0.7, topK: 40, topP: 0.9 };
    const plan = await ours.prepared.plan({ kind: 'write', prompt: 'a', limit: 9, sampling });
    expect(plan).toMatchObject({ loop: 'generate', request: { limit: 9, sampling } });
  });

  test('puts the prompt into the chat template, or says that there is none', async () => {
    const prepared = await prepareWith({
      'chat_template.jinja': "{{ messages[0]['content'] }}!",
    });
    const { encodePlain } = (await openTokenizer(ours.files))!;
    const { request } = await prepared.plan({ kind: 'write', prompt: 'Hi', chat: true, limit: 3 });
    expect((request as GenerateRequest).prompt).toEqual(encodePlain('Hi!'));
    expect(prepared.info.hasChatTemplate).toBe(true);
    await expect(
      ours.prepared.plan({ kind: 'write', prompt: 'Hi', chat: true, limit: 3 }),
    ).rejects.toThrow('no chat template');
  });

  test('drops an end after the prompt', async () => {
    const json = JSON.parse(await ours.files.get('tokenizer.json')!.text()) as object;
    const mark = { SpecialToken: { id: '<|endoftext|>', type_id: 0 } };
    const post_processor = {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, mark],
      pair: [],
      special_tokens: {
        '<|endoftext|>': { id: '<|endoftext|>', ids: [0], tokens: ['<|endoftext|>'] },
      },
    };
    const { prompt } = await requestOf({ 'tokenizer.json': { ...json, post_processor } });
    const { encodePlain } = (await openTokenizer(ours.files))!;
    expect(prompt).toEqual(encodePlain('a dog'));
  });

  test('an empty prompt is a problem where no token begins a text; text is scored from its second', async () => {
    const json = JSON.parse(await ours.files.get('tokenizer.json')!.text()) as object;
    const prepared = await prepareWith({
      'tokenizer.json': { ...json, post_processor: null },
      'tokenizer_config.json': {},
      'generation_config.json': {},
    });
    await expect(prepared.plan({ kind: 'write', prompt: '', limit: 3 })).rejects.toThrow(
      /There is nothing to begin with.*Write a word or two/,
    );
    const [example] = await prepared.examplesFrom(given({ 'a.txt': 'a dog ran' }));
    const { request } = await prepared.plan(example!.input);
    const { encodePlain } = (await openTokenizer(ours.files))!;
    expect(request as ScoreRequest).toMatchObject({ ids: encodePlain('a dog ran'), from: 1 });
  });
});

describe('an answer', () => {
  const token = (id: number, last?: GeneratedToken['last']): GeneratedToken => ({
    id,
    probability: 0.5,
    candidates: [{ id, probability: 0.5 }],
    ...(last ? { last } : {}),
  });
  const input = { kind: 'write', prompt: 'a', limit: 9 } as const;

  test('has no text for the token that ends it, which its candidates name', async () => {
    const answer = await ours.prepared.answer([token(300), token(0, 'end')], input);
    expect(answer.last).toBe('end');
    expect(answer.tokens[1]).toMatchObject({ text: '', candidates: [{ text: '<|endoftext|>' }] });
    expect(answer.text).toBe(answer.tokens[0]!.text);
  });

  test('is empty before the first token', async () => {
    expect(await ours.prepared.answer([], input)).toEqual({ text: '', tokens: [] });
  });
});

describe('figures', () => {
  const tokens = (...all: readonly Partial<AnsweredToken>[]): GenerationAnswer => ({
    text: '',
    tokens: all.map((one) => ({ id: 0, text: '', probability: 1, candidates: [], ...one })),
  });
  const { perplexity, loss, top, same, agreement } = textGeneration.figures;
  const likeliest = (id: number) => ({ candidates: [{ id, text: '', probability: 1 }] });

  test('of texts that are scored', () => {
    const original = tokens(
      { probability: 0.5, rank: 0, ...likeliest(1) },
      { probability: 0.25, rank: 1, ...likeliest(2) },
    );
    const changed = tokens(
      { probability: 0.25, rank: 0, ...likeliest(1) },
      { probability: 0.125, rank: 2, ...likeliest(3) },
    );
    // exp(−(ln ½ + ln ¼) ÷ 2) = √8.
    const { sum, count } = perplexity!.ofTarget!(original, true)!;
    expect(Math.exp(sum / count)).toBeCloseTo(Math.sqrt(8), 9);
    expect(loss!.ofOriginal!(changed, original)!.sum).toBeCloseTo(2 * Math.LN2, 9);
    expect(top!.ofOriginal!(changed, original)).toEqual({ sum: 1, count: 2 });
    expect(same!.ofOriginal!(changed, original)).toBeUndefined();
  });

  test('of texts that are written', () => {
    const original = tokens({ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 });
    const changed = tokens({ id: 1 }, { id: 2 }, { id: 9 }, { id: 4 });
    expect(same!.ofOriginal!(changed, original)).toEqual({ sum: 2, count: 1 });
    expect(agreement!.ofOriginal!(changed, original)).toEqual({ sum: 2, count: 4 });
    expect(agreement!.ofOriginal!(original, original)).toEqual({ sum: 4, count: 4 });
    expect(agreement!.ofOriginal!(tokens({ id: 1 }), original)).toEqual({ sum: 1, count: 4 });
    expect(perplexity!.ofTarget!(original, true)).toBeUndefined();
    expect(loss!.ofOriginal!(changed, original)).toBeUndefined();
  });
});

describe('whether a model fits', () => {
  const fitOf = (change: Partial<ModelFacts>) => textGeneration.fit({ ...ours.facts, ...change });
  const { inputs } = { inputs: [{ name: 'input_ids', dtype: 'int64' as const, dims: ['b', 's'] }] };

  test.each<[string, Partial<ModelFacts>, string]>([
    [
      'one that fills gaps',
      { inputs, config: { architectures: ['BertForMaskedLM'] } },
      '…ForCausalLM',
    ],
    [
      'one with an encoder',
      { inputs: [...inputs, { name: 'decoder_input_ids', dtype: 'int64', dims: ['b', 't'] }] },
      'without an encoder',
    ],
    [
      'one without logits',
      { outputs: [{ name: 'last_hidden_state', dtype: 'float32', dims: ['b', 's', 8] }] },
      'logits',
    ],
    [
      'one with images',
      { inputs: [...inputs, { name: 'pixel_values', dtype: 'float32', dims: ['b', 3, 8, 8] }] },
      'input_ids',
    ],
    ['one without a tokenizer', { beside: ['config.json'] }, 'tokenizer.json'],
  ])('refuses %s', (_, change, needs) => {
    expect(fitOf(change)).toMatchObject({
      fits: false,
      needs: expect.stringContaining(needs) as string,
    });
  });

  test('is seen by its cache, or by a generation_config.json beside it', () => {
    expect(fitOf({ config: {} })).toMatchObject({ fits: true });
    expect(fitOf({ config: {}, inputs })).toMatchObject({ fits: true });
    expect(fitOf({ config: {}, inputs, beside: ['tokenizer.json'] })).toMatchObject({
      fits: false,
    });
  });
});
