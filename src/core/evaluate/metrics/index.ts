/** The table of metrics. The id lives here alone, as the key. */
import { accuracy } from './accuracy.ts';
import { cosine } from './cosine.ts';
import { identical } from './identical.ts';
import { kl } from './kl.ts';
import { maxError } from './max-error.ts';
import { meanError } from './mean-error.ts';
import type { Metric } from './metric.ts';
import { nll } from './nll.ts';
import { relativeError } from './relative-error.ts';
import { top1 } from './top-1.ts';

export const metrics = {
  'max-error': maxError,
  'mean-error': meanError,
  'relative-error': relativeError,
  cosine,
  'top-1': top1,
  kl,
  identical,
  accuracy,
  nll,
} as const satisfies Record<string, Metric>;

export type MetricId = keyof typeof metrics;

/** Every metric that holds an output against the original's, in the order of the table. */
export const comparing = (Object.keys(metrics) as MetricId[]).filter(
  (id) => metrics[id].against === 'original',
);
