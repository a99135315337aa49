/** Which figures of an evaluation are kept with the variants, for heads, history and plots. */
import type { Reading } from '../../core/evaluate/quality.ts';
import type { TailLatency } from '../../core/evaluate/latency.ts';
import type { EvaluationReport, SideSpeed } from '../../tasks/evaluation/report.ts';
import { originalId, type Measured, type VariantFigures } from '../state/variant.ts';

const deviceNames = { wasm: 'WASM', webgpu: 'WebGPU' } as const;

/** The figures of both by their ids; empty before an example was answered. */
export function notedOf(report: EvaluationReport): ReadonlyMap<string, VariantFigures> {
  if (report.done === 0) return new Map();
  return new Map([
    [report.reference, figuresOf(report, 'reference')],
    [report.variant, figuresOf(report, 'variant')],
  ]);
}

function figuresOf(report: EvaluationReport, part: 'reference' | 'variant'): VariantFigures {
  const { set, done, speed } = report;
  const own = speed?.[part];
  const where = own ? `, ${deviceNames[own.device]}` : '';
  const on = `${done} of ${set.label}${set.seed === undefined ? '' : `, seed ${set.seed}`}${where}`;
  const measured = ({ value, n, interval }: Reading): Measured => ({
    value,
    n,
    on,
    ...(interval ? { interval } : {}),
  });
  const entries = report.figures.flatMap((figure): (readonly [string, Measured])[] => {
    const judged = figure[part];
    // Answers are held against the original's alone: beside another reference the key would mislead.
    const isBeside = part === 'variant' && report.reference === originalId;
    const between = isBeside ? figure.between : undefined;
    return [
      ...(judged ? [[`judged:${figure.id}`, measured(judged)] as const] : []),
      ...(between ? [[`between:${figure.id}`, measured(between)] as const] : []),
    ];
  });
  return { ...Object.fromEntries(entries), ...(own ? speedOf(own, on) : {}) };
}

function speedOf({ run, first, rate, load, residentBytes }: SideSpeed, on: string): VariantFigures {
  const lap = (latency: TailLatency, key: 'p50' | 'p95' | 'p99'): Measured => ({
    value: latency[key],
    n: latency.n,
    on,
  });
  return {
    load: { value: load, n: 1, on },
    resident: { value: residentBytes, on: `${on}, estimated` },
    ...(run ? { p50: lap(run, 'p50'), p95: lap(run, 'p95'), p99: lap(run, 'p99') } : {}),
    ...(first ? { first: lap(first, 'p50') } : {}),
    ...(rate
      ? {
          rate: {
            value: rate.value,
            n: rate.n,
            on,
            ...(rate.interval ? { interval: rate.interval } : {}),
          },
        }
      : {}),
  };
}
