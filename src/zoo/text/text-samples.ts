/** The samples that come with the models of text: our own sentences and stories, as token ids. */
import type { Random } from '../../core/math/random.ts';
import { sampleFiles, type SampleColumn } from '../sample-files.ts';
import type { ShippedFiles } from '../zoo-model.ts';
import type { BytePairs } from './byte-pair.ts';
import { tokenStream } from './language-batches.ts';
import { drawTriplet } from './paraphrases.ts';
import { drawRemarks } from './remarks.ts';
import { tellStory } from './story-grammar.ts';
import { pieceIds, type WordPieces } from './word-piece.ts';

const remarkCount = 400;
const sentenceCount = 600;
const windowCount = 400;
/** Tokens of a window. */
const windowLength = 128;
/** Tokens that a window is called by. */
const nameLength = 12;

/** Remarks with what they are: 0 bad, 1 good. */
export function remarkSamples(pieces: WordPieces, longest: number, random: Random): ShippedFiles {
  const remarks = drawRemarks(remarkCount, random);
  return sampleFiles({
    label: `${remarkCount} remarks on films, food, work …`,
    inputs: columnsOf(
      remarks.map(({ text }) => pieces.encode(text, longest)),
      pieceIds.pad,
    ),
    targets: {
      dims: [remarkCount],
      data: Int8Array.from(remarks, ({ positive }) => Number(positive)),
    },
    names: remarks.map(({ text }) => text),
  });
}

/** Sentences, some of which mean the same. */
export function sentenceSamples(pieces: WordPieces, longest: number, random: Random): ShippedFiles {
  const sentences = new Set<string>();
  while (sentences.size < sentenceCount) {
    for (const sentence of Object.values(drawTriplet(random))) sentences.add(sentence as string);
  }
  const names = [...sentences].slice(0, sentenceCount);
  return sampleFiles({
    label: `${sentenceCount} short sentences`,
    inputs: columnsOf(
      names.map((sentence) => pieces.encode(sentence, longest)),
      pieceIds.pad,
    ),
    names,
  });
}

/** Windows of stories one after the other; the right answer at each token is the next. */
export function storySamples(pairs: BytePairs, random: Random): ShippedFiles {
  const stories: string[] = [];
  let { ids } = tokenStream(pairs, stories);
  // Told in tens, for nobody knows how many tokens a story has.
  while (ids.length <= windowCount * windowLength) {
    for (let told = 0; told < 10; told++) stories.push(tellStory(random));
    ({ ids } = tokenStream(pairs, stories));
  }
  const size = windowCount * windowLength;
  const dims = [windowCount, windowLength];
  return sampleFiles({
    label: `${windowCount} pieces of made-up stories`,
    inputs: { input_ids: { dims, data: Int16Array.from(ids.subarray(0, size)) } },
    targets: { dims, data: Int16Array.from(ids.subarray(1, size + 1)) },
    names: Array.from({ length: windowCount }, (_, index) => {
      const start = index * windowLength;
      return `${pairs.decode(ids.subarray(start, start + nameLength)).trim()} …`;
    }),
  });
}

/** Rows of ids filled up to the longest, and the mask that tells which were. */
function columnsOf(
  rows: readonly (readonly number[])[],
  padding: number,
): Record<string, SampleColumn> {
  const length = Math.max(...rows.map((row) => row.length));
  const dims = [rows.length, length];
  const filled = (valueAt: (row: readonly number[], at: number) => number): number[] =>
    rows.flatMap((row) => Array.from({ length }, (_, at) => valueAt(row, at)));
  return {
    input_ids: { dims, data: Int16Array.from(filled((row, at) => row[at] ?? padding)) },
    attention_mask: { dims, data: Int8Array.from(filled((row, at) => Number(at < row.length))) },
  };
}
