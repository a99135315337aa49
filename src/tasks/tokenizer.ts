/** A model's own tokenizer, as it lies beside it, run by transformers.js. Nothing is ever fetched. */
import type { PreTrainedTokenizer } from '@huggingface/transformers';

import { ModelError } from '../core/errors.ts';
import { isRecord, pathNamed, type Files } from './files.ts';
import type { TextTokenizer } from './samples/text-set.ts';
import { createPieces, type Pieces } from './text-pieces.ts';
import { vocabularyOf, type Vocabulary } from './vocabulary.ts';

export interface Tokenizer extends TextTokenizer {
  /**
   * The marks that begin and end a text included. Beyond `most` tokens the text loses its end, but not
   * the marks there. Errors: ModelError.
   */
  readonly encode: (text: string, most?: number) => readonly number[];
  /** Without such marks. Errors: ModelError. */
  readonly encodePlain: (text: string) => readonly number[];
  /** Without marks and without ids that stand for nothing. */
  readonly decode: (ids: readonly number[]) => string;
  readonly pieces: Pieces;
  /** A token on its own, for people: with the space before it, and marks by their names. */
  readonly wordOf: (id: number) => string;
  readonly begin: number | undefined;
  readonly end: number | undefined;
  /** Ids of a prompt within the model's chat template; absent where it has none. Errors: ModelError. */
  readonly chat?: (prompt: string) => readonly number[];
}

/** Undefined where no tokenizer.json lies there. Errors: ModelError that names the file that can't be read. */
export async function openTokenizer(files: Files): Promise<Tokenizer | undefined> {
  const json = await readJson(files, 'tokenizer.json');
  if (!json) return undefined;
  const vocabulary = vocabularyOf(json);
  const settings = await settingsOf(files);
  // It takes a while to load, and most models do without.
  const { PreTrainedTokenizer } = await import('@huggingface/transformers');
  try {
    return tokenizerOf(new PreTrainedTokenizer(json, settings), vocabulary);
  } catch (error) {
    throw unusable(error);
  }
}

function tokenizerOf(theirs: PreTrainedTokenizer, { ids: known, added }: Vocabulary): Tokenizer {
  const encodePlain = (text: string): readonly number[] => idsFrom(theirs, text, false);
  const decode = (ids: readonly number[]): string => {
    // Models may have more rows than their tokenizer has tokens.
    const real = ids.filter((id) => known.has(id));
    return real.length === 0 ? '' : theirs.decode(real, { skip_special_tokens: true });
  };
  // The base class declares ids that are missing where the settings don't name the token.
  const { pad_token_id, mask_token_id, bos_token_id, eos_token_id } = theirs as Partial<
    Pick<typeof theirs, 'pad_token_id' | 'mask_token_id' | 'bos_token_id' | 'eos_token_id'>
  >;
  return {
    encode: (text, most = Infinity) => cut(idsFrom(theirs, text, true), most, encodePlain, text),
    encodePlain,
    decode,
    pieces: createPieces(decode),
    wordOf: wordsBy(decode, added, encodePlain),
    padding: pad_token_id ?? 0,
    begin: bos_token_id,
    end: eos_token_id,
    longest: longestOf(theirs.model_max_length),
    hasMask: mask_token_id !== undefined,
    ...(theirs.chat_template === null ? {} : { chat: chatOf(theirs) }),
  };
}

function idsFrom(theirs: PreTrainedTokenizer, text: string, marks: boolean): readonly number[] {
  const ids = attempt(() => theirs.encode(text, { add_special_tokens: marks }));
  // Without a token for unknown words there is no id for them.
  if (ids.every((id) => Number.isInteger(id))) return ids;
  throw new ModelError(
    'The tokenizer.json beside the model has no token for a part of this text, and none for unknown words. Leave out rare characters.',
  );
}

/** The text loses its end, the marks after it stay. */
function cut(
  ids: readonly number[],
  most: number,
  encodePlain: (text: string) => readonly number[],
  text: string,
): readonly number[] {
  if (ids.length <= most) return ids;
  const plain = encodePlain(text);
  const spare = ids.length - plain.length;
  const before = Array.from({ length: spare + 1 }, (_, count) => count).find((count) =>
    plain.every((id, index) => id === ids[count + index]),
  );
  const marks = before === undefined ? [] : ids.slice(before + plain.length);
  return [...ids.slice(0, Math.max(0, most - marks.length)), ...marks].slice(0, most);
}

/** Decoded behind a letter, a token shows whether it begins a word. */
function wordsBy(
  decode: (ids: readonly number[]) => string,
  added: ReadonlyMap<number, string>,
  encodePlain: (text: string) => readonly number[],
): (id: number) => string {
  const words = new Map<number, string>();
  let letter: readonly number[] | undefined;
  const wordOf = (id: number): string => {
    letter ??= lettersOf(encodePlain);
    const alone = decode(letter);
    const both = decode([...letter, id]);
    return added.get(id) ?? (both.startsWith(alone) ? both.slice(alone.length) : decode([id]));
  };
  return (id) => {
    const word = words.get(id) ?? wordOf(id);
    words.set(id, word);
    return word;
  };
}

/** What comes before a word that shall show its space; nothing where the vocabulary knows no letter. */
function lettersOf(encodePlain: (text: string) => readonly number[]): readonly number[] {
  try {
    return encodePlain('a');
  } catch {
    return [];
  }
}

/** One question of a user, with the beginning of the answer. */
const chatOf =
  (theirs: PreTrainedTokenizer) =>
  (prompt: string): readonly number[] => {
    try {
      const text = theirs.apply_chat_template([{ role: 'user', content: prompt }], {
        add_generation_prompt: true,
        tokenize: false,
      });
      return idsFrom(theirs, text, false);
    } catch (error) {
      throw new ModelError(
        `The model's chat template can't be used: ${wordsOf(error)}. Give the prompt as plain text.`,
      );
    }
  };

/** Those who don't know write 10³⁰. */
const longestOf = (longest: unknown): number =>
  typeof longest === 'number' && longest >= 1 && longest < 2 ** 30 ? Math.floor(longest) : Infinity;

const markNames = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((name) => `${name}_token`);

/** tokenizer_config.json as transformers.js wants it, with what lies in files of its own. */
async function settingsOf(files: Files): Promise<Record<string, unknown>> {
  const settings = (await readJson(files, 'tokenizer_config.json')) ?? {};
  const marks = (await readJson(files, 'special_tokens_map.json')) ?? {};
  const template = pathNamed(files.keys(), 'chat_template.jinja');
  // What is no text goes: transformers.js would refuse the whole tokenizer for it.
  const named = markNames.map(
    (name) => [name, textOf(settings[name]) ?? textOf(marks[name])] as const,
  );
  const more = settings['additional_special_tokens'];
  return {
    ...settings,
    ...Object.fromEntries(named),
    additional_special_tokens: Array.isArray(more)
      ? (more as unknown[]).map(textOf).filter(isText)
      : [],
    chat_template:
      template === undefined
        ? templateIn(settings['chat_template'])
        : await files.get(template)?.text(),
  };
}

/** A token as text, or as an object with its text in it. */
const textOf = (token: unknown): string | undefined => {
  const text = isRecord(token) ? token['content'] : token;
  return isText(text) ? text : undefined;
};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** One template, or several by name. Others count as none. */
function templateIn(template: unknown): unknown {
  if (isText(template)) return template;
  const list: readonly unknown[] = Array.isArray(template) ? template : [];
  const isNamed = (entry: unknown): boolean =>
    isRecord(entry) && isText(entry['name']) && isText(entry['template']);
  const hasDefault = list.some((entry) => isRecord(entry) && entry['name'] === 'default');
  return hasDefault && list.every(isNamed) ? list : undefined;
}

async function readJson(
  files: Files,
  name: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const path = pathNamed(files.keys(), name);
  const text = path === undefined ? undefined : await files.get(path)?.text();
  if (path === undefined || text === undefined) return undefined;
  const json = parsed(text);
  if (isRecord(json)) return json;
  throw new ModelError(
    `"${path}" beside the model can't be read: it is no JSON object. Download it again.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw unusable(error);
  }
}

const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');

const unusable = (error: unknown): ModelError =>
  new ModelError(`The tokenizer.json beside the model can't be used: ${wordsOf(error)}.`);
