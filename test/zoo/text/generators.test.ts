/** What our generators of text promise: seeded, varied, and without slots left open. */
import { describe, expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import { labelledPairs } from '../../../src/zoo/text/pairs.ts';
import { drawTriplet } from '../../../src/zoo/text/paraphrases.ts';
import { tellStory } from '../../../src/zoo/text/story-grammar.ts';
import { fill } from '../../../src/zoo/text/templates.ts';

describe('templates', () => {
  const random = createRandom(2);

  test('fill slots, capitals and articles', () => {
    expect(fill(random, 'A {thing} is a {thing}. {Thing}!', { thing: 'apple' })).toBe(
      'An apple is an apple. Apple!',
    );
  });

  test('choose inside of choices', () => {
    const seen = new Set(Array.from({ length: 60 }, () => fill(random, '(x|(y|z)w)', {})));
    expect([...seen].sort()).toEqual(['x', 'yw', 'zw']);
  });

  test('name a slot that has no value', () => {
    expect(() => fill(random, 'the {colour}', {})).toThrow('{colour}');
  });
});

describe('stories', () => {
  const random = createRandom(11);
  const stories = Array.from({ length: 2000 }, () => tellStory(random));

  test('are whole, and of a length', () => {
    for (const story of stories) {
      expect(story).not.toMatch(/[{}()|]|undefined| {2}| \n|\n /);
      const words = story.split(/\s+/).length;
      expect(words).toBeGreaterThan(60);
      expect(words).toBeLessThan(260);
    }
  });

  test('differ from each other', () => {
    expect(new Set(stories).size).toBe(stories.length);
  });

  test('are the same for the same seed', () => {
    expect(tellStory(createRandom(4))).toBe(tellStory(createRandom(4)));
  });
});

describe('paraphrases', () => {
  const random = createRandom(12);
  const triplets = Array.from({ length: 2000 }, () => drawTriplet(random));

  test('are three different, whole sentences', () => {
    for (const { anchor, positive, negative } of triplets) {
      expect(`${anchor} ${positive} ${negative}`).not.toMatch(/[{}()|]|undefined| {2}/);
      expect(new Set([anchor, positive, negative]).size).toBe(3);
    }
  });
});

describe('the labelled pairs', () => {
  test('have labels of 0 to 5, and no sentence twice', () => {
    expect(labelledPairs.length).toBeGreaterThan(110);
    expect(new Set(labelledPairs.map(({ similarity }) => similarity))).toEqual(
      new Set([0, 1, 2, 3, 4, 5]),
    );
    const sentences = labelledPairs.flatMap(({ first, second }) => [first, second]);
    expect(new Set(sentences).size).toBe(sentences.length);
  });
});
