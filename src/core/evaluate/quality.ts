/** How close the outputs of a compressed model are to the original's: for one input, and over many. */
import { ModelError } from '../errors.ts';
import type { Dtype } from '../onnx/types.ts';
import type { Value } from '../runtime.ts';
import { clusterMean, meanInterval, type Cluster } from './bootstrap.ts';
import { comparing, metrics, type MetricId } from './metrics/index.ts';
import { sameDims } from './metrics/metric.ts';
import { wilson, type Interval } from './statistics.ts';
import { countNonFinite, rowsOf } from './values.ts';

export type Outputs = Readonly<Record<string, Value>>;

/** A figure, and how it was got. */
export interface Reading {
  readonly value: number;
  /** Samples that it was measured on. */
  readonly n: number;
  /** Where the true mean lies 95 times in 100; absent for a maximum and where the samples are too few or hardly differ. */
  readonly interval?: Interval;
}

/** One output of both models compared. */
export interface OutputQuality {
  readonly name: string;
  readonly dtype: Dtype;
  /** As in the first sample. */
  readonly dims: readonly number[];
  /** NaN and infinite values that each model gave, over all samples. */
  readonly nonFinite: { readonly original: number; readonly compressed: number };
  /** The metrics that apply to an output of this type and shape. */
  readonly metrics: Readonly<Partial<Record<MetricId, Reading>>>;
}

/** Compares the outputs of one run. Errors: ModelError naming the output that is missing or has other dims. */
export function compareOutputs(original: Outputs, compressed: Outputs): readonly OutputQuality[] {
  const meter = new QualityMeter();
  meter.add(original, compressed);
  return meter.result();
}

/** Gathers the comparison over many runs without keeping their outputs. */
export class QualityMeter {
  private readonly outputs = new Map<string, OutputTally>();

  /** Takes note of one run. Errors: ModelError naming the output that is missing or has other dims. */
  add(original: Outputs, compressed: Outputs): void {
    for (const name of Object.keys(compressed)) {
      if (!Object.hasOwn(original, name)) throw new ModelError(missing(name, 'original'));
    }
    for (const [name, reference] of Object.entries(original)) {
      const output = compressed[name];
      if (!output) throw new ModelError(missing(name, 'compressed'));
      checkComparable(name, reference, output);
      const tally = this.outputs.get(name) ?? new OutputTally(reference);
      this.outputs.set(name, tally);
      tally.add(reference, output);
    }
  }

  /** The figures of everything added so far, in the order of the original's outputs. */
  result(): readonly OutputQuality[] {
    return [...this.outputs].map(([name, tally]) => ({ name, ...tally.result() }));
  }
}

const missing = (name: string, side: string): string =>
  `The ${side} model has no output "${name}", so it can't be compared. Compare models with the same outputs.`;

function checkComparable(name: string, reference: Value, output: Value): void {
  const isText = reference.dtype === 'string';
  if (sameDims(reference, output) && isText === (output.dtype === 'string')) return;
  const kind = ({ dtype, dims }: Value): string => `${dtype} [${dims.join(', ')}]`;
  throw new ModelError(
    `Output "${name}" is ${kind(reference)} in the original and ${kind(output)} in the compressed model. ` +
      'Only outputs of the same shape can be compared.',
  );
}

/** The readings of one output. */
class OutputTally {
  private readonly dtype: Dtype;
  private readonly dims: readonly number[];
  private readonly samples = new Map<MetricId, Cluster[]>();
  private readonly nonFinite = { original: 0, compressed: 0 };

  constructor({ dtype, dims }: Value) {
    this.dtype = dtype;
    this.dims = dims;
  }

  add(reference: Value, output: Value): void {
    this.nonFinite.original += countNonFinite(reference);
    this.nonFinite.compressed += countNonFinite(output);
    for (const id of comparing) {
      const metric = metrics[id];
      if (!metric.applies(reference) || !metric.applies(output)) continue;
      const count = 'rows' in metric ? rowsOf(reference).rows : 1;
      const value = metric.compute(reference, output);
      const samples = this.samples.get(id) ?? [];
      this.samples.set(id, samples);
      samples.push(count === 0 ? { sum: 0, count } : { sum: value * count, count });
    }
  }

  result(): Omit<OutputQuality, 'name'> {
    const { dtype, dims, nonFinite } = this;
    const readings = [...this.samples].map(([id, samples]) => [id, reading(id, samples)] as const);
    return { dtype, dims, nonFinite: { ...nonFinite }, metrics: Object.fromEntries(readings) };
  }
}

/** One figure out of many, with the interval that its kind and number allow. */
function reading(id: MetricId, samples: readonly Cluster[]): Reading {
  const metric = metrics[id];
  const n = samples.length;
  if (metric.over === 'max') {
    return { value: samples.reduce((largest, { sum }) => Math.max(largest, sum), 0), n };
  }
  const value = clusterMean(samples);
  if (!Number.isFinite(value) || n < 2) return { value, n };
  // Independent yes-or-no readings have an exact model; rows of one sample hang together.
  const independent = 'rows' in metric && metric.unit === 'share';
  if (independent && samples.every(({ count }) => count === 1)) {
    return { value, n, interval: wilson(Math.round(value * n), n) };
  }
  const interval = meanInterval(samples);
  return { value, n, ...(interval ? { interval } : {}) };
}
