/**
 * WordPiece (Schuster and Nakajima, 2012; the form of BERT, Devlin et al., 2019): lower-case words
 * and punctuation, each cut greedily into the longest pieces of a vocabulary; pieces that continue a
 * word begin with ##. The vocabulary is learned by pair merges, as Hugging Face's trainer does.
 */
import { learnMerges } from './pair-merges.ts';

/** Tokens with a meaning of their own, by their fixed ids. */
export const specialPieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/** The ids of `specialPieces`. */
export const pieceIds = { pad: 0, unknown: 1, start: 2, end: 3, mask: 4 } as const;

const continuation = '##';

/** Words longer than this many characters are unknown. */
const longestWord = 100;

const words = /[^\s\p{P}!-/:-@[-`{-~]+|[\p{P}!-/:-@[-`{-~]/gu;
const ideographs = /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]/g;

/** Lower case without accents, control characters gone, spaces plain: BERT's normalization. */
export function normalizeText(text: string): string {
  return text
    .replace(/[\0\ufffd]/g, '')
    .replace(/(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '')
    .replace(/\s/g, ' ')
    .replace(ideographs, ' $& ')
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '');
}

/** The words and punctuation marks of a text. */
export function splitWords(text: string): string[] {
  return normalizeText(text).match(words) ?? [];
}

/**
 * A vocabulary of up to `size` pieces: the special ones, every printable ASCII character and each
 * other that occurs `leastCharacter` times, then merges by frequency.
 */
export function trainWordPieces(
  texts: Iterable<string>,
  size: number,
  leastCharacter = 20,
): string[] {
  const counts = countWords(texts);
  const pieces = new Map<string, number>();
  const idOf = (piece: string): number => {
    const known = pieces.get(piece);
    if (known !== undefined) return known;
    pieces.set(piece, pieces.size);
    return pieces.size - 1;
  };
  specialPieces.forEach(idOf);
  const alphabet = alphabetOf(counts, leastCharacter);
  for (const character of alphabet) {
    idOf(character);
    if (/[\p{L}\p{N}]/u.test(character)) idOf(continuation + character);
  }
  const corpus = [...counts]
    .filter(([word]) => Array.from(word).every((character) => alphabet.has(character)))
    .map(([word, count]) => ({ symbols: initialPieces(word).map(idOf), count }));
  const names = [...pieces.keys()];
  learnMerges(corpus, size - pieces.size, (left, right) => {
    const piece = names[left]! + names[right]!.slice(continuation.length);
    const id = idOf(piece);
    names[id] = piece;
    return id;
  });
  return names;
}

/** The first character, and each further one as a continuation. */
function initialPieces(word: string): string[] {
  return Array.from(word).map((character, at) => (at > 0 ? continuation + character : character));
}

/** In the order of the words themselves, so that the sequence of texts does not matter. */
function countWords(texts: Iterable<string>): [string, number][] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of splitWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

function alphabetOf(counts: readonly [string, number][], least: number): ReadonlySet<string> {
  const characters = new Map<string, number>();
  for (let code = 33; code < 127; code++) {
    const character = String.fromCharCode(code);
    if (character === character.toLowerCase()) characters.set(character, least);
  }
  for (const [word, count] of counts) {
    for (const character of word) {
      characters.set(character, (characters.get(character) ?? 0) + count);
    }
  }
  const frequent = [...characters].filter(([, count]) => count >= least);
  return new Set(frequent.map(([character]) => character).sort());
}

/** Cuts texts into the ids of a vocabulary. Remembers the words that it has seen. */
export class WordPieces {
  readonly vocabulary: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #known = new Map<string, readonly number[]>();

  constructor(vocabulary: readonly string[]) {
    this.vocabulary = vocabulary;
    this.#ids = new Map(vocabulary.map((piece, id) => [piece, id]));
  }

  /** The ids between [CLS] and [SEP]; at most `longest` of them, the marks included. Special tokens in the text are text. */
  encode(text: string, longest = Infinity): number[] {
    const ids = [pieceIds.start as number];
    for (const word of splitWords(text)) {
      ids.push(...this.#wordIds(word));
      if (ids.length >= longest) break;
    }
    return [...ids.slice(0, longest - 1), pieceIds.end];
  }

  #wordIds(word: string): readonly number[] {
    let ids = this.#known.get(word);
    if (!ids) this.#known.set(word, (ids = this.#cut(word)));
    return ids;
  }

  #cut(word: string): readonly number[] {
    const characters = Array.from(word);
    if (characters.length > longestWord) return [pieceIds.unknown];
    const ids: number[] = [];
    for (let start = 0; start < characters.length;) {
      const prefix = start > 0 ? continuation : '';
      let end = characters.length;
      let id: number | undefined;
      for (; end > start && id === undefined; end--) {
        id = this.#ids.get(prefix + characters.slice(start, end).join(''));
      }
      if (id === undefined) return [pieceIds.unknown];
      ids.push(id);
      start = end + 1;
    }
    return ids;
  }
}

/** tokenizer.json and tokenizer_config.json as transformers.js and Hugging Face read them. */
export function wordPieceFiles(
  vocabulary: readonly string[],
  longest: number,
): ReadonlyMap<string, string> {
  const [pad, unknown, start, end, mask] = specialPieces;
  const config = {
    // BERT's, but for token_type_ids, which our encoder does not take.
    tokenizer_class: 'DistilBertTokenizer',
    do_lower_case: true,
    strip_accents: null,
    tokenize_chinese_chars: true,
    clean_up_tokenization_spaces: true,
    model_max_length: longest,
    pad_token: pad,
    unk_token: unknown,
    cls_token: start,
    sep_token: end,
    mask_token: mask,
  };
  return new Map([
    ['tokenizer.json', JSON.stringify(tokenizerOf(vocabulary))],
    ['tokenizer_config.json', `${JSON.stringify(config, undefined, 2)}\n`],
  ]);
}

function tokenizerOf(vocabulary: readonly string[]) {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialPieces.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: startAndEnd(),
    decoder: { type: 'WordPiece', prefix: continuation, cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: continuation,
      max_input_chars_per_word: longestWord,
      vocab: Object.fromEntries(vocabulary.map((piece, id) => [piece, id])),
    },
  };
}

function startAndEnd() {
  const special = (id: string, type_id = 0) => ({ SpecialToken: { id, type_id } });
  const sequence = (id: string, type_id = 0) => ({ Sequence: { id, type_id } });
  const entry = (token: string, id: number) => ({ id: token, ids: [id], tokens: [token] });
  const single = [special('[CLS]'), sequence('A'), special('[SEP]')];
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, sequence('B', 1), special('[SEP]', 1)],
    special_tokens: {
      '[CLS]': entry('[CLS]', pieceIds.start),
      '[SEP]': entry('[SEP]', pieceIds.end),
    },
  };
}
