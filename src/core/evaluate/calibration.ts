/** Whether a model is right as often as it says: reliability, expected calibration error, Brier score. */
import type { Choice } from './choice.ts';
import { wilson, type Interval } from './statistics.ts';

/** Neighbors in confidence. */
export interface CalibrationBin {
  /** Mean, least and largest confidence in it. */
  readonly confidence: number;
  readonly from: number;
  readonly to: number;
  /** The share that was right. */
  readonly accuracy: number;
  readonly interval: Interval;
  readonly n: number;
}

export interface Calibration {
  /** Of nearly equal numbers of choices, by rising confidence. */
  readonly bins: readonly CalibrationBin[];
  /** Σ n_b ÷ n · |accuracy_b − confidence_b| (Naeini, Cooper and Hauskrecht, 2015; equal-mass bins). */
  readonly ece: number;
  /**
   * What chance alone would make of it were the confidence exact: each bin's |accuracy − confidence| is
   * then that of a normal distribution, √(2 p (1 − p) ÷ (π n_b)). An error near this says nothing.
   */
  readonly eceByChance: number;
  /** Mean of (confidence − right)², right being 0 or 1: the Brier score (1950) of the top answer. */
  readonly brier: number;
  readonly n: number;
}

/** Fewer choices in a bin than this say too little. */
const fewestInBin = 10;

/** Of the choices whose right one is known; undefined where there are fewer than ten. */
export function calibrationOf(choices: Iterable<Choice>, bins = 10): Calibration | undefined {
  const known: { readonly confidence: number; readonly right: 0 | 1 }[] = [];
  for (const { chosen, confidence, target } of choices) {
    if (target === undefined || Number.isNaN(confidence)) continue;
    known.push({ confidence, right: chosen === target ? 1 : 0 });
  }
  const n = known.length;
  if (n < fewestInBin) return undefined;
  known.sort((a, b) => a.confidence - b.confidence);
  const count = Math.max(1, Math.min(bins, Math.floor(n / fewestInBin)));
  const found = Array.from({ length: count }, (_, bin) =>
    binOf(known.slice(Math.round((bin * n) / count), Math.round(((bin + 1) * n) / count))),
  );
  const weighted = (of: (bin: CalibrationBin) => number): number =>
    found.reduce((sum, bin) => sum + (bin.n / n) * of(bin), 0);
  return {
    bins: found,
    ece: weighted(({ accuracy, confidence }) => Math.abs(accuracy - confidence)),
    eceByChance: weighted(({ confidence, n: size }) =>
      Math.sqrt(Math.max(0, 2 * confidence * (1 - confidence)) / (Math.PI * size)),
    ),
    brier: known.reduce((sum, { confidence, right }) => sum + (confidence - right) ** 2, 0) / n,
    n,
  };
}

function binOf(
  members: readonly { readonly confidence: number; readonly right: 0 | 1 }[],
): CalibrationBin {
  const n = members.length;
  const right = members.reduce((sum, one) => sum + one.right, 0);
  return {
    confidence: members.reduce((sum, one) => sum + one.confidence, 0) / n,
    from: members[0]!.confidence,
    to: members[n - 1]!.confidence,
    accuracy: right / n,
    interval: wilson(right, n),
    n,
  };
}
