/** Sentences to compare, in groups, with judgments of how alike they are where people gave some. */
import { ModelError } from '../../core/errors.ts';
import { cellNamed, numberIn, textOf } from './columns.ts';
import type { DataRow } from './rows.ts';

export interface SentenceGroup {
  readonly texts: readonly string[];
  /** Indices of two of the texts, and how alike a person found them, on any scale. */
  readonly judged: readonly { readonly a: number; readonly b: number; readonly score: number }[];
}

const firstColumns = ['sentence1', 'sentence_1', 'text1', 'text_1', 'first', 'premise', 'a'];
const secondColumns = ['sentence2', 'sentence_2', 'text2', 'text_2', 'second', 'hypothesis', 'b'];
const scoreColumns = ['score', 'similarity', 'similarity_score', 'label', 'gold'];

interface Pair {
  readonly first: string;
  readonly second: string;
  readonly score: number;
}

/** Texts of a group: so many that neighbors mean something, so few that each is compared with each. */
const textsOfGroup = 64;
/** Ranks of few pairs say little; a group of these has at most twice as many texts. */
const pairsOfGroup = 250;

/** Groups of pairs where every row is two texts and a score, else of texts. Errors: ModelError that names the row. */
export function sentenceGroups(rows: readonly DataRow[]): readonly SentenceGroup[] {
  const pairs = rows.map(pairIn);
  if (pairs.every((pair) => pair !== undefined)) {
    return cut(pairs, pairsOfGroup).map(groupOfPairs);
  }
  const texts = rows.map((row) => {
    const text = textOf(row);
    if (text !== undefined) return text;
    throw new ModelError(
      `${row.place} is neither one text nor two with a score. Name the columns "text", or "sentence1", "sentence2" and "score".`,
    );
  });
  return cut(texts, textsOfGroup).map((group) => ({ texts: group, judged: [] }));
}

function pairIn(row: DataRow): Pair | undefined {
  const { cells } = row;
  if (typeof cells === 'string') return undefined;
  const list: readonly unknown[] = Array.isArray(cells) ? cells : [];
  const texts = list.filter((cell) => typeof cell === 'string' && numberIn(cell) === undefined);
  const numbers = list.map(numberIn).filter((number) => number !== undefined);
  const first = cellNamed(row, firstColumns) ?? texts[0];
  const second = cellNamed(row, secondColumns) ?? texts[1];
  // Data sets begin with ids, so the score is the last of the numbers.
  const score = numberIn(cellNamed(row, scoreColumns) ?? numbers.at(-1));
  if (typeof first !== 'string' || typeof second !== 'string') return undefined;
  return score === undefined ? undefined : { first, second, score };
}

function groupOfPairs(pairs: readonly Pair[]): SentenceGroup {
  const places = new Map<string, number>();
  const placeOf = (text: string): number => {
    const place = places.get(text) ?? places.size;
    places.set(text, place);
    return place;
  };
  const judged = pairs.map(({ first, second, score }) => ({
    a: placeOf(first),
    b: placeOf(second),
    score,
  }));
  return { texts: [...places.keys()], judged };
}

/** Groups of nearly the same size, none above `most`. */
function cut<T>(all: readonly T[], most: number): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / most);
  const size = Math.ceil(all.length / count);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}
