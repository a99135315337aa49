import { distance, isNumeric, numbersOf } from '../values.ts';
import { checkSameDims, type Metric } from './metric.ts';

/** max |b − a|. */
export const maxError: Metric = {
  label: 'Largest error',
  unit: '',
  better: 'lower',
  summary: 'The largest difference of any value from the original’s, in the unit of the output.',
  against: 'original',
  over: 'max',
  applies: isNumeric,
  compute(reference, output) {
    checkSameDims(reference, output);
    const [a, b] = [numbersOf(reference), numbersOf(output)];
    let largest = 0;
    for (let i = 0; i < a.length; i++) largest = Math.max(largest, distance(a[i]!, b[i]!));
    return largest;
  },
};
