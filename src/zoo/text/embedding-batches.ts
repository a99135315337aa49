/** Batches for contrastive training: anchors, the sentence that belongs to each, and one that seems to. */
import type { Random } from '../../core/math/random.ts';
import type { Feeds } from '../../core/runtime.ts';
import { drawTriplet, type Triplet } from './paraphrases.ts';
import { pick } from './templates.ts';
import { integers, tokenRows } from './token-rows.ts';
import type { WordPieces } from './word-piece.ts';

export interface EmbeddingBatches {
  /** Anchors per batch; the graph gets three times as many sentences. */
  readonly anchors: number;
  readonly length: number;
  readonly random: Random;
}

/**
 * Gives `input_ids`, `attention_mask` [3 × anchors, length] and `targets` [anchors] of a step: row i
 * belongs to row anchors + i, every other sentence does not. Two of three are paraphrases, the others
 * neighbors in a text, which share a subject more often than not, or two halves of one sentence.
 */
export function embeddingBatches(
  texts: readonly (readonly string[])[],
  pieces: WordPieces,
  { anchors, length, random }: EmbeddingBatches,
): (step: number) => Feeds {
  return (step) => {
    const chance = random.fork(`step ${step}`);
    const triplets = Array.from({ length: anchors }, () =>
      chance.integer(3) > 0 ? drawTriplet(chance) : neighbors(chance, pick(chance, texts)),
    );
    const sentences = [
      ...triplets.map(({ anchor }) => anchor),
      ...triplets.map(({ positive }) => positive),
      ...triplets.map(({ negative }) => negative),
    ];
    const rows = sentences.map((sentence) => pieces.encode(sentence, length));
    const targets = BigInt64Array.from({ length: anchors }, (_, index) => BigInt(index));
    return { ...tokenRows(rows, length), targets: integers([anchors], targets) };
  };
}

/** Two sentences in a row, or a sentence and a part of it; and one from elsewhere in the text. */
function neighbors(chance: Random, text: readonly string[]): Triplet {
  const at = chance.integer(text.length - 1);
  const anchor = text[at]!;
  const positive = chance.integer(2) === 0 ? text[at + 1]! : partOf(chance, anchor);
  return { anchor, positive, negative: pick(chance, text) };
}

/** Most of the words of a sentence, in their order. */
function partOf(chance: Random, sentence: string): string {
  const words = sentence.split(' ').filter(() => chance.integer(10) < 7);
  return words.length > 1 ? words.join(' ') : sentence;
}
