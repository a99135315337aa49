/** How well a decoder predicts texts that it never saw: perplexity per token, bits per byte. */
import type { Feeds, Session, Value } from '../../core/runtime.ts';
import { endOfTextId, type BytePairs } from './byte-pair.ts';
import { integers } from './token-rows.ts';

/** Dims of the decoder's cache, which these windows leave empty. */
export interface CacheSizes {
  readonly layers: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
}

export interface LanguageScore {
  /** exp of the mean loss of a token, in nats. */
  readonly perplexity: number;
  /** Loss of the whole in bits, by its bytes in UTF-8: comparable between tokenizers. */
  readonly bitsPerByte: number;
  readonly tokens: number;
}

/** Windows that run at once. */
const together = 8;

/**
 * Scores texts in consecutive windows of `length` tokens: each window sees nothing of the one before
 * but its last token; a text's first token is predicted from the end of text.
 */
export async function languageScore(
  session: Session,
  pairs: BytePairs,
  texts: readonly string[],
  { length, cache }: { readonly length: number; readonly cache: CacheSizes },
): Promise<LanguageScore> {
  const windows = texts.flatMap((text) => windowsOf([endOfTextId, ...pairs.encode(text)], length));
  let [loss, tokens] = [0, 0];
  for (let start = 0; start < windows.length; start += together) {
    const part = windows.slice(start, start + together);
    const { logits } = await session.run(windowFeeds(part, length, cache));
    loss += lossOf(logits!, part, length);
    tokens += part.reduce((sum, window) => sum + window.length - 1, 0);
  }
  const bytes = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
  return { perplexity: Math.exp(loss / tokens), bitsPerByte: loss / Math.LN2 / bytes, tokens };
}

/** Overlapping by one token, which is the last target of one and the first input of the next. */
function windowsOf(ids: readonly number[], length: number): number[][] {
  const count = Math.ceil((ids.length - 1) / length);
  return Array.from({ length: count }, (_, at) => ids.slice(at * length, (at + 1) * length + 1));
}

/** Short windows are filled up at their ends, where no token that counts sees it. */
function windowFeeds(windows: readonly number[][], length: number, cache: CacheSizes): Feeds {
  const size = windows.length;
  const ids = new BigInt64Array(size * length);
  windows.forEach((window, row) => {
    window.slice(0, -1).forEach((id, at) => (ids[row * length + at] = BigInt(id)));
  });
  const places = BigInt64Array.from(ids, (_, at) => BigInt(at % length));
  const empty: Value = {
    dtype: 'float32',
    dims: [size, cache.keyValueHeads, 0, cache.headWidth],
    data: new Float32Array(0),
  };
  const past = Array.from({ length: cache.layers }, (_, layer) => [
    [`past_key_values.${layer}.key`, empty] as const,
    [`past_key_values.${layer}.value`, empty] as const,
  ]).flat();
  return {
    input_ids: integers([size, length], ids),
    attention_mask: integers([size, length], new BigInt64Array(size * length).fill(1n)),
    position_ids: integers([size, length], places),
    ...Object.fromEntries(past),
  };
}

/** −Σ log softmax(logits) at each window's next tokens, in nats. */
function lossOf({ data, dims }: Value, windows: readonly number[][], length: number): number {
  const scores = data as Float32Array;
  const classes = dims[2]!;
  let loss = 0;
  windows.forEach((window, row) => {
    for (let at = 0; at + 1 < window.length; at++) {
      const from = (row * length + at) * classes;
      loss += surprise(scores.subarray(from, from + classes), window[at + 1]!);
    }
  });
  return loss;
}

function surprise(scores: Float32Array, target: number): number {
  let highest = -Infinity;
  for (const score of scores) if (score > highest) highest = score;
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - highest);
  return highest + Math.log(sum) - scores[target]!;
}
