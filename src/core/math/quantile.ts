/** Order statistics: the k-th smallest magnitude by counting, and interpolated quantiles. */

/** A magnitude's place among others: its value and how many are strictly smaller. */
export interface RankedMagnitude {
  readonly value: number;
  readonly below: number;
}

const highBuckets = 1 << 15;
const lowBuckets = 1 << 16;

/**
 * The magnitude |x| of the given rank, 0 for the smallest, in linear time: the bits of a positive
 * float32 count upward with its value, so two histograms, of the upper and of the lower 16 bits,
 * find it. NaN ranks above Infinity. Where several share the value, `below` tells how many of them
 * lie under the rank. Errors: RangeError where no value has this rank.
 */
export function selectMagnitude(values: Float32Array, rank: number): RankedMagnitude {
  const selection = new MagnitudeSelection(rank);
  selection.count(values);
  selection.narrow();
  selection.count(values);
  return selection.result();
}

/**
 * The same over data that is not in memory at once: `count` every part, `narrow`, `count` every part
 * again in any order, `result`.
 */
export class MagnitudeSelection {
  private readonly rank: number;
  private readonly high = new Uint32Array(highBuckets);
  private readonly low = new Uint32Array(lowBuckets);
  private highBits = -1;
  private belowHigh = 0;

  /** Errors: RangeError for a rank that is no whole number from 0 up. */
  constructor(rank: number) {
    if (!Number.isInteger(rank) || rank < 0) throw new RangeError(`${rank} is no rank.`);
    this.rank = rank;
  }

  /** Takes note of one part. */
  count(values: Float32Array): void {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const { high, low, highBits } = this;
    // By index: V8 takes three times as long to iterate over a typed array.
    if (highBits < 0) {
      for (let i = 0; i < bits.length; i++) high[(bits[i]! & 0x7fffffff) >>> 16]!++;
    } else {
      for (let i = 0; i < bits.length; i++) {
        if ((bits[i]! & 0x7fffffff) >>> 16 === highBits) low[bits[i]! & 0xffff]!++;
      }
    }
  }

  /** Ends the first round. Errors: RangeError where no value has the rank. */
  narrow(): void {
    const { bucket, below } = locate(this.high, this.rank);
    this.highBits = bucket;
    this.belowHigh = below;
  }

  /** Ends the second round. */
  result(): RankedMagnitude {
    const { bucket, below } = locate(this.low, this.rank - this.belowHigh);
    const bits = new Uint32Array([(this.highBits << 16) | bucket]);
    return { value: new Float32Array(bits.buffer)[0]!, below: this.belowHigh + below };
  }
}

/** The bucket that holds the rank, and how many values lie in the buckets before it. */
function locate(histogram: Uint32Array, rank: number): { bucket: number; below: number } {
  let below = 0;
  for (let bucket = 0; bucket < histogram.length; bucket++) {
    const next = below + histogram[bucket]!;
    if (rank < next) return { bucket, below };
    below = next;
  }
  throw new RangeError(`No value has rank ${rank}: there are ${below}.`);
}

/**
 * The value below which a share p of the values lies, interpolated between neighbors: definition 7
 * of Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996), NumPy's default. The values
 * may come in any order and are not changed. Errors: RangeError for no values or p outside [0, 1].
 */
export function quantile(values: ArrayLike<number>, p: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), p);
}

/** `quantile` of values that ascend already. */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${p} is no share; give a number from 0 to 1.`);
  if (sorted.length === 0) throw new RangeError('No values have no quantile.');
  const position = p * (sorted.length - 1);
  const index = Math.floor(position);
  const left = sorted[index]!;
  const right = sorted[Math.min(index + 1, sorted.length - 1)]!;
  // Equal neighbors need no arithmetic, which would make NaN of two infinities.
  return left === right ? left : left + (right - left) * (position - index);
}
