/** Adds the sums of batches up in double precision, and divides them in the end. */
import { ModelError } from '../errors.ts';
import type { Value } from '../runtime.ts';
import { countOf, type SiteOutputs } from './measured-rows.ts';
import type { Batch } from './shares.ts';
import type { Site } from './sites.ts';
import type { InputStatistics } from './statistics.ts';

export class Tally {
  readonly #site: Site;
  readonly #names: SiteOutputs;
  readonly #fit: Share;
  readonly #judge: Share;
  readonly #sum: Float64Array;
  readonly #sumAbs: Float64Array;
  readonly #maxAbs: Float64Array;

  constructor(site: Site, names: SiteOutputs) {
    const { groups, channels } = site;
    this.#site = site;
    this.#names = names;
    this.#fit = new Share(groups * channels ** 2);
    this.#judge = new Share(groups * channels ** 2);
    this.#sum = new Float64Array(groups * channels);
    this.#sumAbs = new Float64Array(groups * channels);
    this.#maxAbs = new Float64Array(groups * channels);
  }

  /** Takes what a batch gave. Errors: ModelError for values that are not finite or of another size. */
  add(share: Batch['share'], outputs: Readonly<Record<string, Value>>): void {
    const { gram, sum, sumAbs, maxAbs, count, judged } = this.#names;
    const grouped = this.#site.groups > 1;
    const all = this.#numbers(outputs, gram, this.#fit.gram.length);
    const rows = countOf(outputs[count]!, grouped);
    const into = share === 'fit' ? this.#fit : this.#judge;
    into.add(all, rows, 1);
    if (judged) {
      const some = this.#numbers(outputs, judged.gram, this.#fit.gram.length);
      const held = countOf(outputs[judged.count]!, grouped);
      this.#judge.add(some, held, 1);
      into.add(some, held, -1);
    }
    addTo(this.#sum, this.#numbers(outputs, sum, this.#sum.length));
    addTo(this.#sumAbs, this.#numbers(outputs, sumAbs, this.#sum.length));
    this.#raise(this.#numbers(outputs, maxAbs, this.#sum.length), rows);
  }

  /** What all batches together say; called once. Errors: ModelError for values that are not finite. */
  done(): InputStatistics {
    const { groups, channels, value, weights } = this.#site;
    // A sum of squares that is finite has finite parts.
    if (
      ![...this.#fit.diagonal(channels), ...this.#judge.diagonal(channels)].every(Number.isFinite)
    ) {
      throw new ModelError(
        `The input of weight "${weights[0]}" ("${value}") is not finite for some of the samples. Give other samples, or leave the weight out.`,
      );
    }
    const rows = this.#fit.rows + this.#judge.rows;
    const divided = (sums: Float64Array): Float64Array =>
      sums.map((one) => one / Math.max(rows, 1));
    return {
      channels,
      groups,
      rows: this.#fit.rows,
      heldOutRows: this.#judge.rows,
      gram: this.#fit.mean(channels),
      heldOut: this.#judge.mean(channels),
      mean: divided(this.#sum),
      meanAbs: divided(this.#sumAbs),
      maxAbs: this.#maxAbs,
    };
  }

  #raise(values: Float32Array, rows: number): void {
    // The largest of no values at all is −∞.
    if (rows === 0) return;
    values.forEach((value, index) => {
      if (value > this.#maxAbs[index]!) this.#maxAbs[index] = value;
    });
  }

  #numbers(outputs: Readonly<Record<string, Value>>, name: string, length: number): Float32Array {
    const data = outputs[name]?.data;
    const { value, channels, weights } = this.#site;
    if (!(data instanceof Float32Array) || data.length !== length) {
      throw new ModelError(
        `"${value}" has not the ${channels} channels that weight "${weights[0]}" takes. The graph is damaged; export it again.`,
      );
    }
    return data;
  }
}

/** Sums over the rows of one share. */
class Share {
  readonly gram: Float64Array;
  rows = 0;

  constructor(size: number) {
    this.gram = new Float64Array(size);
  }

  add(gram: Float32Array, rows: number, sign: 1 | -1): void {
    const sums = this.gram;
    for (let at = 0; at < sums.length; at++) sums[at]! += sign * gram[at]!;
    this.rows += sign * rows;
  }

  diagonal(channels: number): Float64Array {
    const diagonal = new Float64Array(this.gram.length / channels);
    return diagonal.map((_, row) => this.gram[row * channels + (row % channels)]!);
  }

  /** The sums become means, symmetric to the last bit whatever the order of the runtime's sums was. */
  mean(channels: number): Float64Array {
    const { gram } = this;
    const by = 2 * Math.max(this.rows, 1);
    for (let start = 0; start < gram.length; start += channels ** 2) {
      for (let i = 0; i < channels; i++) {
        for (let j = 0; j <= i; j++) {
          const [at, other] = [start + i * channels + j, start + j * channels + i];
          gram[at] = gram[other] = (gram[at]! + gram[other]!) / by;
        }
        // What was taken away again may leave less than nothing behind.
        if (gram[start + i * (channels + 1)]! < 0) gram[start + i * (channels + 1)] = 0;
      }
    }
    return gram;
  }
}

function addTo(sums: Float64Array, values: Float32Array): void {
  for (let at = 0; at < sums.length; at++) sums[at]! += values[at]!;
}
