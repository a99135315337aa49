import { distance, isNumeric, numbersOf } from '../values.ts';
import { checkSameDims, type Metric } from './metric.ts';

/** mean |b − a|; 0 for an output without values. */
export const meanError: Metric = {
  label: 'Mean error',
  unit: '',
  better: 'lower',
  summary: 'The mean difference of the values from the original’s, in the unit of the output.',
  against: 'original',
  over: 'mean',
  applies: isNumeric,
  compute(reference, output) {
    checkSameDims(reference, output);
    const [a, b] = [numbersOf(reference), numbersOf(output)];
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += distance(a[i]!, b[i]!);
    return a.length === 0 ? 0 : sum / a.length;
  },
};
