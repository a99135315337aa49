/** A task's figures over many samples, each with its interval. */
import { clusterMean, meanInterval, type Cluster } from '../core/evaluate/bootstrap.ts';
import type { Reading } from '../core/evaluate/quality.ts';
import { wilson, type Interval } from '../core/evaluate/statistics.ts';
import type { Figure, Sum } from './task.ts';

export type Figures<Answer> = Readonly<Record<string, Figure<Answer>>>;
/** By the figure's id. */
export type Readings = Readonly<Record<string, Reading>>;
/** What the figures say of one answer, by their ids; those that have nothing to say are left out. Plain data. */
export type Sums = Readonly<Record<string, Sum>>;

/** Of an answer against the right one. */
export const sumsOfTarget = <Answer>(
  figures: Figures<Answer>,
  answer: Answer,
  target: unknown,
): Sums => sumsBy(figures, (figure) => figure.ofTarget?.(answer, target));

/** Of a compressed model's answer against the original's. */
export const sumsOfOriginal = <Answer>(
  figures: Figures<Answer>,
  answer: Answer,
  original: Answer,
): Sums => sumsBy(figures, (figure) => figure.ofOriginal?.(answer, original));

function sumsBy<Answer>(
  figures: Figures<Answer>,
  sumOf: (figure: Figure<Answer>) => Sum | undefined,
): Sums {
  const entries = Object.entries(figures).flatMap(([id, figure]) => {
    const sum = sumOf(figure);
    return sum && sum.count > 0 ? [[id, sum] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** Gathers figures without keeping the answers. */
export class Tally<Answer> {
  readonly #figures: Figures<Answer>;
  readonly #sums = new Map<string, Sum[]>();

  constructor(figures: Figures<Answer>) {
    this.#figures = figures;
  }

  /** Takes note of an answer whose right one is known. */
  addTarget(answer: Answer, target: unknown): void {
    this.add(sumsOfTarget(this.#figures, answer, target));
  }

  /** Takes note of a compressed model's answer beside the original's. */
  addOriginal(answer: Answer, original: Answer): void {
    this.add(sumsOfOriginal(this.#figures, answer, original));
  }

  /** Takes note of what was found of one answer elsewhere. */
  add(found: Sums): void {
    for (const [id, sum] of Object.entries(found)) {
      const sums = this.#sums.get(id) ?? [];
      this.#sums.set(id, sums);
      sums.push(sum);
    }
  }

  /** The figures that had something to say, in the order of the task. */
  result(): Readings {
    const entries = Object.entries(this.#figures).flatMap(([id, figure]) => {
      const sums = this.#sums.get(id);
      return sums ? [[id, readingOf(figure, sums)] as const] : [];
    });
    return Object.fromEntries(entries);
  }
}

function readingOf<Answer>(
  { over, show, unit }: Figure<Answer>,
  sums: readonly Cluster[],
): Reading {
  const n = sums.length;
  if (over === 'max') {
    return { value: Math.max(...sums.map(({ sum, count }) => sum / count)), n };
  }
  const shown = show === 'exp' ? Math.exp : (x: number) => x;
  const value = clusterMean(sums);
  const interval = Number.isFinite(value) ? intervalOf(unit, sums) : undefined;
  return {
    value: shown(value),
    n,
    ...(interval ? { interval: [shown(interval[0]), shown(interval[1])] } : {}),
  };
}

function intervalOf(unit: string, sums: readonly Cluster[]): Interval | undefined {
  if (sums.length < 2) return undefined;
  // Independent yes-or-no readings have an exact model; parts of one sample hang together.
  const plain = sums.every(({ sum, count }) => count === 1 && (sum === 0 || sum === 1));
  if (unit === 'share' && plain) {
    return wilson(
      sums.reduce((total, { sum }) => total + sum, 0),
      sums.length,
    );
  }
  if (unit !== 'share') return meanInterval(sums);
  const most = sums.every(({ sum, count }) => sum <= count) ? 1 : Infinity;
  return meanInterval(sums, { within: [0, most] });
}
