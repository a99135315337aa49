/** What is known of the channels of a cell, from the statistics of what its readers take. */
import type { InputStatistics } from '../../calibrate/statistics.ts';
import type { Reader } from './cells.ts';

/**
 * The channel of each place of a reader's input, in the order [groups, channels] of its statistics: a
 * row of a product, or a place of a patch [channel, kernel height, kernel width].
 */
export function channelsOf(
  { channelOf }: Reader,
  { channels, groups }: Pick<InputStatistics, 'channels' | 'groups'>,
  count: number,
  view: 'rows' | 'patches',
): Int32Array {
  const perGroup = count / groups;
  const each = view === 'patches' ? channels / perGroup : 1;
  return Int32Array.from({ length: groups * channels }, (_, place) => {
    const group = Math.floor(place / channels);
    const inside = place % channels;
    if (view === 'rows') return channelOf?.(inside) ?? inside;
    return group * perGroup + Math.floor(inside / each);
  });
}

/** The largest of the values at a channel's places. */
export function largestByChannel(
  values: Float64Array,
  channels: Int32Array,
  count: number,
): Float64Array {
  const largest = new Float64Array(count);
  values.forEach((value, place) => {
    const channel = channels[place]!;
    if (value > largest[channel]!) largest[channel] = value;
  });
  return largest;
}

/** The mean of the values at a channel's places. */
export function meanByChannel(
  values: Float64Array,
  channels: Int32Array,
  count: number,
): Float64Array {
  const sums = new Float64Array(count);
  const places = new Float64Array(count);
  values.forEach((value, place) => {
    sums[channels[place]!]! += value;
    places[channels[place]!]! += 1;
  });
  return sums.map((sum, channel) => (places[channel]! > 0 ? sum / places[channel]! : 0));
}
