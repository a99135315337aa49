/** Figures of a weight's values: how they are spread, which stand out, and what a change did to them. */

/** Figures of one side. Values that are no numbers are counted and left out of all others. */
export interface Spread {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** The standard deviation of all values (divided by n). */
  readonly deviation: number;
  readonly zeros: number;
  readonly notFinite: number;
}

export function spreadOf(values: Float32Array): Spread {
  let [min, max, sum, squares, zeros, notFinite] = [Infinity, -Infinity, 0, 0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (!Number.isFinite(value)) {
      notFinite++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    if (value === 0) zeros++;
    sum += value;
  }
  const count = values.length - notFinite;
  const mean = count === 0 ? 0 : sum / count;
  // In a second pass: the difference of two large sums would lose the digits that matter.
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (Number.isFinite(value)) squares += (value - mean) ** 2;
  }
  const deviation = count === 0 ? 0 : Math.sqrt(squares / count);
  const bounds = count === 0 ? { min: 0, max: 0 } : { min, max };
  return { count: values.length, ...bounds, mean, deviation, zeros, notFinite };
}

/** How many values lie in each of `bins` equal parts of [low, high], its end included; others are left out. */
export function countInBins(
  values: Float32Array,
  low: number,
  high: number,
  bins: number,
): Uint32Array {
  const counts = new Uint32Array(bins);
  const width = (high - low) / bins;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (!(value >= low && value <= high)) continue;
    const bin = width === 0 ? 0 : Math.floor((value - low) / width);
    counts[Math.min(bin, bins - 1)]!++;
  }
  return counts;
}

/** A value that occurs, and how often. */
export interface Level {
  readonly value: number;
  readonly count: number;
}

/** The distinct values in rising order; undefined where there are more than `most`. */
export function levelsOf(values: Float32Array, most = 256): Level[] | undefined {
  const counts = new Map<number, number>();
  for (let index = 0; index < values.length; index++) {
    // −0 and 0 are one level.
    const value = values[index]! + 0;
    if (!Number.isFinite(value)) continue;
    counts.set(value, (counts.get(value) ?? 0) + 1);
    if (counts.size > most) return undefined;
  }
  return Array.from(counts, ([value, count]) => ({ value, count })).sort(
    (a, b) => a.value - b.value,
  );
}

/** What became of values: ‖after − before‖ and what follows from it. */
export interface TensorError {
  /** ‖after − before‖ / ‖before‖; Infinity where nothing was there before. */
  readonly relative: number;
  readonly largest: number;
  /** Where the largest lies among the values. */
  readonly at: number;
  /** Mean of |after − before|. */
  readonly mean: number;
  /** Signal to quantization noise: 10·log₁₀(‖before‖² / ‖after − before‖²), decibels; Infinity without a difference. */
  readonly sqnr: number;
  /** Values that differ at all. */
  readonly changed: number;
}

/** Pairs with a value that is not finite are left out. Errors: RangeError where there are not as many values after. */
export function errorOf(before: Float32Array, after: Float32Array): TensorError {
  checkPairs(before, after);
  let [signal, noise, largest, at, sum, changed, pairs] = [0, 0, 0, 0, 0, 0, 0];
  for (let index = 0; index < before.length; index++) {
    const [from, to] = [before[index]!, after[index]!];
    const difference = Math.abs(to - from);
    if (!Number.isFinite(difference)) continue;
    pairs++;
    signal += from * from;
    noise += difference * difference;
    sum += difference;
    if (difference > 0) changed++;
    if (difference > largest) [largest, at] = [difference, index];
  }
  const relative = noise === 0 ? 0 : signal === 0 ? Infinity : Math.sqrt(noise / signal);
  const sqnr = noise === 0 ? Infinity : 10 * Math.log10(signal / noise);
  return { relative, largest, at, mean: pairs === 0 ? 0 : sum / pairs, sqnr, changed };
}

function checkPairs(before: Float32Array, after: Float32Array): void {
  if (before.length !== after.length) {
    throw new RangeError(`${before.length} values can't be compared with ${after.length}.`);
  }
}

/** Which channel a value belongs to: every `inner` neighbors share one, and `size` of them follow each other. */
export interface Channels {
  readonly size: number;
  readonly inner: number;
}

/** ‖after − before‖ / ‖before‖ in each channel; 0 where both are nothing. Errors: as `errorOf`. */
export function errorByChannel(
  before: Float32Array,
  after: Float32Array,
  { size, inner }: Channels,
): Float32Array {
  checkPairs(before, after);
  const [signal, noise] = [new Float64Array(size), new Float64Array(size)];
  for (let index = 0; index < before.length; index++) {
    const channel = Math.floor(index / inner) % size;
    const [from, to] = [before[index]!, after[index]!];
    const difference = to - from;
    if (!Number.isFinite(difference)) continue;
    signal[channel]! += from * from;
    noise[channel]! += difference * difference;
  }
  return Float32Array.from(noise, (one, channel) =>
    one === 0 ? 0 : Math.sqrt(one / signal[channel]!),
  );
}

/** Values far from the mean, in standard deviations. */
export interface Outliers {
  /** Farther than 3, and than 6, standard deviations. */
  readonly beyond3: number;
  readonly beyond6: number;
  /** The farthest, the first one first. */
  readonly farthest: readonly {
    readonly index: number;
    readonly value: number;
    /** |value − mean| / deviation. */
    readonly deviations: number;
  }[];
  /** The channels with most values beyond 3 deviations. */
  readonly channels: readonly { readonly channel: number; readonly count: number }[];
}

export function outliersOf(
  values: Float32Array,
  { mean, deviation }: Pick<Spread, 'mean' | 'deviation'>,
  { size, inner }: Channels,
  most = 12,
): Outliers {
  const farthest: { index: number; value: number; deviations: number }[] = [];
  const byChannel = new Map<number, number>();
  let [beyond3, beyond6, bar] = [0, 0, 0];
  for (let index = 0; deviation > 0 && index < values.length; index++) {
    const deviations = Math.abs(values[index]! - mean) / deviation;
    if (!Number.isFinite(deviations)) continue;
    if (deviations > 3) {
      beyond3++;
      const channel = Math.floor(index / inner) % size;
      byChannel.set(channel, (byChannel.get(channel) ?? 0) + 1);
    }
    if (deviations > 6) beyond6++;
    if (deviations <= bar) continue;
    const place = farthest.findIndex((one) => one.deviations < deviations);
    const value = { index, value: values[index]!, deviations };
    farthest.splice(place < 0 ? farthest.length : place, 0, value);
    if (farthest.length > most) farthest.pop();
    if (farthest.length === most) bar = farthest[most - 1]!.deviations;
  }
  const channels = Array.from(byChannel, ([channel, count]) => ({ channel, count }));
  channels.sort((a, b) => b.count - a.count || a.channel - b.channel);
  return { beyond3, beyond6, farthest, channels: channels.slice(0, 5) };
}
