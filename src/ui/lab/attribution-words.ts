/** Where an error comes from, in words. */
import type { ApartReport, Attribution } from '../../tasks/evaluation/report.ts';
import { formatFigure } from './axes.ts';

/** What a WebGPU without a graphics card is good for. */
export const softwareWords =
  'Software adapter, correctness only: the processor does the work of a graphics card, so its times say nothing of one.';

export const parts = {
  compression: {
    label: 'Compression',
    what: 'the variant on WASM, held against the original on WASM',
  },
  backend: {
    label: 'Device',
    what: 'the variant on WebGPU, held against itself on WASM',
  },
  total: {
    label: 'Together',
    what: 'the variant on WebGPU, held against the original on WASM',
  },
} as const;

export type Part = keyof typeof parts;
export const partIds = Object.keys(parts) as readonly Part[];

/** One number by which the three parts can be held beside each other: larger is farther apart. */
export interface Measure {
  readonly id: string;
  readonly label: string;
  /** Of each part; shown as `text`. */
  readonly values: Readonly<Record<Part, { readonly error: number; readonly text: string }>>;
}

/** KL first where there is one; then each figure, as what is missing to full agreement. */
export function measuresOf(attribution: Attribution): readonly Measure[] {
  const of = (read: (apart: ApartReport) => { error: number; text: string } | undefined) => {
    const values = partIds.map((part) => [part, read(attribution[part])] as const);
    if (values.some(([, value]) => !value)) return undefined;
    return Object.fromEntries(values) as Measure['values'];
  };
  const kl = of(({ divergence }) =>
    divergence
      ? { error: divergence.mean.value, text: formatFigure(divergence.mean.value, 'nats') }
      : undefined,
  );
  const figures = attribution.total.figures.flatMap(({ id, label, unit, better }): Measure[] => {
    // Without a top there is no telling how much is missing to it.
    if (better === 'higher' && unit !== 'share') return [];
    const values = of(({ figures: known }) => {
      const reading = known.find((one) => one.id === id)?.reading;
      if (!reading) return undefined;
      const error = better === 'higher' ? 1 - reading.value : reading.value;
      return { error, text: formatFigure(reading.value, unit) };
    });
    return values ? [{ id, label, values }] : [];
  });
  if (!kl) return figures;
  // A task that has KL among its figures tells the same there.
  const others = figures.filter(({ id }) => id !== 'kl');
  return [{ id: 'kl', label: 'mean KL divergence', values: kl }, ...others];
}

/** Which part is to blame, judged by the first measure. */
export function attributionWords({ n }: Attribution, measures: readonly Measure[]): string {
  const [first] = measures;
  if (!first) return `The answers to ${n} examples could not be held beside each other.`;
  const { compression, backend } = first.values;
  const over = `over ${n} ${n === 1 ? 'example' : 'examples'}, by ${first.label}`;
  if (compression.error === 0 && backend.error === 0) return `No error was seen ${over}.`;
  if (backend.error < 0.1 * compression.error) {
    return `Nearly all of the error comes from compression ${over}: WebGPU adds less than a tenth of it.`;
  }
  if (compression.error < 0.1 * backend.error) {
    return `Nearly all of the error comes from the device ${over}: WebGPU computes this model otherwise than WASM does.`;
  }
  const share = compression.error / (compression.error + backend.error);
  return `Both add to the error ${over}: compression about ${Math.round(100 * share)} %, the device about ${Math.round(100 * (1 - share))} % of the two.`;
}
