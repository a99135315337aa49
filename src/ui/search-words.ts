/** How the losses of a search read. */
import type { LossUnit } from '../core/compress/search.ts';
import type { Interval } from '../core/evaluate/statistics.ts';

/** What a loss measures, as a heading. */
export const lossNames: Readonly<Record<LossUnit, string>> = {
  kl: 'KL divergence from the original, in nats',
  flips: 'share of answers that flip',
  'relative-error': 'relative squared error of the outputs',
};

/** The same in a word or two, before a number. */
export const lossShort: Readonly<Record<LossUnit, string>> = {
  kl: 'KL',
  flips: 'flips',
  'relative-error': 'error',
};

/** `0.012`, `1.2 %`, `3e-5`. Losses that came out below 0 by chance read as 0. */
export function formatLoss(loss: number, unit: LossUnit): string {
  if (!Number.isFinite(loss)) return 'not a number';
  const value = unit === 'kl' ? loss : 100 * loss;
  const text =
    value <= 0
      ? '0'
      : value >= 100
        ? value.toFixed(0)
        : value < 0.001
          ? value.toExponential(0)
          : String(Number(value.toPrecision(2)));
  return unit === 'kl' ? text : `${text} %`;
}

/** `0.012 (0.01 to 0.014)`. */
export function formatLossWithin(loss: number, interval: Interval | undefined, unit: LossUnit) {
  if (!interval) return formatLoss(loss, unit);
  const [low, high] = interval.map((end) => formatLoss(end, unit));
  return `${formatLoss(loss, unit)} (${low ?? ''} to ${high ?? ''})`;
}
