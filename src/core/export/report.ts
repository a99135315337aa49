/** What is known of a compressed model beside its original, as plain JSON: report.json. */
import type { TraceEntry } from '../compress/compress.ts';
import type { Recipe } from '../compress/recipe.ts';
import type { Comparison, FormCounts } from '../evaluate/compare.ts';
import type { Latency } from '../evaluate/latency.ts';
import type { Ledger } from '../evaluate/ledger.ts';
import { metrics, type MetricId } from '../evaluate/metrics/index.ts';
import type { Interval } from '../evaluate/statistics.ts';
import type { Device } from '../runtime.ts';

/** Bytes: `stored` always, the rest of the ledger where it was added up. */
export type Size = Pick<Ledger, 'stored'> & Partial<Ledger>;

/** A figure of quality, and how it was got. */
export interface Score {
  readonly label: string;
  readonly unit: 'share' | 'nats' | 'dB' | '';
  readonly better: 'higher' | 'lower';
  /** In report.json one that is not finite is a text: `"Infinity"`. */
  readonly compressed: number;
  /** The original's own figure, where it has one. */
  readonly original?: number;
  /** Samples that it was measured on. */
  readonly n: number;
  /** Of the compressed model's figure: where the true mean lies 95 times in 100. */
  readonly interval?: Interval;
  /** What it was measured on: `random inputs, seed 0`. */
  readonly on: string;
  readonly device?: Device;
}

/** Milliseconds per run. */
export interface ReportLatency {
  readonly device: { readonly original: Device; readonly compressed: Device };
  readonly original: Latency;
  readonly compressed: Latency;
  /** Weights by the form in which the device holds them. */
  readonly forms?: { readonly original: FormCounts; readonly compressed: FormCounts };
  /** How the runs came about, as a sentence. */
  readonly how: string;
}

/** One step of the recipe and what it did. */
export type ReportStep = Omit<TraceEntry, 'cached' | 'training'>;

export interface Report {
  readonly version: 1;
  /** What made the report. */
  readonly generator: 'Scrunch';
  readonly name: string;
  readonly original: {
    readonly name: string;
    /** Where it came from, in words. */ readonly source?: string;
  };
  readonly recipe: Recipe;
  readonly size: { readonly original: Size; readonly compressed: Size };
  readonly steps: readonly ReportStep[];
  /** Empty where nothing was measured. */
  readonly scores: readonly Score[];
  /** Absent where it was not measured. */
  readonly latency?: ReportLatency;
}

export interface ReportInput {
  readonly name: string;
  readonly original: Report['original'];
  readonly recipe: Recipe;
  readonly trace: readonly TraceEntry[];
  readonly size: Report['size'];
  readonly scores?: readonly Score[];
  readonly latency?: ReportLatency;
}

/** Puts together what is known. */
export function reportOf({ trace, scores = [], ...known }: ReportInput): Report {
  const steps = trace.map(({ step, changes, notes }) => ({ step, changes, notes }));
  return { version: 1, generator: 'Scrunch', ...known, steps, scores };
}

/** What `compare` found, as a report says it. */
export function measured({ quality, latency }: Pick<Comparison, 'quality' | 'latency'>): {
  readonly scores: readonly Score[];
  readonly latency: ReportLatency;
} {
  const { device, original, compressed } = latency;
  const scores = quality.outputs.flatMap(({ name, metrics: readings }) =>
    Object.entries(readings).map(([id, { value, n, interval }]): Score => {
      const { label, unit, better } = metrics[id as MetricId];
      return {
        label: `${label} of output “${name}” against the original’s`,
        unit,
        better,
        compressed: value,
        n,
        ...(interval ? { interval } : {}),
        on: `${quality.inputs} inputs`.replace(/^random, (.*) inputs$/, 'random inputs, $1'),
        device,
      };
    }),
  );
  const laps = ({ p50, p95, n }: Latency): Latency => ({ p50, p95, n });
  return {
    scores,
    latency: {
      device: { original: device, compressed: device },
      original: laps(original),
      compressed: laps(compressed),
      forms: { original: original.forms, compressed: compressed.forms },
      how: 'Measured after a warm-up, both sides in turns.',
    },
  };
}
