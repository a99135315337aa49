/** How the figures of a comparison read. */
import { metrics, type MetricId } from '../../core/evaluate/metrics/index.ts';
import type { OutputQuality, Reading } from '../../core/evaluate/quality.ts';

/** What a column of figures is called, with the unit that the figures do not carry themselves. */
export function metricName(id: MetricId): string {
  const { label, unit } = metrics[id];
  return unit === 'nats' ? `${label} (nats)` : label;
}

/** A metric's value: shares in percent, never rounded to a perfection that it does not have. */
export function figureText(id: MetricId, value: number): string {
  if (Number.isNaN(value)) return 'not a number';
  if (metrics[id].unit === 'share') return shareText(value);
  if (id === 'cosine') return cosineText(value);
  if (value === 0) return '0';
  return Math.abs(value) < 1e-4 ? value.toExponential(1) : value.toPrecision(3);
}

function shareText(share: number): string {
  const percent = 100 * share;
  if (share === 0 || share === 1) return `${percent} %`;
  if (percent > 0 && percent < 0.05) return '<0.1 %';
  if (percent < 100 && percent >= 99.95) return '>99.9 %';
  return `${percent.toFixed(1)} %`;
}

function cosineText(cosine: number): string {
  if (cosine === 1) return '1';
  if (cosine >= 0.9999995) return cosine < 1 ? '>0.999999' : '1';
  return cosine.toFixed(cosine > 0.999 ? 6 : 4);
}

/** The 95 % interval, e.g. `96.1 – 97.5 %`; '' where there is none. */
export function intervalText(id: MetricId, { interval }: Reading): string {
  if (!interval) return '';
  const [low, high] = interval.map((end) => figureText(id, end));
  if (low === high) return '';
  const bothShares = low?.endsWith(' %') && high?.endsWith(' %');
  return `${bothShares ? low?.slice(0, -2) : low} – ${high}`;
}

/** What the figures rest on: samples, and whether intervals stand under them. */
export function basisText(quality: readonly OutputQuality[]): string {
  const readings = quality.flatMap((output) => Object.values(output.metrics));
  const n = Math.max(0, ...readings.map((reading) => reading.n));
  const known = readings.some(({ interval }) => interval);
  const rest = known
    ? 'Means, with their 95 % intervals below; the largest error is a maximum.'
    : 'Means, but for the largest error. Intervals need 10 samples or more.';
  return `n = ${n} ${n === 1 ? 'sample' : 'samples'}. ${rest}`;
}
