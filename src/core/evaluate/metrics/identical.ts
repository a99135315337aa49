import { checkSameDims, type Metric } from './metric.ts';

/** The share of values that are the same; 1 for an output without values. Works for text too. */
export const identical: Metric = {
  label: 'Identical values',
  unit: 'share',
  better: 'higher',
  summary: 'The share of values that are exactly the original’s.',
  against: 'original',
  over: 'mean',
  applies: () => true,
  compute(reference, output) {
    checkSameDims(reference, output);
    const [a, b] = [reference.data, output.data];
    let same = 0;
    for (let i = 0; i < a.length; i++) if (Object.is(a[i], b[i]) || a[i] === b[i]) same++;
    return a.length === 0 ? 1 : same / a.length;
  },
};
