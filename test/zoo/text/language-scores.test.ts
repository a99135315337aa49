/** Perplexity and bits per byte against models whose predictions are known. */
import { describe, expect, test } from 'vitest';

import type { Feeds, Session } from '../../../src/core/runtime.ts';
import { BytePairs } from '../../../src/zoo/text/byte-pair.ts';
import { languageScore } from '../../../src/zoo/text/language-scores.ts';

const pairs = new BytePairs([]);
const classes = 257;
const sizes = { length: 4, cache: { layers: 1, keyValueHeads: 1, headWidth: 2 } };

/** A model that gives each next token the score that `scoreOf` says. */
function modelOf(scoreOf: (id: number, next: number) => number): Session {
  return {
    inputNames: [],
    outputNames: ['logits'],
    release: () => Promise.resolve(),
    run: ({ input_ids }: Feeds) => {
      const ids = Array.from(input_ids!.data as BigInt64Array, Number);
      const data = Float32Array.from({ length: ids.length * classes }, (_, at) =>
        scoreOf(ids[Math.floor(at / classes)]!, at % classes),
      );
      const dims = [...input_ids!.dims, classes];
      return Promise.resolve({ logits: { dtype: 'float32', dims, data } });
    },
  };
}

describe('languageScore', () => {
  test('of a model that knows nothing: 257 choices, log₂ 257 bits for each byte', async () => {
    const score = await languageScore(
      modelOf(() => 3),
      pairs,
      ['hello world', 'ab'],
      sizes,
    );
    expect(score.perplexity).toBeCloseTo(257, 3);
    expect(score.bitsPerByte).toBeCloseTo(Math.log2(257), 4);
    expect(score.tokens).toBe(13);
  });

  test('of a model that knows the alphabet, also across windows', async () => {
    // "a" is id 98 and follows the end of text; each letter is followed by the next one.
    const alphabet = modelOf((id, next) => (next === (id === 0 ? 98 : id + 1) ? 50 : 0));
    const score = await languageScore(alphabet, pairs, ['abcdefghijkl'], sizes);
    expect(score.perplexity).toBeCloseTo(1, 5);
  });
});
