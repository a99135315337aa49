/**
 * Byte-pair encoding's training (Sennrich, Haddow and Birch, "Neural machine translation of rare
 * words with subword units", 2016): join the most frequent pair of neighbors, again and again. Counts
 * are kept per pair and updated only in the words that a merge touches.
 */

/** A word as symbol ids, and how often it occurs. The ids are changed in place. */
export interface CountedWord {
  symbols: number[];
  readonly count: number;
}

/** `left` and `right` were joined into `symbol`. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly symbol: number;
}

/** Below this many symbols a pair fits one exact number. */
const radix = 2 ** 20;

/**
 * Learns up to `wanted` merges; fewer once no pair occurs `least` times. `join` gives the id of the
 * new symbol: the same id twice is right where two pairs spell the same text. Ties go to the older
 * symbols, so the result depends on the words alone.
 */
export function learnMerges(
  words: readonly CountedWord[],
  wanted: number,
  join: (left: number, right: number) => number,
  least = 2,
): Merge[] {
  const pairs = countPairs(words);
  const queue = new PairQueue();
  for (const [pair, { count }] of pairs) queue.push(pair, count);
  const merges: Merge[] = [];
  while (merges.length < wanted) {
    const best = queue.pop((pair) => pairs.get(pair)?.count ?? 0);
    if (best === undefined || pairs.get(best)!.count < least) break;
    const left = Math.floor(best / radix);
    const right = best % radix;
    const symbol = join(left, right);
    merges.push({ left, right, symbol });
    const touched = applyMerge(words, pairs, { left, right, symbol });
    for (const pair of touched) queue.push(pair, pairs.get(pair)!.count);
    pairs.delete(best);
  }
  return merges;
}

interface Pair {
  count: number;
  /** Words that hold it, or held it once. */
  readonly words: Set<number>;
}

function countPairs(words: readonly CountedWord[]): Map<number, Pair> {
  const pairs = new Map<number, Pair>();
  words.forEach((word, index) => changeCounts(pairs, word, index, 1));
  return pairs;
}

/** Adds (sign 1) or takes away (sign -1) the pairs of a word; reports each. */
function changeCounts(
  pairs: Map<number, Pair>,
  { symbols, count }: CountedWord,
  index: number,
  sign: 1 | -1,
  report?: Set<number>,
): void {
  for (let at = 1; at < symbols.length; at++) {
    const key = symbols[at - 1]! * radix + symbols[at]!;
    let pair = pairs.get(key);
    if (!pair) pairs.set(key, (pair = { count: 0, words: new Set() }));
    pair.count += sign * count;
    if (sign > 0) pair.words.add(index);
    report?.add(key);
  }
}

/** Joins the pair in every word that holds it, and gives the pairs that became more frequent. */
function applyMerge(
  words: readonly CountedWord[],
  pairs: Map<number, Pair>,
  merge: Merge,
): ReadonlySet<number> {
  const more = new Set<number>();
  for (const index of pairs.get(merge.left * radix + merge.right)!.words) {
    const word = words[index]!;
    const joined = joinPair(word.symbols, merge);
    if (joined.length === word.symbols.length) continue;
    changeCounts(pairs, word, index, -1);
    word.symbols = joined;
    changeCounts(pairs, word, index, 1, more);
  }
  return more;
}

/** A copy of the symbols with each occurrence of the pair, from the left, replaced. */
export function joinPair(symbols: readonly number[], { left, right, symbol }: Merge): number[] {
  const joined: number[] = [];
  for (let at = 0; at < symbols.length; at++) {
    const here = symbols[at]!;
    if (here === left && symbols[at + 1] === right) {
      joined.push(symbol);
      at++;
    } else joined.push(here);
  }
  return joined;
}

/** A heap of pairs by count, whose counts may have fallen since: they are looked up again when one comes out. */
class PairQueue {
  readonly #heap: { pair: number; count: number }[] = [];

  push(pair: number, count: number): void {
    const heap = this.#heap;
    const entry = { pair, count };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  pop(countOf: (pair: number) => number): number | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (!top) return undefined;
      this.#dropTop();
      const count = countOf(top.pair);
      if (count === top.count) return top.pair;
      if (count > 0 && count < top.count) this.push(top.pair, count);
    }
  }

  #dropTop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function before(a: { pair: number; count: number }, b: { pair: number; count: number }): boolean {
  return a.count > b.count || (a.count === b.count && a.pair < b.pair);
}
