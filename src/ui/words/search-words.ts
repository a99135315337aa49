/** How the losses of a search read. */
import type { LossUnit } from '../../core/compress/search.ts';
import type { Interval } from '../../core/evaluate/statistics.ts';

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
  const value = shownAs(loss, unit);
  return withUnit(value < 0.001 ? exponential(value) : significant(value), unit);
}

/** `0.012 (0.01 to 0.014)`; all three with an exponent, or none. */
export function formatLossWithin(loss: number, interval: Interval | undefined, unit: LossUnit) {
  if (!interval) return formatLoss(loss, unit);
  const values = [loss, ...interval].map((one) => shownAs(one, unit));
  const isSmall = values.every((value) => !(value >= 0.001));
  const [middle, low, high] = values.map((value) =>
    withUnit(isSmall ? exponential(value) : significant(value), unit),
  ) as [string, string, string];
  return `${middle} (${low} to ${high})`;
}

/** The number as it is shown: nats as they are, shares in percent. */
const shownAs = (loss: number, unit: LossUnit): number =>
  Number.isFinite(loss) ? Math.max(0, unit === 'kl' ? loss : 100 * loss) : NaN;

const withUnit = (text: string, unit: LossUnit): string =>
  unit === 'kl' || text === notNumber ? text : `${text} %`;

const notNumber = 'not a number';

function exponential(value: number): string {
  if (Number.isNaN(value)) return notNumber;
  return value === 0 ? '0' : value.toExponential(0);
}

/** Two significant digits, all before the point, never an exponent. */
function significant(value: number): string {
  if (Number.isNaN(value)) return notNumber;
  if (value === 0) return '0';
  const decimals = 1 - Math.floor(Math.log10(value));
  return String(value >= 100 || decimals <= 0 ? Math.round(value) : plain(value, decimals));
}

/** `0.00005`, where a number alone would read `5e-5`. */
const plain = (value: number, decimals: number): string =>
  value.toFixed(Math.min(decimals, 12)).replace(/\.?0+$/, '');
