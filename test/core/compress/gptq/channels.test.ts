import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  channelCount,
  emptyCodes,
  gatherChannels,
  scatterChannels,
} from '../../../../src/core/compress/gptq/channels.ts';
import { fitBlocks } from '../../../../src/core/math/grid-fit.ts';
import { normals } from '../fixtures.ts';
import { gridOf } from '../../math/gptq-cases.ts';

fc.configureGlobal({ seed: 41 });

test('a channel is what one output is made of', () => {
  const values = Float32Array.from({ length: 12 }, (_, i) => i);
  // [3, 4] of a MatMul: channels are columns. [4, 3] of a Gemm with transB: rows.
  expect([...gatherChannels(values, { outer: 1, axis: 3, inner: 4 }, [2, 0])]).toEqual([
    2, 0, 6, 4, 10, 8,
  ]);
  expect([...gatherChannels(values, { outer: 4, axis: 3, inner: 1 }, [1])]).toEqual([3, 4, 5]);
  expect([...gatherChannels(values, { outer: 2, axis: 3, inner: 2 }, [3])]).toEqual([7, 9, 11]);
});

test('channels that are fitted in parts come together to the codes of the whole', () => {
  const cases = fc.record({
    outer: fc.integer({ min: 1, max: 4 }),
    axis: fc.integer({ min: 1, max: 40 }),
    inner: fc.integer({ min: 1, max: 4 }),
    blockSize: fc.constantFrom(0, 16, 7),
    symmetric: fc.boolean(),
    cut: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(cases, ({ blockSize, symmetric, cut, ...layout }) => {
      const weights = normals('channels', layout.outer * layout.axis * layout.inner);
      const grid = gridOf(4, symmetric);
      const whole = fitBlocks({ weights, layout, blockSize, grid });
      const joined = emptyCodes(layout, blockSize, grid);
      const all = Array.from({ length: channelCount(layout) }, (_, i) => i);
      for (let at = 0; at < all.length; at += cut) {
        const channels = all.slice(at, at + cut);
        const part = gatherChannels(weights, layout, channels);
        const own = { outer: 1, axis: layout.axis, inner: channels.length };
        const coded = fitBlocks({ weights: part, layout: own, blockSize, grid });
        scatterChannels(joined, layout, channels, coded);
      }
      expect(joined).toEqual(whole);
    }),
    { numRuns: 60 },
  );
});
