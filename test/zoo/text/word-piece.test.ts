/** Our WordPiece against transformers.js, which loads the files that we write. */
import { BertTokenizer } from '@huggingface/transformers';
import { describe, expect, test } from 'vitest';

import { trainWordPieces, wordPieceFiles, WordPieces } from '../../../src/zoo/text/word-piece.ts';

const texts = [
  'the film is a charming and often affecting journey .',
  'the films were affected; the filming was not affecting at all!',
  "it's a journey, isn't it? the journeys of a filmmaker",
  'un café très agréable, naïve and über-charming – and often so',
];
const corpus = Array.from({ length: 30 }, () => texts).flat();
const vocabulary = trainWordPieces(corpus, 220);
const pieces = new WordPieces(vocabulary);

function theirs(): BertTokenizer {
  const files = wordPieceFiles(vocabulary, 48);
  const json = (name: string): Record<string, unknown> =>
    JSON.parse(files.get(name)!) as Record<string, unknown>;
  return new BertTokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
}

describe('WordPiece', () => {
  const tokenizer = theirs();

  test.each([
    ['words of the training texts', 'The film is a charming and often affecting journey.'],
    ['unseen words', 'Unaffected filmgoers journeyed (by 12 ships) to Atlantis-on-sea'],
    ['accents, case and dashes', 'CAFÉ Ünder Å naïveté — “quoted” … don’t'],
    ['symbols', 'a+b=c; 100% of $5 <tag> `x` ~^|'],
    ['characters outside of the alphabet', 'привет 世界 film 🙂 ok'],
    ['spaces of all kinds', '  a\tb\nc\u00a0d\u200be \u0007f  '],
    ['a word of 150 letters', `${'a'.repeat(150)} film`],
    ['nothing', ''],
  ])('gives the ids of transformers.js: %s', (_, text) => {
    expect(pieces.encode(text)).toEqual(tokenizer.encode(text));
  });

  test('learns whole frequent words and cuts others into known pieces', () => {
    expect(vocabulary).toContain('journey');
    expect(vocabulary).toContain('film');
    expect(pieces.encode('zebra')).not.toContain(1);
  });

  test('learns the same from the same texts in another order', () => {
    expect(trainWordPieces([...corpus].reverse(), 220)).toEqual(vocabulary);
  });

  test('never gives more ids than asked for, and always ends with [SEP]', () => {
    const ids = pieces.encode('the film is a charming and often affecting journey', 6);
    expect(ids).toHaveLength(6);
    expect(ids.at(-1)).toBe(3);
  });
});
