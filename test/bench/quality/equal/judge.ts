/** How far a variant is from its original, on inputs that it was not calibrated on. */
import { spearman } from '../../../../src/core/evaluate/rank-correlation.ts';
import { cosine } from '../../../../src/core/evaluate/metrics/cosine.ts';
import { kl } from '../../../../src/core/evaluate/metrics/kl.ts';
import { nll } from '../../../../src/core/evaluate/metrics/nll.ts';
import { top1 } from '../../../../src/core/evaluate/metrics/top-1.ts';
import {
  clusterMean,
  meanInterval,
  type Cluster,
} from '../../../../src/core/evaluate/bootstrap.ts';
import { wilson } from '../../../../src/core/evaluate/statistics.ts';
import { largestAt, numbersOf, rowsOf } from '../../../../src/core/evaluate/values.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import type { Value } from '../../../../src/core/runtime.ts';
import { openSide } from '../../../../src/node/side.ts';
import { runtime } from '../runs.ts';
import type { Judged, Subject } from './subject.ts';

/** Perplexity, share of right classes or rank correlation; `distance` is KL in nats, or 1 − cosine. */
export interface Verdict {
  readonly quality: number;
  readonly interval?: readonly [number, number];
  readonly distance: number;
  readonly distanceInterval: readonly [number, number];
  /** The share of rows whose first answer changes; absent for vectors. */
  readonly flips?: number;
}

/** Runs original and variant on everything that judges. */
export async function judge(subject: Subject, variant: Model): Promise<Verdict> {
  const sides = [
    await openSide(subject.model.model, runtime),
    await openSide(variant, runtime),
  ] as const;
  const tally = new Tally(subject);
  for (const one of subject.judged) {
    const outputs: Value[] = [];
    for (const side of sides) {
      const given = (await side.run(one.feeds)).outputs;
      outputs.push(
        subject.output === undefined ? Object.values(given)[0]! : given[subject.output]!,
      );
    }
    tally.add(one, outputs[0]!, outputs[1]!);
  }
  for (const side of sides) await side.release();
  return tally.verdict();
}

class Tally {
  readonly #quality: Subject['quality'];
  readonly #distances: Cluster[] = [];
  readonly #same: Cluster[] = [];
  readonly #losses: Cluster[] = [];
  readonly #pairs: [found: number, judged: number][] = [];
  #right = 0;
  #rows = 0;

  constructor({ quality }: Subject) {
    this.#quality = quality;
  }

  add({ targets, similarity }: Judged, before: Value, after: Value): void {
    if (this.#quality === 'rank correlation') {
      const { rows, width } = rowsOf(after);
      this.#distances.push({ sum: (1 - cosine.compute(before, after)) * rows, count: rows });
      this.#pairs.push([similarityIn(after, width), similarity!]);
      return;
    }
    this.#distances.push(clusterOf(kl.rows!(before, after)));
    this.#same.push(clusterOf(top1.rows!(before, after)));
    if (this.#quality === 'perplexity') {
      this.#losses.push(clusterOf(nll.rows!(targets!, after)));
      return;
    }
    const { rows, width } = rowsOf(after);
    const scores = numbersOf(after);
    const wanted = numbersOf(targets!);
    for (let row = 0; row < rows; row++) {
      this.#rows++;
      if (largestAt(scores, row * width, width) === wanted[row]) this.#right++;
    }
  }

  verdict(): Verdict {
    const distances = {
      distance: clusterMean(this.#distances),
      distanceInterval: meanInterval(this.#distances) ?? [NaN, NaN],
    };
    if (this.#quality === 'rank correlation') {
      const [found, judged] = [0, 1].map((at) => this.#pairs.map((pair) => pair[at]!));
      return { quality: spearman(found!, judged!), ...distances };
    }
    const flips = 1 - clusterMean(this.#same);
    if (this.#quality === 'accuracy') {
      const interval = wilson(this.#right, this.#rows);
      return { quality: this.#right / this.#rows, interval, flips, ...distances };
    }
    const [low, high] = meanInterval(this.#losses) ?? [NaN, NaN];
    const quality = Math.exp(clusterMean(this.#losses));
    return { quality, interval: [Math.exp(low), Math.exp(high)], flips, ...distances };
  }
}

const clusterOf = (readings: ArrayLike<number>): Cluster => ({
  sum: Array.from(readings).reduce((sum, one) => sum + one, 0),
  count: readings.length,
});

/** The cosine of the two vectors of a pair. */
function similarityIn(vectors: Value, width: number): number {
  const x = numbersOf(vectors);
  let [ab, aa, bb] = [0, 0, 0];
  for (let at = 0; at < width; at++) {
    ab += x[at]! * x[width + at]!;
    aa += x[at]! * x[at]!;
    bb += x[width + at]! * x[width + at]!;
  }
  return ab / Math.sqrt(aa * bb);
}
