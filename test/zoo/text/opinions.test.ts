/** That nothing of the evaluation set is trained on. */
import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import {
  parseTable,
  readHeldOutOpinions,
  readOpinions,
  unlike,
} from '../../../src/zoo/text/opinions.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';

describe('unlike', () => {
  const fresh = unlike([
    "it 's a charming and often affecting journey that does n't end .",
    'well-made but emotionless .',
    'cool .',
  ]);

  test.each([
    [
      'the same with other spaces',
      "It's a charming and often affecting journey that doesn't end",
      false,
    ],
    ['a long part of it', 'surely a charming and often affecting journey', false],
    ['a short part of it', 'a charming and often', true],
    ['a short one inside of a longer text', 'this is well made, but emotionless, and long', false],
    ['a single word', 'Cool', false],
    ['a text with that word', 'a cool and quiet film', true],
    ['something else', 'no film was ever less like the others in this list', true],
  ])('%s', (_, text, expected) => {
    expect(fresh(text)).toBe(expected);
  });
});

test('parseTable leaves out the heading', () => {
  expect(parseTable('sentence\tlabel\nwell-conceived \t1\ntoo long\t0\n')).toEqual([
    { text: 'well-conceived', positive: true },
    { text: 'too long', positive: false },
  ]);
});

describe.skipIf(!hasShared)(`the material (${hasShared ? 'present' : skipReason})`, () => {
  const read = (path: string) => readFile(sharedPath(`data/${path}`));

  test('has 872 held-out sentences, and no more of them in what is trained on', async () => {
    const heldOut = await readHeldOutOpinions(read);
    expect(heldOut).toHaveLength(872);
    const { phrases, sentences, passages, remarks } = await readOpinions(read, heldOut);
    expect(sentences.length).toBeGreaterThan(9500);
    expect(sentences.length).toBeLessThan(10_662 - 750);
    const key = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
    const trained = [phrases, sentences, passages, remarks].flat().map(({ text }) => key(text));
    const whole = new Set(trained);
    expect(heldOut.filter(({ text }) => whole.has(key(text)))).toEqual([]);
  });
});
