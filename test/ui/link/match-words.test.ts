import { expect, test } from 'vitest';

import { presets } from '../../../src/core/compress/presets.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import type { LinkedVariant } from '../../../src/ui/link/link.ts';
import { bytesMatch, isLong, modelMatch, waitingMatch } from '../../../src/ui/link/match-words.ts';

const healed = parseRecipe({ version: 1, steps: [{ technique: 'heal' }] });
const variant = (more: Partial<LinkedVariant> = {}): LinkedVariant => ({
  recipe: presets.int4.recipe,
  sha256: 'a',
  ...more,
});

test('the same bytes are said to be the same', () => {
  expect(bytesMatch(variant(), 'a', true)).toEqual({
    same: true,
    words: '4-bit: the bytes are the same as the sender’s.',
  });
  expect(modelMatch(true, { kind: 'files' }).same).toBe(true);
});

test.each([
  ['another model', variant(), false, /models they were made from differ/],
  ['samples of the sender’s', variant({ own: true }), true, /samples of the sender’s own/],
  ['a training', variant({ recipe: healed }), true, /same kind of device, with as many threads/],
  [
    'a calibration',
    variant({ recipe: presets['best-4bit'].recipe }),
    true,
    /numbers of threads round differently/,
  ],
  ['nothing else', variant(), true, /Another version of Scrunch/],
])('other bytes by %s say why that may be', (_, linked, sameModel, why) => {
  const match = bytesMatch(linked, 'b', sameModel);
  expect(match.same).toBe(false);
  expect(match.words).toMatch(why);
});

test('what trains waits, and promises the comparison where the link has a hash', () => {
  expect([isLong(healed), isLong(presets.int4.recipe)]).toEqual([true, false]);
  const { same, words } = waitingMatch(variant({ recipe: healed, name: 'mine' }));
  expect(same).toBeUndefined();
  expect(words).toMatch(/^mine trains or searches.*compared with the sender’s/);
  expect(waitingMatch({ recipe: healed }).words).not.toContain('compared');
});
