/**
 * Vocabularies of single characters, as config.json of small sequence models lists them: a token's id is
 * its character's place in `grapheme_chars` (what is read) or `phoneme_chars` (what is written).
 */
import { ModelError } from '../core/errors.ts';

export interface Characters {
  /** Characters that can be read. */
  readonly alphabet: string;
  /** Ids of a text between those that begin and end it. Errors: ModelError for a character without an id. */
  readonly encode: (text: string) => readonly number[];
  /** What an id adds to the answer; '' for marks and ids that stand for nothing. */
  readonly characterOf: (id: number) => string;
  /** An id on its own, for people: marks by their names. */
  readonly wordOf: (id: number) => string;
}

/** Longer lists are no alphabets. */
const most = 10_000;

const idOf = (value: unknown): number | undefined =>
  Number.isInteger(value) && Number(value) >= 0 ? Number(value) : undefined;

/** Undefined where the configuration lists no characters, or does not say what begins and ends a text. */
export function charactersOf(config: Readonly<Record<string, unknown>>): Characters | undefined {
  const { grapheme_chars: reads, phoneme_chars: writes } = config;
  const [begin, end] = [idOf(config['bos_token_id']), idOf(config['eos_token_id'])];
  if (typeof reads !== 'string' || typeof writes !== 'string') return undefined;
  if (begin === undefined || end === undefined) return undefined;
  if (reads.length > most || writes.length > most) return undefined;
  const [read, written] = [Array.from(reads), Array.from(writes)];
  const marks = leadingMarks(read);
  const ids = new Map(read.map((character, id) => [character, id] as const).slice(marks));
  // By custom the marks are padding, beginning, end and unknown.
  const unknown = marks > 3 ? 3 : undefined;
  const idFor = (character: string): number => {
    const id = ids.get(character) ?? unknown;
    if (id !== undefined) return id;
    throw new ModelError(
      `The model can't read "${character}". Use these characters: ${[...ids.keys()].join(' ')}.`,
    );
  };
  const writtenMarks = leadingMarks(written);
  const characterOf = (id: number): string => (id < writtenMarks ? '' : (written[id] ?? ''));
  const names = new Map([
    [begin, '<begin>'],
    [end, '<end>'],
  ]);
  return {
    alphabet: [...ids.keys()].join(''),
    encode: (text) => [begin, ...Array.from(text, idFor), end],
    characterOf,
    wordOf: (id) => names.get(id) ?? (characterOf(id) || `<${id}>`),
  };
}

/** Marks stand at the beginning, all under the same placeholder. */
function leadingMarks(characters: readonly string[]): number {
  const first = characters.findIndex((character) => character !== characters[0]);
  return first > 1 ? first : 0;
}
