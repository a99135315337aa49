/** Sequence to sequence: characters to characters, with a tokenizer, and how many words come out right. */
import { readFileSync } from 'node:fs';

import { describe, expect, test, vi } from 'vitest';

import { charactersOf } from '../../src/tasks/characters.ts';
import { editDistance } from '../../src/tasks/edit-distance.ts';
import { factsOf, type ModelFacts } from '../../src/tasks/facts.ts';
import type { Files } from '../../src/tasks/files.ts';
import { generate } from '../../src/tasks/loops/generate.ts';
import type { GeneratedToken, GenerateRequest } from '../../src/tasks/loops/loop.ts';
import { taskFor } from '../../src/tasks/index.ts';
import { sequenceToSequence, type SequenceAnswer } from '../../src/tasks/sequence-to-sequence.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { all, openLoop } from './loops/models.ts';

vi.setConfig({ testTimeout: 60_000 });

const config = {
  bos_token_id: 1,
  eos_token_id: 2,
  decoder_start_token_id: 1,
  max_position_embeddings: 8,
  grapheme_chars: '____abc',
  phoneme_chars: '____xyʒ',
};
const ids = (name: string) => ({ name, dtype: 'int64' as const, dims: ['batch', name] });
const facts = (more: Partial<ModelFacts> = {}): ModelFacts => ({
  inputs: [ids('input_ids'), ids('decoder_input_ids')],
  outputs: [{ name: 'logits', dtype: 'float32', dims: ['batch', 'length', 7] }],
  config,
  beside: [],
  ...more,
});
const files = (texts: Readonly<Record<string, string>>): Files =>
  new Map(Object.entries(texts).map(([path, text]) => [path, new Blob([text])]));
/** A tokenizer.json of whole words, as the tokenizers library writes it. */
const words = JSON.stringify({
  version: '1.0',
  added_tokens: [{ id: 0, content: '</s>', special: true }],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', vocab: { '</s>': 0, the: 1, cat: 2, what: 3, a: 4 } },
});
const token = (id: number, more: Partial<GeneratedToken> = {}): GeneratedToken => ({
  id,
  probability: 0.5,
  candidates: [{ id, probability: 0.5 }],
  ...more,
});
const requestFor = async (text: string, more: Partial<ModelFacts> = {}, beside = files({})) => {
  const prepared = await sequenceToSequence.prepare(facts(more), beside);
  const plan = await prepared.plan({ text });
  return plan.request as GenerateRequest;
};

describe('what it is for', () => {
  test('models with an encoder and a decoder in one graph, and a vocabulary', () => {
    expect(sequenceToSequence.fit(facts()).fits).toBe(true);
    expect(sequenceToSequence.fit(facts({ config: {}, beside: ['tokenizer.json'] })).fits).toBe(
      true,
    );
    expect(sequenceToSequence.fit(facts({ config: {} }))).toEqual({
      fits: false,
      needs: 'It needs a tokenizer.json beside the model.',
    });
    expect(sequenceToSequence.fit(facts({ inputs: [ids('input_ids')] })).fits).toBe(false);
  });

  test('it is chosen for them', () => {
    expect(taskFor(facts()).id).toBe('sequence-to-sequence');
  });

  test('the configuration may be named after the model', async () => {
    const { inputs, outputs } = facts();
    const configOf = async (texts: Readonly<Record<string, string>>) =>
      (await factsOf({ inputs, outputs }, files(texts))).config;
    const own = { 'bart_config.json': '{"a":1}', 'tokenizer_config.json': '{"b":2}' };
    expect(await configOf(own)).toEqual({ a: 1 });
    expect(await configOf({ ...own, 'config.json': '{"c":3}' })).toEqual({ c: 3 });
    expect(await configOf({ ...own, 'other_config.json': '{}' })).toEqual({});
    expect(await configOf({ 'generation_config.json': '{"d":4}' })).toEqual({});
  });
});

describe('a vocabulary of characters', () => {
  test('frames a text with its marks; what it does not know is the mark for that', async () => {
    expect(charactersOf(config)?.encode('cab')).toEqual([1, 6, 4, 5, 2]);
    expect(charactersOf(config)?.encode('aé')).toEqual([1, 4, 3, 2]);
    const { info } = await sequenceToSequence.prepare(facts(), files({}));
    expect(info).toEqual({ alphabet: 'abc' });
  });

  test('without such a mark names what it does not know', () => {
    const bare = charactersOf({ ...config, grapheme_chars: 'abc' });
    expect(bare?.encode('ca')).toEqual([1, 2, 0, 2]);
    expect(() => bare?.encode('é')).toThrow(
      `The model can't read "é". Use these characters: a b c.`,
    );
  });

  test.each<object>([
    { grapheme_chars: 7 },
    { phoneme_chars: undefined },
    { bos_token_id: '1' },
    { eos_token_id: -2 },
    { grapheme_chars: 'a'.repeat(20_000) },
  ])('is none where the configuration is like %o', (broken) => {
    expect(charactersOf({ ...config, ...broken })).toBeUndefined();
  });
});

describe('the plan', () => {
  test('writes greedily after the token that answers begin with', async () => {
    expect(await requestFor('cab')).toEqual({
      prompt: [1, 6, 4, 5, 2],
      decoderStart: [1],
      limit: 7,
      context: 8,
      ends: [2],
      candidates: 5,
    });
  });

  test('heeds generation_config.json', async () => {
    const beside = files({
      'generation_config.json':
        '{"forced_bos_token_id": 5, "eos_token_id": [2, 3, "4"], "max_new_tokens": 3}',
    });
    expect(await requestFor('a', {}, beside)).toMatchObject({
      decoderStart: [1, 5],
      ends: [2, 3],
      limit: 3,
    });
  });

  test('refuses ids that the model does not know', async () => {
    const inputs = [{ ...ids('input_ids'), ids: { below: 6 } }, ids('decoder_input_ids')];
    expect((await requestFor('ab', { inputs })).prompt).toEqual([1, 4, 5, 2]);
    await expect(requestFor('ac', { inputs })).rejects.toThrow('the model knows ids below 6');
  });

  test('refuses what is empty or too long, and a model that says not how to begin', async () => {
    await expect(requestFor('  ')).rejects.toThrow('There is no text.');
    await expect(requestFor('abcabca')).rejects.toThrow(
      'The text has 9 tokens, and the model takes 8. Shorten it.',
    );
    const rest = { ...config, decoder_start_token_id: undefined };
    expect(await requestFor('a', { config: rest })).toMatchObject({ decoderStart: [1] });
    await expect(requestFor('a', { config: {} })).rejects.toThrow('There is no tokenizer.json');
    const tokenizer = files({ 'tokenizer.json': words });
    await expect(requestFor('a', { config: {} }, tokenizer)).rejects.toThrow(
      'with which token answers begin',
    );
  });
});

describe('the answer', () => {
  test('is what the tokens say together, with what else they might have been', async () => {
    const ready = await sequenceToSequence.prepare(facts(), files({}));
    const made = await ready.answer(
      [
        token(6, {
          candidates: [
            { id: 6, probability: 0.5 },
            { id: 2, probability: 0.25 },
          ],
        }),
        token(99),
        token(4),
        token(2, { last: 'end' }),
      ],
      { text: 'a' },
    );
    expect(made.text).toBe('ʒx');
    expect(ready.words(made)).toBe('ʒx');
    expect(made.last).toBe('end');
    expect(made.tokens.map(({ text }) => text)).toEqual(['ʒ', '', 'x', '']);
    expect(made.tokens[0]?.candidates).toEqual([
      { id: 6, text: 'ʒ', probability: 0.5 },
      { id: 2, text: '<end>', probability: 0.25 },
    ]);
  });

  test('with a tokenizer is made of its words', async () => {
    const beside = files({ 'tokenizer.json': words });
    const model = facts({ config: { decoder_start_token_id: 0, eos_token_id: 0, n_positions: 5 } });
    const prepared = await sequenceToSequence.prepare(model, beside);
    const { request } = await prepared.plan({ text: 'the cat' });
    expect(request).toMatchObject({ prompt: [1, 2], decoderStart: [0], context: 5, limit: 4 });
    const { text, tokens } = await prepared.answer(
      [token(2), token(1), token(0, { last: 'end' })],
      {
        text: 'the cat',
      },
    );
    expect(text).toBe('cat the');
    expect(tokens.map((one) => one.text)).toEqual(['cat', ' the', '']);
    expect(prepared.info).toEqual({});
  });

  test('is judged whole and by its characters', () => {
    const { exact, agreement, ...figures } = sequenceToSequence.figures;
    const characterErrors = figures['character-errors'];
    const characterDifferences = figures['character-differences'];
    const said = (text: string): SequenceAnswer => ({ text, tokens: [] });
    expect(exact?.ofTarget?.(said('ab'), 'ab')).toEqual({ sum: 1, count: 1 });
    expect(exact?.ofTarget?.(said('ab'), 'abc')).toEqual({ sum: 0, count: 1 });
    expect(characterErrors?.ofTarget?.(said('sitting'), 'kitten')).toEqual({ sum: 3, count: 6 });
    expect(agreement?.ofOriginal?.(said('ab'), said('ab'))).toEqual({ sum: 1, count: 1 });
    expect(characterDifferences?.ofOriginal?.(said('a'), said(''))).toEqual({ sum: 1, count: 1 });
  });

  test('takes as many changes to become another as by trying all', () => {
    // By definition, without a table.
    const changes = (a: string, b: string): number =>
      a === '' || b === ''
        ? a.length + b.length
        : Math.min(
            changes(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1),
            changes(a.slice(1), b) + 1,
            changes(a, b.slice(1)) + 1,
          );
    const texts = ['', 'a', 'ab', 'ba', 'abc', 'cab', 'bcab', 'aabb', 'cbabc'];
    for (const a of texts) {
      for (const b of texts) expect(editDistance(a, b), `${a} → ${b}`).toBe(changes(a, b));
    }
    expect(editDistance('𝛼b', '𝛽b')).toBe(1);
  });
});

describe('data', () => {
  const examplesOf = async (texts: Readonly<Record<string, string>>) =>
    (await sequenceToSequence.prepare(facts(), files({}))).examplesFrom(files(texts));

  test('are lines of a .tsv file', async () => {
    expect(await examplesOf({ 'a.tsv': '\uFEFFcab\txy\r\n\nab\tʒ\n', 'b.txt': 'x' })).toEqual([
      { name: 'cab', input: { text: 'cab' }, target: 'xy' },
      { name: 'ab', input: { text: 'ab' }, target: 'ʒ' },
    ]);
  });

  test('that are no pairs are named', async () => {
    await expect(examplesOf({ 'a.tsv': 'cab\txy\nab\n' })).rejects.toThrow('Line 2 of "a.tsv"');
    await expect(examplesOf({ 'a.txt': 'cab\txy' })).rejects.toThrow('There is no .tsv file');
  });
});

describe.skipIf(!hasShared)(`bart_g2p${hasShared ? '' : `: ${skipReason}`}`, () => {
  const read = (name: string) => new Blob([readFileSync(sharedPath(`models/bart_g2p/${name}`))]);

  test('spells 357 of 1,000 words exactly as the reference does', async () => {
    const session = await openLoop(sharedPath('models/bart_g2p/model.onnx'));
    const beside: Files = new Map([['bart_g2p_config.json', read('bart_g2p_config.json')]]);
    const { inputs, outputs } = facts();
    const model = await factsOf({ inputs, outputs }, beside);
    expect(taskFor(model)).toMatchObject({ id: 'sequence-to-sequence' });
    const prepared = await sequenceToSequence.prepare(model, beside);
    const data: Files = new Map([['cmudict.tsv', read('cmudict_ref_1000.tsv')]]);
    const { exact } = sequenceToSequence.figures;
    let right = 0;
    for (const { input, target } of await prepared.examplesFrom(data)) {
      const { request } = await prepared.plan(input);
      const chunks = await all(generate(session, request as GenerateRequest));
      const answer = await prepared.answer(chunks, input);
      right += exact?.ofTarget?.(answer, target)?.sum ?? NaN;
    }
    await session.release();
    expect(right).toBe(357);
  }, 120_000);
});
