import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { alignTexts, type TextPart } from '../../../../src/ui/views/text/align.ts';

/** Parts as a text with what differs in brackets. */
const marked = (parts: readonly TextPart[]): string =>
  parts.map(({ text, same }) => (same ? text : `[${text}]`)).join('');

const text = (parts: readonly TextPart[]): string => parts.map((part) => part.text).join('');

/** Levenshtein's distance by its recursive definition. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  if (a[0] === b[0]) return distance(a.slice(1), b.slice(1));
  return (
    1 + Math.min(distance(a.slice(1), b), distance(a, b.slice(1)), distance(a.slice(1), b.slice(1)))
  );
}

describe('where two texts differ', () => {
  test('equal texts have one part, empty ones none', () => {
    expect(alignTexts('cat', 'cat')).toEqual({
      original: [{ text: 'cat', same: true }],
      compressed: [{ text: 'cat', same: true }],
      edits: 0,
    });
    expect(alignTexts('', '')).toEqual({ original: [], compressed: [], edits: 0 });
  });

  test.each([
    ['kitten', 'sitting', '[k]itt[e]n', '[s]itt[i]n[g]', 3],
    ['flaw', 'lawn', '[f]law', 'law[n]', 2],
    ['abc', '', '[abc]', '', 3],
    ['banana', 'bana', 'bana[na]', 'bana', 2],
  ])('%s and %s', (a, b, original, compressed, edits) => {
    const aligned = alignTexts(a, b);
    expect(marked(aligned.original)).toBe(original);
    expect(marked(aligned.compressed)).toBe(compressed);
    expect(aligned.edits).toBe(edits);
  });

  test('a letter with its accents is one character', () => {
    // ɪ with a combining tilde against a plain one.
    const { original, edits } = alignTexts('sɪ\u0303n', 'sɪn');
    expect(marked(original)).toBe('s[ɪ\u0303]n');
    expect(edits).toBe(1);
  });

  test('parts make up the texts, and the edits are the fewest', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(short, short, (a, b) => {
        const { original, compressed, edits } = alignTexts(a, b);
        expect(text(original)).toBe(a);
        expect(text(compressed)).toBe(b);
        const same = (parts: readonly TextPart[]) => text(parts.filter((part) => part.same));
        expect(same(original)).toBe(same(compressed));
        expect(edits).toBe(distance(a, b));
      }),
    );
  });

  test('texts too long to align differ as a whole between their common ends', () => {
    const aligned = alignTexts(`x${'a'.repeat(3000)}y`, `x${'b'.repeat(3000)}y`);
    expect(aligned.edits).toBeUndefined();
    expect(aligned.original.map((part) => part.text.length)).toEqual([1, 3000, 1]);
  });
});
