import { describe, expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import { BytePairs } from '../../../src/zoo/text/byte-pair.ts';
import { languageBatches, tokenStream } from '../../../src/zoo/text/language-batches.ts';

/** Bytes alone: "a" is 98. */
const pairs = new BytePairs([]);

describe('a token stream', () => {
  test('sets an end of text before each text and after the last', () => {
    const { ids, starts } = tokenStream(pairs, ['ab', 'c']);
    expect([...ids]).toEqual([0, 98, 99, 0, 100, 0]);
    expect([...starts]).toEqual([0, 3]);
  });
});

describe('batches', () => {
  const stream = tokenStream(pairs, ['The quick brown fox.', 'Jumps over the lazy dog.']);
  const draw = languageBatches([{ stream, share: () => 1 }], {
    size: 6,
    length: 8,
    random: createRandom(5),
  });

  test('ask for the next token', () => {
    const { input_ids, targets } = draw(3);
    expect(input_ids!.dims).toEqual([6, 8]);
    for (let row = 0; row < 6; row++) {
      const of = (data: unknown) => [...(data as BigInt64Array).subarray(8 * row, 8 * row + 8)];
      expect(of(targets!.data).slice(0, -1)).toEqual(of(input_ids!.data).slice(1));
    }
  });

  test('depend on the step alone', () => {
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });
});
