/** What variants can be plotted by: one table for all models, and a line for each figure of a task. */
import { formatBytes } from '../../core/errors.ts';
import type { Figure } from '../../tasks/task.ts';
import { originalId, type Measured, type VariantRecord } from '../state/variant.ts';
import { formatMilliseconds } from '../words.ts';

export type Better = 'lower' | 'higher';
type Unit = 'bytes' | 'ms' | 'share' | 'nats' | 'dB' | 'per second' | '';

export interface Axis {
  /** The key of the figure in `Variant.figures`. */
  readonly key: string;
  readonly label: string;
  readonly unit: Unit;
  /** Whether a logarithmic scale shows it better: it spans decades. */
  readonly log: boolean;
  readonly better: Better;
  /** What it is when nothing was done to the model, by definition; absent where it is measured. */
  readonly ofOriginal?: number;
}

/** Sizes and times, the same for every model. */
const fixed = [
  { key: 'stored', label: 'Size of the file', unit: 'bytes', log: true, better: 'lower' },
  { key: 'coded', label: 'Size when coded', unit: 'bytes', log: true, better: 'lower' },
  { key: 'resident', label: 'Memory in use', unit: 'bytes', log: true, better: 'lower' },
  { key: 'load', label: 'Time to load', unit: 'ms', log: true, better: 'lower' },
  { key: 'p50', label: 'Time of a run, median', unit: 'ms', log: true, better: 'lower' },
  { key: 'p95', label: 'Time of a run, p95', unit: 'ms', log: true, better: 'lower' },
  { key: 'p99', label: 'Time of a run, p99', unit: 'ms', log: true, better: 'lower' },
  { key: 'first', label: 'Time to the first token', unit: 'ms', log: true, better: 'lower' },
  { key: 'rate', label: 'Tokens', unit: 'per second', log: false, better: 'higher' },
] as const satisfies readonly Axis[];

/** Figures as far as axes need them. */
type Known = Pick<Figure<never>, 'label' | 'unit' | 'better' | 'show' | 'ofTarget' | 'ofOriginal'>;

/** Every axis of a model whose task has these figures: what answers are worth first, then sizes and times. */
export function axesOf(figures: Readonly<Record<string, Known>>): readonly Axis[] {
  const judged = Object.entries(figures).flatMap(([id, figure]): Axis[] =>
    figure.ofTarget ? [{ key: `judged:${id}`, ...ofFigure(figure) }] : [],
  );
  const between = Object.entries(figures).flatMap(([id, figure]): Axis[] => {
    if (!figure.ofOriginal) return [];
    const itself = sameAsItself(figure);
    const axis = { key: `between:${id}`, ...ofFigure(figure) };
    return [itself === undefined ? axis : { ...axis, ofOriginal: itself }];
  });
  return [...judged, ...between, ...fixed];
}

const ofFigure = ({ label, unit, better, show }: Known): Omit<Axis, 'key'> => ({
  label: `${label.charAt(0).toUpperCase()}${label.slice(1)}`,
  // What is under the exponent is in nats; a perplexity has no unit.
  unit: show === 'exp' ? '' : unit,
  log: false,
  better,
});

/** What a figure says of a model beside itself; undefined where that depends on the answers. */
function sameAsItself({ unit, better, show }: Known): number | undefined {
  if (show) return undefined;
  if (better === 'lower') return 0;
  return unit === 'share' ? 1 : undefined;
}

/** Which axes a plot begins with: size across, and up the first figure that any variant has. */
export function firstAxes(
  axes: readonly Axis[],
  variants: readonly Pick<VariantRecord, 'figures'>[],
): { readonly x: string; readonly y: string } {
  const quality = axes.filter(({ key }) => key.includes(':'));
  const measured = quality.find(({ key }) => variants.some(({ figures }) => key in figures));
  return { x: 'stored', y: (measured ?? quality[0])?.key ?? 'p50' };
}

/** A variant's figure on an axis; undefined where it was not measured. */
export function figureOn(
  { key, ofOriginal }: Axis,
  variant: Pick<VariantRecord, 'id' | 'bytes' | 'figures'>,
): Measured | undefined {
  if (Object.hasOwn(variant.figures, key)) return variant.figures[key];
  if (key === 'stored') return { value: variant.bytes, on: 'the file' };
  if (variant.id === originalId && ofOriginal !== undefined) {
    return { value: ofOriginal, on: 'by definition' };
  }
  return undefined;
}

/** A value with its unit: `1.2 MB`, `3.1 ms`, `97.3 %`, `0.042 nats`. */
export function formatFigure(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return 'not a number';
  switch (unit) {
    case 'bytes':
      return formatBytes(Math.round(value));
    case 'ms':
      return formatMilliseconds(value);
    case 'share':
      return `${(100 * value).toFixed(1)} %`;
    case 'per second':
      return `${plain(value)} per s`;
    default:
      return unit ? `${plain(value)} ${unit}` : plain(value);
  }
}

/** Three significant digits, with an exponent where they would drown in zeros. */
function plain(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return value.toExponential(1).replace('-', '−');
  return String(Number(value.toPrecision(3))).replace('-', '−');
}
