/** Statistics as bytes, and back again. */
import { packNumbers, unpackNumbers } from './packed-numbers.ts';
import type { InputStatistics, RangeStatistics } from './statistics.ts';

type Sizes = Pick<InputStatistics, 'channels' | 'groups'>;

/** Of the Grams, which are symmetric, one half. */
export function packStatistics(statistics: InputStatistics): Blob {
  const { channels, groups, rows, heldOutRows, gram, heldOut, ...vectors } = statistics;
  const { mean, meanAbs, maxAbs } = vectors;
  return packNumbers({
    facts: { channels, groups, rows, heldOutRows },
    vectors: {
      gram: halfOf(gram, statistics),
      heldOut: halfOf(heldOut, statistics),
      mean,
      meanAbs,
      maxAbs,
    },
  });
}

/** Undefined for bytes that are not whole, not of this layout, or of other sizes. */
export async function unpackStatistics(
  blob: Blob,
  sizes: Sizes,
): Promise<InputStatistics | undefined> {
  const { facts, vectors } = (await unpackNumbers(blob)) ?? {};
  const { channels, groups } = sizes;
  if (!facts || facts['channels'] !== channels || facts['groups'] !== groups) return undefined;
  const { rows, heldOutRows } = facts;
  const { gram, heldOut, mean, meanAbs, maxAbs } = vectors ?? {};
  const half = (groups * channels * (channels + 1)) / 2;
  if (rows === undefined || heldOutRows === undefined) return undefined;
  if (gram?.length !== half || heldOut?.length !== half) return undefined;
  const row = groups * channels;
  if (mean?.length !== row || meanAbs?.length !== row || maxAbs?.length !== row) return undefined;
  return {
    channels,
    groups,
    rows,
    heldOutRows,
    gram: wholeOf(gram, sizes),
    heldOut: wholeOf(heldOut, sizes),
    mean,
    meanAbs,
    maxAbs,
  };
}

/** The lower triangle of each group's matrix, row by row. */
function halfOf(gram: Float64Array, { channels, groups }: Sizes): Float64Array {
  const half = new Float64Array((groups * channels * (channels + 1)) / 2);
  let at = 0;
  for (let row = 0; row < groups * channels; row++) {
    const length = (row % channels) + 1;
    half.set(gram.subarray(row * channels, row * channels + length), at);
    at += length;
  }
  return half;
}

function wholeOf(half: Float64Array, { channels, groups }: Sizes): Float64Array {
  const gram = new Float64Array(groups * channels * channels);
  let at = 0;
  for (let group = 0; group < groups; group++) {
    const start = group * channels * channels;
    for (let i = 0; i < channels; i++) {
      for (let j = 0; j <= i; j++) {
        const value = half[at++]!;
        gram[start + i * channels + j] = value;
        gram[start + j * channels + i] = value;
      }
    }
  }
  return gram;
}

export function packRange(range: RangeStatistics): Blob {
  const { count, min, max, mean, ...vectors } = range;
  return packNumbers({ facts: { count, min, max, mean }, vectors: { ...vectors } });
}

/** Undefined for bytes that are not whole or not of this layout. */
export async function unpackRange(blob: Blob): Promise<RangeStatistics | undefined> {
  const { facts, vectors } = (await unpackNumbers(blob)) ?? {};
  const { count, min, max, mean } = facts ?? {};
  const { histogram, channelMin, channelMax, channelMean } = vectors ?? {};
  if (count === undefined || min === undefined || max === undefined || mean === undefined) {
    return undefined;
  }
  if (histogram?.length !== bins) return undefined;
  const plain = { count, min, max, mean, histogram };
  if (!channelMin || !channelMax || !channelMean) return plain;
  return { ...plain, channelMin, channelMax, channelMean };
}

/** Of a histogram. */
export const bins = 2048;
