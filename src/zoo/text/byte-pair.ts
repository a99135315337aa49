/**
 * Byte-level byte-pair encoding as in GPT-2 (Radford et al., 2019): text is split into words that keep
 * their leading space, words into UTF-8 bytes, bytes joined by learned merges. Every text can be
 * written, and comes back as it was.
 */
import { joinPair, learnMerges, type Merge } from './pair-merges.ts';

/** Stands between texts, and begins each. Its id is 0. */
export const endOfText = '<|endoftext|>';
export const endOfTextId = 0;

/** Byte b has the id 1 + b. */
const firstByte = 1;
const firstMerge = firstByte + 256;

/** GPT-2's words. */
const words = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

const utf8 = new TextEncoder();

/** The merges of a vocabulary of `size` ids. */
export function trainBytePairs(texts: Iterable<string>, size: number): Merge[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of text.match(words) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const corpus = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([word, count]) => ({ symbols: byteIds(word), count }));
  let next = firstMerge;
  return learnMerges(corpus, size - firstMerge, () => next++);
}

function byteIds(word: string): number[] {
  return Array.from(utf8.encode(word), (byte) => firstByte + byte);
}

/** Encodes and decodes with learned merges. Remembers the words that it has seen. */
export class BytePairs {
  readonly merges: readonly Merge[];
  /** Bytes of each id; none for the end of a text. */
  readonly #bytes: readonly Uint8Array[];
  readonly #ranks: ReadonlyMap<number, Merge>;
  readonly #known = new Map<string, readonly number[]>();

  constructor(merges: readonly Merge[]) {
    this.merges = merges;
    this.#ranks = new Map(merges.map((merge) => [merge.left * radix + merge.right, merge]));
    const bytes = [new Uint8Array(), ...Array.from({ length: 256 }, (_, b) => Uint8Array.of(b))];
    for (const { left, right } of merges) {
      bytes.push(Uint8Array.of(...bytes[left]!, ...bytes[right]!));
    }
    this.#bytes = bytes;
  }

  /** Number of ids. */
  get size(): number {
    return this.#bytes.length;
  }

  /** The ids of a text, without an end of text. Written out in a text, that is ordinary text. */
  encode(text: string): number[] {
    const ids: number[] = [];
    for (const word of text.match(words) ?? []) {
      for (const id of this.#wordIds(word)) ids.push(id);
    }
    return ids;
  }

  /** The text of ids; the end of a text gives nothing, broken UTF-8 a replacement character. */
  decode(ids: Iterable<number>): string {
    const parts = Array.from(ids, (id) => this.bytesOf(id));
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  }

  /** The bytes that an id stands for. Errors: RangeError for an unknown id. */
  bytesOf(id: number): Uint8Array {
    const bytes = this.#bytes[id];
    if (!bytes) throw new RangeError(`Token ${id} is not one of 0 … ${this.size - 1}.`);
    return bytes;
  }

  #wordIds(word: string): readonly number[] {
    let ids = this.#known.get(word);
    if (!ids) this.#known.set(word, (ids = this.#join(byteIds(word))));
    return ids;
  }

  /** Applies the earliest learned merge that fits, until none does. */
  #join(symbols: number[]): number[] {
    for (;;) {
      let best: Merge | undefined;
      for (let at = 1; at < symbols.length; at++) {
        const merge = this.#ranks.get(symbols[at - 1]! * radix + symbols[at]!);
        if (merge && (!best || merge.symbol < best.symbol)) best = merge;
      }
      if (!best) return symbols;
      symbols = joinPair(symbols, best);
    }
  }
}

/** More than there are ids, so that a pair of them is one number. */
const radix = 2 ** 20;

/** tokenizer.json and tokenizer_config.json as transformers.js and Hugging Face read them. */
export function bytePairFiles({ merges }: BytePairs, longest: number): ReadonlyMap<string, string> {
  const config = {
    tokenizer_class: 'GPT2Tokenizer',
    // Else the pipeline of transformers.js writes without the mark that every story began with.
    add_bos_token: true,
    add_prefix_space: false,
    clean_up_tokenization_spaces: false,
    model_max_length: longest,
    bos_token: endOfText,
    eos_token: endOfText,
    unk_token: endOfText,
  };
  return new Map([
    ['tokenizer.json', JSON.stringify(tokenizerOf(merges))],
    ['tokenizer_config.json', `${JSON.stringify(config, undefined, 2)}\n`],
  ]);
}

function tokenizerOf(merges: readonly Merge[]) {
  const names = [endOfText, ...byteLetters()];
  for (const { left, right } of merges) names.push(names[left]! + names[right]!);
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: endOfTextId,
        content: endOfText,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: { ...byteLevel, use_regex: true },
    post_processor: beginWithEndOfText(),
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(names.map((name, id) => [name, id])),
      merges: merges.map(({ left, right }) => `${names[left]!} ${names[right]!}`),
    },
  };
}

function beginWithEndOfText() {
  const end = { SpecialToken: { id: endOfText, type_id: 0 } };
  const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  return {
    type: 'TemplateProcessing',
    single: [end, text('A', 0)],
    pair: [end, text('A', 0), text('B', 1)],
    special_tokens: {
      [endOfText]: { id: endOfText, ids: [endOfTextId], tokens: [endOfText] },
    },
  };
}

/** GPT-2's letters for bytes: printable ones stand for themselves, the others for U+0100 and on. */
function byteLetters(): string[] {
  let other = 256;
  const isPrintable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrintable(byte) ? byte : other++),
  );
}
