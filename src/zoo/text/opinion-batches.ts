/** Batches of labelled opinions, the same for the same step. */
import type { Random } from '../../core/math/random.ts';
import type { Feeds } from '../../core/runtime.ts';
import type { Opinion, Opinions } from './opinions.ts';
import { pick } from './templates.ts';
import { integers, tokenRows } from './token-rows.ts';
import { pieceIds, type WordPieces } from './word-piece.ts';

/**
 * How much of a batch each source gives. Whole sentences are what the model is judged by; labels of
 * passages are those of their reviews, and often wrong.
 */
const shares: Readonly<Record<keyof Opinions, number>> = {
  phrases: 0.5,
  sentences: 0.3,
  passages: 0.15,
  remarks: 0.05,
};

export interface OpinionBatches {
  readonly size: number;
  /** Tokens per text. */
  readonly length: number;
  /** Share of the words that are hidden, so that no single word decides (Iyyer et al., 2015). */
  readonly hidden: number;
  readonly random: Random;
}

/** Gives `input_ids`, `attention_mask` and `targets` (0 negative, 1 positive) of a step. */
export function opinionBatches(
  opinions: Opinions,
  pieces: WordPieces,
  { size, length, hidden, random }: OpinionBatches,
): (step: number) => Feeds {
  const sources = Object.entries(opinions) as [keyof Opinions, readonly Opinion[]][];
  const draw = (chance: Random): Opinion => {
    let left = chance.uniform();
    const source = sources.find(([name]) => (left -= shares[name]) < 0) ?? sources[0]!;
    const one = pick(chance, source[1]);
    if (source[0] !== 'phrases') return one;
    // Half of the phrases are of a few words, and teach less: the longer of two.
    const other = pick(chance, source[1]);
    return other.text.length > one.text.length ? other : one;
  };
  return (step) => {
    const chance = random.fork(`step ${step}`);
    const batch = Array.from({ length: size }, () => draw(chance));
    const rows = batch.map(({ text }) =>
      hideWords(chance, pieces.encode(respelled(chance, text), length), hidden),
    );
    const targets = BigInt64Array.from(batch, ({ positive }) => (positive ? 1n : 0n));
    return { ...tokenRows(rows, length), targets: integers([size], targets) };
  };
}

/** SST-2 writes "do n't", people write "don't": both must be known. */
function respelled(chance: Random, text: string): string {
  return chance.integer(2) === 0 ? text.replace(/ n't\b/g, "n't") : text;
}

function hideWords(chance: Random, ids: readonly number[], share: number): number[] {
  const last = ids.length - 1;
  return ids.map((id, at) =>
    at > 0 && at < last && chance.uniform() < share ? pieceIds.unknown : id,
  );
}
