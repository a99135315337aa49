import { describe, expect, test } from 'vitest';

import type { AnsweredToken } from '../../../../src/tasks/text-generation.ts';
import {
  divergenceOf,
  divergenceWords,
  doubtOf,
  doubtWords,
  endWords,
  keepTokens,
  probabilityText,
  scoreSummary,
  speedOf,
  tokenName,
  tokenWords,
} from '../../../../src/ui/views/text/tokens.ts';

const token = (id: number, text = ` w${id}`, probability = 0.5): AnsweredToken => ({
  id,
  text,
  probability,
  candidates: [],
});
const tokens = (...ids: number[]): AnsweredToken[] => ids.map((id) => token(id));

describe('where two texts part', () => {
  test('at the first token that differs, not where one is only behind', () => {
    expect(divergenceOf(tokens(1, 2, 3), tokens(1, 2, 4))).toBe(2);
    expect(divergenceOf(tokens(5), tokens(6))).toBe(0);
    expect(divergenceOf(tokens(1, 2, 3), tokens(1, 2))).toBeUndefined();
    expect(divergenceOf([], tokens(1))).toBeUndefined();
  });

  test('is told by the token, not by its text', () => {
    expect(divergenceOf([token(1, '')], [token(2, '')])).toBe(0);
  });

  test.each([
    [tokens(1, 2), tokens(1), false, 'The same so far: 1 token.'],
    [tokens(1, 2), tokens(1, 2), true, 'Both wrote the same 2 tokens.'],
    [tokens(1, 2), tokens(1), true, 'The same for 1 token, then one side wrote no more.'],
    [
      tokens(1, 2, 3),
      tokens(1, 2, 4),
      true,
      'The same for 2 tokens, then the original goes on with “ w3”, the compressed with “ w4”.',
    ],
    [
      tokens(7),
      tokens(8),
      false,
      'They differ from the first token: the original goes on with “ w7”, the compressed with “ w8”.',
    ],
  ])('in words', (original, compressed, over, words) => {
    expect(divergenceWords(original, compressed, over)).toBe(words);
  });
});

describe('tokens on their own', () => {
  test.each([
    [' cat', '“ cat”'],
    ['\n', 'line break'],
    ['\n\n', '2 line breaks'],
    ['.\n', '“.⏎”'],
    ['', 'no text'],
  ])('%j reads %s', (text, words) => {
    expect(tokenWords(text)).toBe(words);
  });

  test('one without text has the name that it has among the candidates', () => {
    const end = { ...token(3, ''), candidates: [{ id: 3, text: '</s>', probability: 0.5 }] };
    expect(tokenName(end)).toBe('“</s>”');
    expect(tokenName(token(3, ''))).toBe('no text');
    expect(tokenName({ ...end, text: ' on' })).toBe('“ on”');
  });

  test('those that say the same stay the same objects', () => {
    const before = tokens(1, 2, 3);
    const fuller: AnsweredToken = {
      ...token(3),
      candidates: [{ id: 9, text: 'x', probability: 0.1 }],
    };
    const kept = keepTokens(before, [...tokens(1, 2), fuller, token(4)]);
    expect(kept[0]).toBe(before[0]);
    expect(kept[1]).toBe(before[1]);
    expect(kept[2]).toBe(fuller);
    expect(kept).toHaveLength(4);
  });

  test('probabilities are never rounded to nothing', () => {
    expect([1, 0.413, 0.0023, 0.00001, 0].map(probabilityText)).toEqual([
      '100.0 %',
      '41.3 %',
      '0.23 %',
      '<0.01 %',
      '0 %',
    ]);
  });
});

test('speed leaves the wait for the first token out', () => {
  const chunk = { id: 1, probability: 1, candidates: [] };
  const news = { side: 'original', milliseconds: 700, firstMilliseconds: 500, done: true } as const;
  // Ten tokens in the 200 ms after the first: 50 a second.
  expect(speedOf({ ...news, chunks: Array(11).fill(chunk) })).toBeCloseTo(50);
  expect(speedOf({ ...news, chunks: [chunk] })).toBeUndefined();
});

test('the end of a text has a reason', () => {
  const answer = { text: '', tokens: tokens(1, 2) };
  expect(endWords({ ...answer, last: 'end' }, 512, false)).toContain('by itself');
  expect(endWords({ ...answer, last: 'context' }, 512, false)).toContain('512 tokens is full');
  expect(endWords({ ...answer, last: 'limit' }, 512, false)).toContain('the 2 tokens');
  expect(endWords(answer, 512, true)).toContain('Stopped');
  expect(endWords(answer, 512, false)).toBe('');
});

describe('given tokens', () => {
  test('perplexity is that of as many equally likely tokens', () => {
    const quarter = (rank: number): AnsweredToken => ({ ...token(1, 'a', 0.25), rank });
    const summary = scoreSummary([quarter(0), quarter(2)]);
    expect(summary?.perplexity).toBeCloseTo(4);
    expect(summary?.meanLogProbability).toBeCloseTo(Math.log(1 / 4));
    expect(summary?.first).toBe(0.5);
    expect(scoreSummary([])).toBeUndefined();
  });

  test('doubt grows in five steps, each with its words', () => {
    expect([0.9, 0.5, 0.49, 0.1, 0.04, 0.01, 0.001, 0].map(doubtOf)).toEqual([
      0, 0, 1, 2, 3, 3, 4, 4,
    ]);
    expect(doubtWords).toEqual(['50 % or more', '20 – 50 %', '5 – 20 %', '1 – 5 %', 'below 1 %']);
  });
});
