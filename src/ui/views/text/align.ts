/** Where two texts differ, character by character. */

export interface TextPart {
  readonly text: string;
  /** The other text has it too, at its place. */
  readonly same: boolean;
}

export interface Alignment {
  readonly original: readonly TextPart[];
  readonly compressed: readonly TextPart[];
  /** Characters to insert, delete or replace; undefined where the texts are too long to count. */
  readonly edits: number | undefined;
}

/** A table of this many cells takes some ten milliseconds; longer texts differ as a whole between their common ends. */
const mostCells = 4_000_000;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What a reader takes for characters: letters with their accents, emoji with their parts. */
const charactersOf = (text: string): readonly string[] =>
  Array.from(segmenter.segment(text), ({ segment }) => segment);

/** Aligns two texts with the fewest edits (Levenshtein 1966). */
export function alignTexts(original: string, compressed: string): Alignment {
  const a = charactersOf(original);
  const b = charactersOf(compressed);
  const start = commonStart(a, b);
  const end = Math.min(commonEnd(a, b), a.length - start, b.length - start);
  const middleA = a.slice(start, a.length - end);
  const middleB = b.slice(start, b.length - end);
  const counted = middleA.length * middleB.length <= mostCells;
  const kept = counted
    ? keptCharacters(middleA, middleB)
    : { a: middleA.map(() => false), b: middleB.map(() => false), edits: undefined };
  const whole = (middle: readonly boolean[]): readonly boolean[] => [
    ...Array<boolean>(start).fill(true),
    ...middle,
    ...Array<boolean>(end).fill(true),
  ];
  return {
    original: partsOf(a, whole(kept.a)),
    compressed: partsOf(b, whole(kept.b)),
    edits: kept.edits,
  };
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  const differing = a.findIndex((character, index) => character !== b[index]);
  return differing < 0 ? a.length : differing;
}

const commonEnd = (a: readonly string[], b: readonly string[]): number =>
  commonStart(a.toReversed(), b.toReversed());

interface Kept {
  readonly a: readonly boolean[];
  readonly b: readonly boolean[];
  readonly edits: number;
}

/** Which characters of each stay where the fewest are edited. */
function keptCharacters(a: readonly string[], b: readonly string[]): Kept {
  const width = b.length + 1;
  const edits = distances(a, b);
  const kept = { a: a.map(() => false), b: b.map(() => false) };
  let [i, j] = [a.length, b.length];
  // From the end back along a path of fewest edits.
  while (i > 0 && j > 0) {
    const here = edits[i * width + j]!;
    const same = a[i - 1] === b[j - 1];
    if (here === edits[(i - 1) * width + j - 1]! + (same ? 0 : 1)) {
      i--;
      j--;
      kept.a[i] = kept.b[j] = same;
    } else if (here === edits[(i - 1) * width + j]! + 1) i--;
    else j--;
  }
  return { ...kept, edits: edits[edits.length - 1]! };
}

/** The fewest edits from each beginning of `a` to each beginning of `b`: rows × columns, one more than characters. */
function distances(a: readonly string[], b: readonly string[]): Uint32Array {
  const width = b.length + 1;
  const edits = new Uint32Array((a.length + 1) * width);
  for (let j = 0; j <= b.length; j++) edits[j] = j;
  for (let i = 1; i <= a.length; i++) {
    const row = i * width;
    edits[row] = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = edits[row - width + j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const deleted = edits[row - width + j]! + 1;
      const inserted = edits[row + j - 1]! + 1;
      edits[row + j] = Math.min(replaced, deleted, inserted);
    }
  }
  return edits;
}

/** Runs of characters that are alike in being kept. */
function partsOf(characters: readonly string[], kept: readonly boolean[]): readonly TextPart[] {
  const parts: { text: string; same: boolean }[] = [];
  characters.forEach((character, index) => {
    const same = kept[index] ?? false;
    const last = parts[parts.length - 1];
    if (last?.same === same) last.text += character;
    else parts.push({ text: character, same });
  });
  return parts;
}
