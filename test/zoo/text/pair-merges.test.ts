/** The pair merger against a plain one that counts everything anew before each merge. */
import { describe, expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import {
  joinPair,
  learnMerges,
  type CountedWord,
  type Merge,
} from '../../../src/zoo/text/pair-merges.ts';

/** The most frequent pair; of equals the one with the smallest ids. */
function mostFrequent(words: readonly CountedWord[]): [number, number, number] | undefined {
  const counts = new Map<string, number>();
  for (const { symbols, count } of words) {
    symbols.slice(1).forEach((right, at) => {
      const key = `${symbols[at]!},${right}`;
      counts.set(key, (counts.get(key) ?? 0) + count);
    });
  }
  const all = [...counts].map(([key, count]) => [...key.split(',').map(Number), count]);
  all.sort(([a, b, m], [c, d, n]) => n! - m! || a! - c! || b! - d!);
  return all[0] as [number, number, number] | undefined;
}

function plainMerges(words: CountedWord[], wanted: number, first: number) {
  const merges: Merge[] = [];
  while (merges.length < wanted) {
    const best = mostFrequent(words);
    if (!best || best[2] < 2) break;
    const merge = { left: best[0], right: best[1], symbol: first + merges.length };
    for (const word of words) word.symbols = joinPair(word.symbols, merge);
    merges.push(merge);
  }
  return merges;
}

describe('learnMerges', () => {
  test('learns what "aaabdaaabac" teaches: aa, then ab, then the two together', () => {
    const words = [{ symbols: Array.from('aaabdaaabac', (c) => c.charCodeAt(0) - 97), count: 1 }];
    let next = 10;
    const merges = learnMerges(words, 3, () => next++);
    expect(merges.map(({ left, right }) => [left, right])).toEqual([
      [0, 0],
      [0, 1],
      [10, 11],
    ]);
  });

  test('agrees with counting anew on seeded words', () => {
    const random = createRandom(7);
    const draw = () =>
      Array.from({ length: 60 }, () => ({
        symbols: Array.from({ length: 1 + random.integer(12) }, () => random.integer(4)),
        count: 1 + random.integer(5),
      }));
    const words = draw();
    let next = 4;
    const merges = learnMerges(structuredClone(words), 40, () => next++);
    expect(merges).toEqual(plainMerges(words, 40, 4));
  });

  test('stops where no pair occurs twice', () => {
    expect(learnMerges([{ symbols: [0, 1, 2], count: 1 }], 5, () => 3)).toEqual([]);
  });
});
