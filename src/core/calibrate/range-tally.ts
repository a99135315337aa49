/** Adds up how far a value reaches and how it lies there, batch by batch. */
import type { Value } from '../runtime.ts';
import type { BoundOutputs } from './measured-ranges.ts';
import { bins } from './pack-statistics.ts';
import type { RangeStatistics } from './statistics.ts';

/** Lowest, highest and mean, of all numbers or of each channel. */
export class Bounds {
  readonly name: string;
  readonly #apart: boolean;
  #count = 0;
  #min = Float64Array.of(Infinity);
  #max = Float64Array.of(-Infinity);
  #sum = Float64Array.of(0);

  /** `apart`: channels are told apart. */
  constructor(name: string, apart: boolean) {
    this.name = name;
    this.#apart = apart;
  }

  get min(): number {
    return this.#min.reduce((a, b) => Math.min(a, b));
  }

  get max(): number {
    return this.#max.reduce((a, b) => Math.max(a, b));
  }

  /** Whether there were values, and all of them were numbers. */
  get isFinite(): boolean {
    return this.#count > 0 && this.#sum.every(Number.isFinite);
  }

  add(names: BoundOutputs, outputs: Readonly<Record<string, Value>>): void {
    const shape = outputs[names.shape]!.data as BigInt64Array;
    const count = shape.reduce((product, dim) => product * Number(dim), 1);
    // The lowest of no values at all is infinite.
    if (count === 0) return;
    const [min, max, sum] = [names.min, names.max, names.sum].map(
      (name) => outputs[name]!.data as Float32Array,
    ) as [Float32Array, Float32Array, Float32Array];
    if (this.#count === 0) {
      this.#min = Float64Array.from(min);
      this.#max = Float64Array.from(max);
      this.#sum = new Float64Array(sum.length);
    }
    this.#count += count;
    for (let at = 0; at < this.#sum.length; at++) {
      this.#min[at] = Math.min(this.#min[at]!, min[at]!);
      this.#max[at] = Math.max(this.#max[at]!, max[at]!);
      this.#sum[at]! += sum[at]!;
    }
  }

  done(): Omit<RangeStatistics, 'histogram'> {
    const channels = this.#sum.length;
    const total = this.#sum.reduce((a, b) => a + b, 0);
    const plain = {
      count: this.#count,
      min: this.min,
      max: this.max,
      mean: total / this.#count,
    };
    if (!this.#apart) return plain;
    return {
      ...plain,
      channelMin: this.#min,
      channelMax: this.#max,
      channelMean: this.#sum.map((sum) => (sum * channels) / this.#count),
    };
  }
}

/** Equally wide bins between two bounds; what lies outside counts to the last bin on that side. */
export class Histogram {
  readonly counts = new Float64Array(bins);
  readonly #min: number;
  readonly #scale: number;

  constructor(min: number, max: number) {
    this.#min = min;
    this.#scale = max > min ? bins / (max - min) : 0;
  }

  add(values: Float32Array): void {
    const { counts } = this;
    for (let at = 0; at < values.length; at++) {
      const bin = Math.floor((values[at]! - this.#min) * this.#scale);
      counts[bin < 0 ? 0 : bin >= bins ? bins - 1 : bin]! += 1;
    }
  }
}
