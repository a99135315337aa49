/** Texts to evaluate with, of the grammars that the embedded models' data came from, drawn anew. */
import type { Random } from '../../core/math/random.ts';
import { drawTriplet } from '../text/paraphrases.ts';
import { labelledPairs } from '../text/pairs.ts';
import { drawRemarks } from '../text/remarks.ts';
import { tellStory } from '../text/story-grammar.ts';

/** Different stories of about 100 to 200 words. */
export function drawStories(count: number, random: Random): readonly string[] {
  const stories = new Set<string>();
  while (stories.size < count) stories.add(tellStory(random));
  return [...stories];
}

export interface DrawnRemark {
  readonly text: string;
  readonly positive: boolean;
}

/** Different remarks on daily life, good and bad in turn, of which there are enough for some thousands. */
export const drawnRemarks = (count: number, random: Random): readonly DrawnRemark[] =>
  drawRemarks(count, random);

/** Sentences with judgments of how alike two of them are. */
export interface JudgedGroup {
  readonly texts: readonly string[];
  readonly judged: readonly { readonly a: number; readonly b: number; readonly score: number }[];
}

/** Triplets in a group: ranks of few pairs say little. */
const tripletsOfGroup = 8;
const pairsOfGroup = 8;

/** Groups in which a sentence and its paraphrase score 1, and it and one that only looks alike score 0. */
export function drawTriplets(groups: number, random: Random): readonly JudgedGroup[] {
  return Array.from({ length: groups }, () => {
    const triplets = Array.from({ length: tripletsOfGroup }, () => drawTriplet(random));
    return {
      texts: triplets.flatMap(({ anchor, positive, negative }) => [anchor, positive, negative]),
      judged: triplets.flatMap((_, at) => [
        { a: 3 * at, b: 3 * at + 1, score: 1 },
        { a: 3 * at, b: 3 * at + 2, score: 0 },
      ]),
    };
  });
}

/** The pairs judged by hand, as many of each degree as can be in every group. */
export function handJudged(): readonly JudgedGroup[] {
  const ordered = [...labelledPairs].sort((a, b) => b.similarity - a.similarity);
  const count = Math.floor(ordered.length / pairsOfGroup);
  return Array.from({ length: count }, (_, group) => {
    const own = ordered.filter((__, at) => at % count === group);
    return {
      texts: own.flatMap(({ first, second }) => [first, second]),
      judged: own.map(({ similarity }, at) => ({ a: 2 * at, b: 2 * at + 1, score: similarity })),
    };
  });
}
