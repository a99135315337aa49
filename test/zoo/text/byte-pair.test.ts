/** Our byte-level BPE against transformers.js, which loads the files that we write. */
import { GPT2Tokenizer } from '@huggingface/transformers';
import { describe, expect, test } from 'vitest';

import { bytePairFiles, BytePairs, trainBytePairs } from '../../../src/zoo/text/byte-pair.ts';

const texts = [
  'Once upon a time, there was a little girl who didn\'t like "sharing" at all.',
  'The café — open since 1907 — wasn’t far; they walked there and walked back.\nThe end.',
];
const pairs = new BytePairs(trainBytePairs([...texts, ...texts, ...texts], 400));

function theirs(): GPT2Tokenizer {
  const files = bytePairFiles(pairs, 256);
  const json = (name: string): Record<string, unknown> =>
    JSON.parse(files.get(name)!) as Record<string, unknown>;
  return new GPT2Tokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
}

describe('byte-level BPE', () => {
  const tokenizer = theirs();
  const cases = [
    ['a sentence', 'Once upon a time there was a girl.'],
    ['unseen words', 'Zygotes quizzically vexed 31,415 jinxed lynxes!'],
    ['other scripts and symbols', 'Ünïcödé – привет 世界 🙂👍🏽 ½²'],
    ['line ends and runs of spaces', 'a  b\n\n\tc   \n d \r\n'],
    ['contractions', "don't I'll we've 'tis o'clock DON'T"],
    ['nothing', ''],
  ] as const;

  test.each(cases)('gives the ids of transformers.js: %s', (_, text) => {
    expect([0, ...pairs.encode(text)]).toEqual(tokenizer.encode(text));
  });

  test.each(cases)('gives back the text: %s', (_, text) => {
    expect(pairs.decode(pairs.encode(text))).toBe(text);
    if (text !== '') expect(tokenizer.decode(pairs.encode(text))).toBe(text);
  });

  test('joins the words of the training texts', () => {
    expect(pairs.size).toBeGreaterThan(290);
    expect(pairs.encode(' walked').length).toBeLessThan(4);
  });

  test('puts the end of text first, with the id 0', () => {
    expect(tokenizer.encode('<|endoftext|>')).toEqual([0, 0]);
    expect(pairs.decode([0, ...pairs.encode('a')])).toBe('a');
  });

  test('refuses an id that is none', () => {
    expect(() => pairs.decode([100_000])).toThrow('Token 100000 is not one of');
  });
});
