/** Tokenizers as they lie beside models: what they give, text that grows, and damaged files. */
import { openAsBlob, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { createRandom } from '../../src/core/math/random.ts';
import type { Files } from '../../src/tasks/files.ts';
import { openTokenizer, type Tokenizer } from '../../src/tasks/tokenizer.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { given } from './given-files.ts';

const embedded = (path: string): string =>
  new URL(`../../public/models/${path}`, import.meta.url).pathname;

async function filesOf(folder: string, names: readonly string[]): Promise<Files> {
  const files = names.map(async (name) => [name, await openAsBlob(`${folder}/${name}`)] as const);
  return new Map(await Promise.all(files));
}

const both = ['tokenizer.json', 'tokenizer_config.json'];

async function open(folder: string, names: readonly string[] = both): Promise<Tokenizer> {
  const tokenizer = await openTokenizer(await filesOf(folder, names));
  if (!tokenizer) throw new Error(`No tokenizer in ${folder}`);
  return tokenizer;
}

const words = ['[UNK]', 'a', 'cat', 'sat', '##s', '[CLS]', '[SEP]'];
const wordPieces = {
  added_tokens: [0, 5, 6].map((id) => ({ id, content: words[id], special: true })),
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: {
    type: 'BertProcessing',
    cls: ['[CLS]', 5],
    sep: ['[SEP]', 6],
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(words.map((word, id) => [word, id])),
  },
};

afterEach(() => vi.unstubAllGlobals());

describe('a tokenizer', () => {
  test('is none where no tokenizer.json lies beside the model', async () => {
    expect(await openTokenizer(new Map())).toBeUndefined();
  });

  test('is read without a single request', async () => {
    const fetching = vi.fn(() => Promise.reject(new Error('no network here')));
    vi.stubGlobal('fetch', fetching);
    const tokenizer = await openTokenizer(given({ 'tokenizer.json': wordPieces }));
    tokenizer?.encode('a cat');
    expect(fetching).not.toHaveBeenCalled();
  });

  test('marks the beginning and the end, and cuts the text between them', async () => {
    const tokenizer = (await openTokenizer(given({ 'tokenizer.json': wordPieces })))!;
    expect(tokenizer.encode('a cats sat')).toEqual([5, 1, 2, 4, 3, 6]);
    expect(tokenizer.encodePlain('a cats sat')).toEqual([1, 2, 4, 3]);
    expect(tokenizer.encode('a cats sat', 4)).toEqual([5, 1, 2, 6]);
    expect(tokenizer.encode('a cats sat', 1)).toHaveLength(1);
    expect(tokenizer.encode('', 4)).toEqual([5, 6]);
    expect(tokenizer.encodePlain('')).toEqual([]);
  });

  test('decodes without marks, and leaves out ids that stand for nothing', async () => {
    const tokenizer = (await openTokenizer(given({ 'tokenizer.json': wordPieces })))!;
    expect(tokenizer.decode([5, 1, 2, 4, 3, 6, 999])).toBe('a cats sat');
    expect(tokenizer.decode([999])).toBe('');
    expect(tokenizer.decode([])).toBe('');
  });

  test('shows tokens on their own with the space before them, and marks by their names', async () => {
    const tokenizer = (await openTokenizer(given({ 'tokenizer.json': wordPieces })))!;
    expect([2, 4, 6].map((id) => tokenizer.wordOf(id))).toEqual([' cat', 's', '[SEP]']);
  });

  test('shows tokens of a vocabulary that knows neither the letter a nor unknown words', async () => {
    const json = { ...wordPieces, added_tokens: [], post_processor: null, decoder: null };
    const model = { type: 'WordLevel', vocab: { hɛ: 0, ˈloʊ: 1 }, unk_token: null };
    const tokenizer = (await openTokenizer(given({ 'tokenizer.json': { ...json, model } })))!;
    expect(tokenizer.wordOf(1)).toBe('ˈloʊ');
  });

  test('takes the marks from tokenizer_config.json, else from special_tokens_map.json', async () => {
    const tokenizer = (await openTokenizer(
      given({
        'tokenizer.json': wordPieces,
        'tokenizer_config.json': { bos_token: '[CLS]', pad_token: { odd: true }, mask_token: 7 },
        'special_tokens_map.json': { eos_token: { content: '[SEP]' }, bos_token: '[UNK]' },
      }),
    ))!;
    // Without a token for padding, transformers.js takes the one that ends a text.
    expect(tokenizer).toMatchObject({ begin: 5, end: 6, padding: 6, hasMask: false });
  });

  test.each([
    [512, 512],
    [1e30, Infinity],
    [-1, Infinity],
    ['512', Infinity],
    [null, Infinity],
    [12.5, 12],
  ])('takes a longest text of %o for %o', async (model_max_length, longest) => {
    const settings = { model_max_length };
    const files = given({ 'tokenizer.json': wordPieces, 'tokenizer_config.json': settings });
    expect((await openTokenizer(files))?.longest).toBe(longest);
  });

  test('puts a prompt into the chat template, wherever that lies', async () => {
    const template =
      "{% for message in messages %}cat {{ message['content'] }}{% endfor %}{% if add_generation_prompt %} sat{% endif %}";
    const inSettings = await openTokenizer(
      given({
        'tokenizer.json': wordPieces,
        'tokenizer_config.json': { chat_template: [{ name: 'default', template }] },
      }),
    );
    const inFile = await openTokenizer(
      given({ 'tokenizer.json': wordPieces, 'chat_template.jinja': template }),
    );
    expect(inSettings?.chat?.('a')).toEqual([2, 1, 3]);
    expect(inFile?.chat?.('a')).toEqual([2, 1, 3]);
    expect(await openTokenizer(given({ 'tokenizer.json': wordPieces }))).not.toHaveProperty('chat');
  });

  test('says so when the chat template is broken', async () => {
    const files = given({ 'tokenizer.json': wordPieces, 'chat_template.jinja': '{% if %}' });
    const tokenizer = await openTokenizer(files);
    expect(() => tokenizer?.chat?.('a')).toThrow(/chat template can't be used: .*plain text/s);
  });
});

describe('a damaged tokenizer', () => {
  const { model } = wordPieces;
  test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['no JSON', { 'tokenizer.json': '{"model":' }, /"tokenizer.json" .* no JSON object/],
    ['a list', { 'tokenizer.json': [] }, /"tokenizer.json" .* no JSON object/],
    [
      'settings that are no JSON',
      { 'tokenizer.json': wordPieces, 'tokenizer_config.json': '<' },
      /"tokenizer_config.json"/,
    ],
    ['no model', { 'tokenizer.json': {} }, /no "model"/],
    ['no vocabulary', { 'tokenizer.json': { ...wordPieces, model: {} } }, /no "vocab"/],
    [
      'a vocabulary of numbers',
      { 'tokenizer.json': { ...wordPieces, model: { ...model, vocab: [1, 2] } } },
      /no token with a score/,
    ],
    [
      'a giant id',
      { 'tokenizer.json': { ...wordPieces, model: { ...model, vocab: { a: 1e18 } } } },
      /the id of "a" is 1000000000000000000/,
    ],
    [
      'a negative id',
      { 'tokenizer.json': { ...wordPieces, added_tokens: [{ id: -1, content: 'x' }] } },
      /the id of "x" is -1/,
    ],
    [
      'an id as text',
      { 'tokenizer.json': { ...wordPieces, model: { ...model, vocab: { a: '0' } } } },
      /the id of "a" is "0"/,
    ],
    [
      'an added token without text',
      { 'tokenizer.json': { ...wordPieces, added_tokens: [{ id: 1 }] } },
      /no "content"/,
    ],
    [
      'an unknown kind of model',
      { 'tokenizer.json': { ...wordPieces, decoder: { type: 'Odd' } } },
      /Unknown Decoder type/,
    ],
    [
      'a part that is missing',
      { 'tokenizer.json': { ...wordPieces, normalizer: undefined } },
      /tokenizer.json beside the model can't be used/,
    ],
  ])('is refused in words: %s', async (_, files, words) => {
    await expect(openTokenizer(given(files))).rejects.toMatchObject({
      name: 'ModelError',
      message: expect.stringMatching(words) as string,
    });
  });

  test('without a token for unknown words says which texts it can take', async () => {
    const files = given({
      'tokenizer.json': { ...wordPieces, model: { ...model, unk_token: '[NONE]' } },
    });
    const tokenizer = await openTokenizer(files);
    expect(tokenizer?.encodePlain('a cat')).toEqual([1, 2]);
    expect(() => tokenizer?.encode('a dog')).toThrow(/no token for a part of this text/);
  });
});

const unusual = [
  'Once upon a time, there was a little girl named Lily. She didn’t like "rain"!',
  'naïve café – 北京 and 東京, привет, שלום',
  '👩‍👩‍👧‍👦 laughed 🙂🙃 and then 🏳️‍🌈.',
  "It's the dog's; they'll say:\n\n\tdo n't  ,  a ! b ? n't 've",
  'tab\tand   many     spaces \r\n at the end   ',
];

const tokenizers: [name: string, folder: string, names: readonly string[], isThere: boolean][] = [
  ['storyteller', embedded('storyteller'), both, true],
  ['sentiment', embedded('sentiment'), both, true],
  ['GPT-2', sharedPath('tokenizers/gpt2'), ['tokenizer.json'], hasShared],
  ['MiniLM', sharedPath('tokenizers/all-MiniLM-L6-v2'), both, hasShared],
];

describe.each(tokenizers)(
  'text that grows, by the tokenizer of %s',
  (_, folder, names, isThere) => {
    const skip = isThere ? '' : ` (${skipReason})`;

    test.skipIf(!isThere)(`adds up to what is decoded at once${skip}`, async () => {
      const { decode, encodePlain, pieces } = await open(folder, names);
      for (const text of [...unusual, unusual.join(' ').repeat(4)]) {
        const ids = encodePlain(text);
        expect(pieces(ids).join('')).toBe(decode(ids));
        expect(pieces(ids)).toHaveLength(ids.length);
      }
    });

    test.skipIf(!isThere)(`goes on where it was, token by token${skip}`, async () => {
      const { decode, encodePlain, pieces } = await open(folder, names);
      const ids = encodePlain(unusual.join(' ').repeat(2));
      for (let count = 1; count <= ids.length; count++) {
        const text = pieces(ids.slice(0, count)).join('');
        expect(decode(ids.slice(0, count)).replace(/\uFFFD+$/, '')).toBe(text);
      }
    });

    test.skipIf(!isThere)(`takes tokens in any order${skip}`, async () => {
      const { decode, pieces } = await open(folder, names);
      const random = createRandom(7);
      for (let round = 0; round < 20; round++) {
        const ids = Array.from({ length: 150 }, () => random.integer(2000));
        const text = pieces(ids).join('');
        expect(decode(ids).replace(/\uFFFD+$/, '')).toBe(text);
      }
    });

    test.skipIf(!isThere)(`follows a prompt with the space between${skip}`, async () => {
      const { decode, encodePlain, pieces } = await open(folder, names);
      const prompt = encodePlain('The little dog');
      const ids = encodePlain('The little dog ran home').slice(prompt.length);
      expect(pieces(ids, prompt).join('').trim()).toBe('ran home');
      expect(decode([...prompt, ...ids])).toBe(decode(prompt) + pieces(ids, prompt).join(''));
    });
  },
);

describe('characters of several tokens', () => {
  test('come with the last of them', async () => {
    const { encodePlain, pieces } = await open(embedded('storyteller'));
    const ids = encodePlain('🙂!');
    // A vocabulary of three thousand pieces has no token for it: four bytes, and the mark after it.
    expect(ids).toHaveLength(5);
    expect(pieces(ids)).toEqual(['', '', '', '🙂', '!']);
    expect(pieces(ids.slice(0, 3))).toEqual(['', '', '']);
  });

  test('leave what was there before as it was', async () => {
    const { encodePlain, pieces } = await open(embedded('storyteller'));
    const ids = encodePlain(unusual.join(' ').repeat(2));
    const all = pieces(ids);
    for (let count = 1; count < ids.length; count++) {
      expect(pieces(ids.slice(0, count))).toEqual(all.slice(0, count));
    }
  });

  test('two texts that grow in turn do not mix', async () => {
    const { decode, encodePlain, pieces } = await open(embedded('storyteller'));
    const [a, b] = ['Once there was a bird 🐦.', 'Once there was a dog 🐕 and 🐈.'].map(
      encodePlain,
    );
    for (let count = 1; count <= Math.max(a!.length, b!.length); count++) {
      for (const ids of [a!, b!]) {
        const part = ids.slice(0, count);
        expect(pieces(part).join('')).toBe(decode(part).replace(/\uFFFD+$/, ''));
      }
    }
  });
});

describe('the embedded tokenizers', () => {
  test('know their marks and how long a text may be', async () => {
    const settings = (id: string): Record<string, unknown> =>
      JSON.parse(readFileSync(embedded(`${id}/tokenizer_config.json`), 'utf8')) as Record<
        string,
        unknown
      >;
    const storyteller = await open(embedded('storyteller'));
    expect(storyteller).toMatchObject({ begin: 0, end: 0, hasMask: false });
    expect(storyteller.longest).toBe(settings('storyteller')['model_max_length']);
    const sentiment = await open(embedded('sentiment'));
    expect(sentiment).toMatchObject({
      begin: undefined,
      end: undefined,
      hasMask: true,
      padding: 0,
    });
  });
});
