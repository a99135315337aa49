/** KL between models over whole distributions, token by token as they come, without keeping those. */
import { logProbabilities } from '../../core/evaluate/distribution.ts';

/** Two sides by name: how far the second lies from the first. */
export type SidePair = readonly [reference: string, other: string];

/** Σ p (ln p − ln q) of the softmax of two rows of logits, nats; NaN where they are not of the same length or hold NaN. */
export function klOfLogits(reference: Float32Array, other: Float32Array): number {
  const width = reference.length;
  if (other.length !== width) return NaN;
  const p = logProbabilities(reference, 0, width, false);
  const q = logProbabilities(other, 0, width, false);
  let sum = 0;
  for (let at = 0; at < width; at++) sum += Math.exp(p[at]!) * (p[at]! - q[at]!);
  // Rounding may leave a little less than nothing; NaN stays.
  return sum < 0 ? 0 : sum;
}

/** Takes rows of several sides, and lets each go as soon as it has met its partners. */
export class Divergences {
  readonly #pairs: readonly { readonly pair: SidePair; readonly values: number[] }[];
  readonly #rows = new Map<string, Map<number, Float32Array>>();
  readonly #counts = new Map<string, number>();

  constructor(pairs: readonly SidePair[]) {
    this.#pairs = pairs.map((pair) => ({ pair, values: [] }));
  }

  /** The next row of a side. */
  add(side: string, row: Float32Array): void {
    const at = this.#counts.get(side) ?? 0;
    this.#counts.set(side, at + 1);
    const rows = this.#rows.get(side) ?? new Map<number, Float32Array>();
    this.#rows.set(side, rows);
    rows.set(at, row);
    for (const { pair, values } of this.#pairs) {
      const [reference, other] = pair.map((one) => this.#rows.get(one)?.get(values.length));
      if (reference && other) values.push(klOfLogits(reference, other));
    }
    this.#letGo();
  }

  /** Of a pair, by token. */
  of([reference, other]: SidePair): readonly number[] {
    const found = this.#pairs.find(({ pair }) => pair[0] === reference && pair[1] === other);
    return found?.values ?? [];
  }

  #letGo(): void {
    for (const [side, rows] of this.#rows) {
      const own = this.#pairs.filter(({ pair }) => pair.includes(side));
      const met = Math.min(...own.map(({ values }) => values.length));
      for (const at of rows.keys()) if (at < met) rows.delete(at);
    }
  }
}
