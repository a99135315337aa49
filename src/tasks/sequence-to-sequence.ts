/** One text becomes another: words their pronunciation, a sentence its translation. */
import { ModelError } from '../core/errors.ts';
import { charactersOf } from './characters.ts';
import { editDistance } from './edit-distance.ts';
import type { ModelFacts } from './facts.ts';
import { jsonNamed, pathNamed, type Files } from './files.ts';
import type { GeneratedToken, Plan } from './loops/loop.ts';
import { task, type Figure, type PreparedTask } from './task.ts';
import type { AnsweredToken, GenerationAnswer } from './text-generation.ts';
import { pairsFrom } from './text-pairs.ts';
import { openTokenizer } from './tokenizer.ts';

export interface SequenceInput {
  readonly text: string;
}

export interface SequenceInfo {
  /** Characters that the model was made for, where its vocabulary is one of characters. */
  readonly alphabet?: string;
}

export type SequenceAnswer = GenerationAnswer;

/** How texts become ids and back. */
interface Vocabulary {
  readonly alphabet?: string;
  /** Errors: ModelError for a text that has no ids. */
  encode(text: string): readonly number[];
  /** What each id adds to the answer. */
  pieces(ids: readonly number[]): readonly string[];
  /** An id on its own, for people. */
  wordOf(id: number): string;
  readonly begin: number | undefined;
  readonly end: number | undefined;
  readonly examples: readonly string[];
}

type Config = Readonly<Record<string, unknown>>;

/** Targets are the right texts. */
const figures: Readonly<Record<string, Figure<SequenceAnswer>>> = {
  exact: {
    label: 'exactly right',
    unit: 'share',
    better: 'higher',
    ofTarget: ({ text }, target) => ({ sum: text === target ? 1 : 0, count: 1 }),
  },
  characterErrors: {
    label: 'wrong characters',
    unit: 'share',
    better: 'lower',
    ofTarget: ({ text }, target) =>
      typeof target === 'string' ? perCharacter(text, target) : undefined,
  },
  agreement: {
    label: 'same answer as the original',
    unit: 'share',
    better: 'higher',
    ofOriginal: ({ text }, original) => ({ sum: text === original.text ? 1 : 0, count: 1 }),
  },
  characterDifferences: {
    label: 'characters that differ from the original',
    unit: 'share',
    better: 'lower',
    ofOriginal: ({ text }, original) => perCharacter(text, original.text),
  },
};

/** Characters to change for each of the right text (the character error rate). */
const perCharacter = (text: string, right: string) => ({
  sum: editDistance(text, right),
  // An answer where none is right counts as one mistake a character.
  count: Math.max(1, Array.from(right).length),
});

export const sequenceToSequence = task<SequenceInput, SequenceAnswer, SequenceInfo>({
  label: 'Sequence to sequence',
  summary: 'Give a text and see what both models turn it into.',
  view: 'sequence-to-sequence',
  figures,
  fit({ inputs, config, beside }) {
    const names = inputs.map(({ name }) => name);
    if (!names.includes('input_ids') || !names.includes('decoder_input_ids')) {
      const needs =
        'It takes a model with the encoder and the decoder in one graph: inputs "input_ids" and "decoder_input_ids".';
      return { fits: false, needs };
    }
    if (charactersOf(config)) {
      return { fits: true, because: 'its configuration lists characters to read and to write' };
    }
    return pathNamed(beside, 'tokenizer.json') === undefined
      ? { fits: false, needs: 'It needs a tokenizer.json beside the model.' }
      : { fits: true, because: 'it has an encoder and a decoder, and a tokenizer beside it' };
  },
  async prepare(model, files) {
    const config = { ...model.config, ...(await jsonNamed(files, 'generation_config.json')) };
    return preparedWith(await vocabularyOf(model, files), config);
  },
});

/** Errors: ModelError where there is none, or its file can't be read. */
async function vocabularyOf({ config }: ModelFacts, files: Files): Promise<Vocabulary> {
  const characters = charactersOf(config);
  if (characters) {
    const { alphabet, encode, characterOf } = characters;
    return {
      alphabet,
      encode,
      pieces: (ids) => ids.map(characterOf),
      wordOf: characterOf,
      begin: undefined,
      end: undefined,
      examples: ['hello', 'compress', 'neural', 'squirrel', 'daughter'],
    };
  }
  const tokenizer = await openTokenizer(files);
  if (!tokenizer) {
    throw new ModelError('There is no tokenizer.json beside the model. Add it, or choose tensors.');
  }
  const examples = ['Hello, how are you?', 'The small house stands at the river.'];
  return { ...tokenizer, encode: (text) => tokenizer.encode(text), examples };
}

function preparedWith(
  vocabulary: Vocabulary,
  config: Config,
): PreparedTask<SequenceInput, SequenceAnswer, SequenceInfo> {
  const { alphabet, wordOf, pieces } = vocabulary;
  const request = requestOf(vocabulary, config);
  const answered = (tokens: readonly GeneratedToken[]): SequenceAnswer => {
    const texts = pieces(tokens.map(({ id }) => id));
    const last = tokens.at(-1)?.last;
    return {
      text: texts.join(''),
      tokens: tokens.map((token, index) => answeredToken(token, texts[index] ?? '', wordOf)),
      ...(last ? { last } : {}),
    };
  };
  return {
    info: alphabet === undefined ? {} : { alphabet },
    examples: vocabulary.examples.map((text) => ({ name: text, input: { text } })),
    plan: ({ text }) => Promise.resolve(text).then(request),
    answer: (chunks) => Promise.resolve(answered(chunks as readonly GeneratedToken[])),
    inputFrom: async (given) => ({
      text: ('text' in given ? given.text : await given.file.blob.text()).trim(),
    }),
    examplesFrom: pairsFrom,
    words: ({ text }) => text,
  };
}

const answeredToken = (
  { id, probability, candidates }: GeneratedToken,
  text: string,
  wordOf: Vocabulary['wordOf'],
): AnsweredToken => ({
  id,
  text,
  probability,
  candidates: candidates.map((candidate) => ({
    text: wordOf(candidate.id),
    probability: candidate.probability,
  })),
});

/** New tokens at most where nobody says. */
const usualLimit = 128;

/** How a text is put to the model. Errors: ModelError where the configuration does not say how answers begin. */
function requestOf(vocabulary: Vocabulary, config: Config): (text: string) => Plan {
  const whole = (name: string): number | undefined => {
    const value = config[name];
    return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
  };
  const start = whole('decoder_start_token_id') ?? whole('bos_token_id') ?? vocabulary.begin;
  if (start === undefined) {
    throw new ModelError(
      'Neither config.json nor generation_config.json beside the model says with which token answers begin ("decoder_start_token_id"). Add it.',
    );
  }
  const first = whole('forced_bos_token_id');
  const decoderStart = first === undefined || first === start ? [start] : [start, first];
  const context = whole('max_position_embeddings') ?? whole('n_positions') ?? Infinity;
  const limit = whole('max_new_tokens') ?? whole('max_length') ?? usualLimit;
  const ends = endsOf(config['eos_token_id'] ?? vocabulary.end);
  return (text) => {
    const prompt = text.trim() === '' ? [] : vocabulary.encode(text);
    checkLength(prompt.length, context);
    const most = Math.max(1, Math.min(limit, context - decoderStart.length));
    const request = { prompt, decoderStart, limit: most, context, ends, candidates: 5 };
    return { loop: 'generate', request };
  };
}

const endsOf = (end: unknown): readonly number[] =>
  (Array.isArray(end) ? end : [end]).filter((id): id is number => Number.isSafeInteger(id));

function checkLength(tokens: number, context: number): void {
  if (tokens === 0) throw new ModelError('There is no text. Type some, or pick an example.');
  if (tokens <= context) return;
  throw new ModelError(
    `The text has ${tokens} tokens, and the model takes ${context}. Shorten it.`,
  );
}
