/** The scorer on the graph that ships, with its empty cache. */
import { expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { cachedDecoder } from '../../../src/zoo/architectures/decoder.ts';
import { BytePairs } from '../../../src/zoo/text/byte-pair.ts';
import { languageScore } from '../../../src/zoo/text/language-scores.ts';

test('a fresh decoder is about as uncertain as can be, whatever the window', async () => {
  const sizes = { width: 16, layers: 2, heads: 4, keyValueHeads: 2, hidden: 24 };
  const decoder = cachedDecoder(
    { ...sizes, vocabulary: 257, theta: 10_000, epsilon: 1e-5 },
    createRandom(1),
  );
  const session = await nodeRuntime().createSession(writeOnnx(decoder));
  const cache = { layers: 2, keyValueHeads: 2, headWidth: 4 };
  for (const length of [5, 64]) {
    const text = 'Once upon a time there was a small decoder.';
    const score = await languageScore(session, new BytePairs([]), [text], { length, cache });
    expect(score.tokens).toBe(text.length);
    expect(Math.log(score.perplexity)).toBeCloseTo(Math.log(257), 0);
  }
  await session.release();
});
