import { expect, test } from 'vitest';

import { techniqueIds, type TechniqueId } from '../../../src/core/compress/techniques/index.ts';
import { presetObstacles } from '../../../src/ui/words/preset-words.ts';

const real = [{ dtype: 'float32', quantized: false }] as const;
const coded = [{ dtype: 'int8', quantized: true }] as const;

/** Every technique finds a weight but these. */
const targets = (...without: TechniqueId[]) =>
  Object.fromEntries(
    techniqueIds.map((id) => [id, without.includes(id) ? [] : ['w']] as const),
  ) as unknown as Readonly<Record<TechniqueId, readonly string[]>>;

test('nothing stands in the way where there is something to change, or nobody has looked yet', () => {
  expect(presetObstacles(real, targets(), {}, 0).size).toBe(0);
  expect(presetObstacles(real, undefined, {}, 0).size).toBe(0);
});

test('a preset that would change nothing says so', () => {
  const obstacles = presetObstacles(real, targets('factorize-svd'), {}, 0);
  expect([...obstacles]).toEqual([
    ['rank-half', 'this model has no weights that this technique can change.'],
  ]);
});

test('presets for a model of codes stay: chosen, they offer to dequantize first', () => {
  expect(presetObstacles(coded, targets('quantize-block'), {}, 0).size).toBe(0);
});
