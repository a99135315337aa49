/** Windows of running text to learn from, the same for the same step. */
import type { Random } from '../../core/math/random.ts';
import type { Feeds } from '../../core/runtime.ts';
import { endOfTextId, type BytePairs } from './byte-pair.ts';
import { integers } from './token-rows.ts';

/** Texts one after the other, each after an end of text. */
export interface TokenStream {
  readonly ids: Uint16Array;
  /** Where each text begins: at the end of the text before. */
  readonly starts: Uint32Array;
}

/** Encodes texts into one stream. */
export function tokenStream(pairs: BytePairs, texts: readonly string[]): TokenStream {
  const parts = texts.map((text) => Uint16Array.from([endOfTextId, ...pairs.encode(text)]));
  const ids = new Uint16Array(parts.reduce((sum, part) => sum + part.length, 1));
  const starts = new Uint32Array(parts.length);
  let at = 0;
  parts.forEach((part, index) => {
    starts[index] = at;
    ids.set(part, at);
    at += part.length;
  });
  ids[at] = endOfTextId;
  return { ids, starts };
}

/** A stream, and how much of the batch of a step comes from it. */
export interface Source {
  readonly stream: TokenStream;
  share(step: number): number;
}

export interface LanguageBatches {
  readonly size: number;
  /** Tokens per window. */
  readonly length: number;
  readonly random: Random;
}

/** Gives `input_ids` and `targets` (each token's successor), both [size, length], of a step. */
export function languageBatches(
  sources: readonly Source[],
  { size, length, random }: LanguageBatches,
): (step: number) => Feeds {
  return (step) => {
    const chance = random.fork(`step ${step}`);
    const input = new BigInt64Array(size * length);
    const targets = new BigInt64Array(size * length);
    for (let row = 0; row < size; row++) {
      let left = chance.uniform();
      const { stream } = sources.find((source) => (left -= source.share(step)) < 0) ?? sources[0]!;
      const from = windowStart(stream, length, chance);
      for (let at = 0; at < length; at++) {
        input[row * length + at] = BigInt(stream.ids[from + at]!);
        targets[row * length + at] = BigInt(stream.ids[from + at + 1]!);
      }
    }
    const dims = [size, length];
    return { input_ids: integers(dims, input), targets: integers(dims, targets) };
  };
}

/** Every second window begins with a text, as what people ask for does. */
function windowStart({ ids, starts }: TokenStream, length: number, chance: Random): number {
  const last = ids.length - length - 1;
  const atText = chance.integer(2) === 0;
  const start = starts[chance.integer(starts.length)]!;
  const anywhere = chance.integer(last + 1);
  return Math.min(last, atText ? start : anywhere);
}
