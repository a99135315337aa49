/** One text becomes another: words their pronunciation, a sentence its translation. */
import { charactersOf } from './characters.ts';
import { editDistance } from './edit-distance.ts';
import type { ModelFacts } from './facts.ts';
import { jsonNamed, type Files } from './files.ts';
import type { GeneratedToken, Plan } from './loops/loop.ts';
import { task, type Figure, type PreparedTask } from './task.ts';
import type { GenerationAnswer } from './text-generation.ts';
import { sequenceRules } from './sequence-rules.ts';
import { pairsFrom } from './text-pairs.ts';
import { hasTokenizer, needsTokenizer, tokenizerAmong } from './text-reader.ts';

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
  readonly encode: (text: string) => readonly number[];
  /** What each id adds to the answer. */
  readonly pieces: (ids: readonly number[]) => readonly string[];
  /** An id on its own, for people. */
  readonly wordOf: (id: number) => string;
  readonly begin: number | undefined;
  readonly end: number | undefined;
  readonly examples: readonly string[];
}

/** Targets are the right texts. */
const figures: Readonly<Record<string, Figure<SequenceAnswer>>> = {
  exact: {
    label: 'exactly right',
    unit: 'share',
    better: 'higher',
    ofTarget: ({ text }, target) => ({ sum: text === target ? 1 : 0, count: 1 }),
  },
  'character-errors': {
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
  'character-differences': {
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
  fit(model) {
    const { inputs, config } = model;
    const names = inputs.map(({ name }) => name);
    if (!names.includes('input_ids') || !names.includes('decoder_input_ids')) {
      const needs =
        'It takes a model with the encoder and the decoder in one graph: inputs "input_ids" and "decoder_input_ids".';
      return { fits: false, needs };
    }
    if (charactersOf(config)) {
      return { fits: true, because: 'its configuration lists characters to read and to write' };
    }
    return hasTokenizer(model)
      ? { fits: true, because: 'it has an encoder and a decoder, and a tokenizer beside it' }
      : { fits: false, needs: needsTokenizer };
  },
  async prepare(model, files) {
    const config = { ...model.config, ...(await jsonNamed(files, 'generation_config.json')) };
    return preparedWith(await vocabularyOf(model, files), { ...model, config });
  },
});

/** Errors: ModelError where there is none, or its file can't be read. */
async function vocabularyOf({ config }: ModelFacts, files: Files): Promise<Vocabulary> {
  const characters = charactersOf(config);
  if (characters) {
    const { alphabet, encode, characterOf, wordOf } = characters;
    const pieces = (ids: readonly number[]): readonly string[] => ids.map(characterOf);
    const examples = ['hello', 'compress', 'neural', 'squirrel', 'daughter'];
    return { alphabet, encode, pieces, wordOf, begin: undefined, end: undefined, examples };
  }
  const tokenizer = await tokenizerAmong(files);
  const examples = ['Hello, how are you?', 'The small house stands at the river.'];
  return { ...tokenizer, encode: (text) => tokenizer.encode(text), examples };
}

function preparedWith(
  vocabulary: Vocabulary,
  model: ModelFacts,
): PreparedTask<SequenceInput, SequenceAnswer, SequenceInfo> {
  const { alphabet, encode, examples } = vocabulary;
  const requestOf = sequenceRules(model, vocabulary);
  const planOf = ({ text }: SequenceInput): Plan => ({
    loop: 'generate',
    request: requestOf(text.trim() === '' ? [] : encode(text)),
  });
  return {
    info: alphabet === undefined ? {} : { alphabet },
    examples: examples.map((text) => ({ name: text, input: { text } })),
    plan: (input) => Promise.resolve(input).then(planOf),
    answer: (chunks) => Promise.resolve(answerIn(chunks as readonly GeneratedToken[], vocabulary)),
    inputFrom: async (given) => ({
      text: ('text' in given ? given.text : await given.file.blob.text()).trim(),
    }),
    examplesFrom: pairsFrom,
    words: ({ text }) => text,
  };
}

function answerIn(
  tokens: readonly GeneratedToken[],
  { pieces, wordOf }: Vocabulary,
): SequenceAnswer {
  const last = tokens.at(-1)?.last;
  const ids = tokens.map(({ id }) => id);
  // What ends a text is no part of it, even where the tokenizer does not know it as a mark.
  const texts = pieces(last === 'end' ? ids.slice(0, -1) : ids);
  return {
    text: texts.join(''),
    tokens: tokens.map(({ id, probability, candidates }, index) => ({
      id,
      text: texts[index] ?? '',
      probability,
      candidates: candidates.map((candidate) => ({ ...candidate, text: wordOf(candidate.id) })),
    })),
    ...(last ? { last } : {}),
  };
}
