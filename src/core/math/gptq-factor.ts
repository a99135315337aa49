/** What GPTQ needs to know of a layer's inputs: an order of its input channels, and a factor of their inverse Gram. */
import { inverseFactor } from './cholesky.ts';
import type { Linear } from './linear.ts';

/** In which order channels are rounded: the most active first, or as they lie. */
export type ChannelOrder = 'activation' | 'natural';

export interface GptqFactor {
  /** Upper triangular, [size, size], for channels in the order below; see `inverseFactor`. */
  readonly upper: Float64Array;
  /** The i-th channel to be rounded is `order[i]`. */
  readonly order: Int32Array;
  /** The share of the mean of the diagonal that was added to it. */
  readonly damping: number;
}

/** More damping than this leaves little of what the channels have to do with each other. */
const mostDamping = 1;
const leastDamping = 0.01;

/**
 * The factor of a Gram matrix with `damping` times the mean of its diagonal added to the diagonal;
 * with three times as much, and so on up to 1, where that has none. Undefined where none is found.
 */
export function gptqFactor(
  linear: Linear,
  gram: Float64Array,
  size: number,
  damping: number,
  channelOrder: ChannelOrder,
): GptqFactor | undefined {
  const order = channelsBy(channelOrder, gram, size);
  const turned = new Float64Array(size * size);
  for (;;) {
    for (let i = 0; i < size; i++) {
      const row = order[i]! * size;
      for (let j = 0; j < size; j++) turned[i * size + j] = gram[row + order[j]!]!;
    }
    const upper = inverseFactor(linear, dampedGram(turned, size, damping, turned), size);
    if (upper) return { upper, order, damping };
    if (!(damping < mostDamping)) return undefined;
    damping = Math.min(Math.max(3 * damping, leastDamping), mostDamping);
  }
}

/** Channels with the largest diagonal first, of equal ones the first; or 0, 1, 2, … */
function channelsBy(channelOrder: ChannelOrder, gram: Float64Array, size: number): Int32Array {
  const order = Int32Array.from({ length: size }, (_, channel) => channel);
  if (channelOrder === 'natural') return order;
  const diagonal = (channel: number): number => gram[channel * size + channel]!;
  return order.sort((a, b) => diagonal(b) - diagonal(a) || a - b);
}

/** A Gram matrix with damping on its diagonal, 1 there for a channel that is always 0; written `into` an array, which may be the matrix itself. */
export function dampedGram(
  gram: Float64Array,
  size: number,
  damping: number,
  into: Float64Array = new Float64Array(size * size),
): Float64Array {
  into.set(gram);
  let sum = 0;
  for (let k = 0; k < size; k++) sum += gram[k * size + k]!;
  const added = damping * (sum / size);
  for (let k = 0; k < size; k++) {
    const at = k * size + k;
    into[at] = gram[at] === 0 ? 1 : gram[at]! + added;
  }
  return into;
}
