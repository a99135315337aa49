/** The language-model evaluation of MANIFEST.md: TinyStories as token ids, each cut to one window. */
import { encodeText, type Tokenizer } from './llama2-tokenizer.ts';
import type { Samples } from '../../src/core/compress/training.ts';
import type { Feeds, Value } from '../../src/core/runtime.ts';

/** Tokens of a story that are read, BOS included; the published perplexity of 3.731 belongs to it. */
const window = 400;

export interface StorySample {
  readonly feeds: Feeds;
  /** The token that comes next at each position. */
  readonly targets: Value;
  readonly count: number;
}

/** Feeds and targets of each story, for a model with the one input `input_ids`. */
export function storySamples(tokenizer: Tokenizer, stories: readonly string[]): StorySample[] {
  return stories.map((story) => {
    const ids = encodeText(tokenizer, story).slice(0, window);
    const count = ids.length - 1;
    const row = (values: readonly number[]): Value => ({
      dtype: 'int64',
      dims: [1, count],
      data: BigInt64Array.from(values, BigInt),
    });
    return { feeds: { input_ids: row(ids.slice(0, -1)) }, targets: row(ids.slice(1)), count };
  });
}

/** Windows of one length to calibrate and train on, from the beginnings of stories and from within. */
export function storyWindows(
  tokenizer: Tokenizer,
  stories: readonly string[],
  length: number,
): Samples {
  const cut = stories.flatMap((story) => {
    const ids = encodeText(tokenizer, story);
    const count = Math.floor(ids.length / (length + 1));
    return Array.from({ length: count }, (_, at) =>
      ids.slice(at * (length + 1), (at + 1) * (length + 1)),
    );
  });
  const values = (indices: readonly number[], from: number) => ({
    dtype: 'int64' as const,
    dims: [indices.length, length],
    data: BigInt64Array.from(
      indices.flatMap((index) => cut[index]!.slice(from, from + length)),
      BigInt,
    ),
  });
  return {
    label: `${cut.length} windows of ${length} tokens`,
    count: cut.length,
    feeds: (indices) => ({ input_ids: values(indices, 0) }),
    targets: (indices) => values(indices, 1),
  };
}
