import { distance, isNumeric, numbersOf } from '../values.ts';
import { checkSameDims, type Metric } from './metric.ts';

/** √(Σ(b − a)² ÷ Σa²). Infinities and NaN that both have alike are left out of both sums. */
export const relativeError: Metric = {
  label: 'Relative error',
  unit: 'share',
  better: 'lower',
  summary:
    'The size of the difference relative to the size of the original output (root mean squares). ' +
    'Comparable between outputs of different units.',
  against: 'original',
  over: 'mean',
  applies: isNumeric,
  compute(reference, output) {
    checkSameDims(reference, output);
    const [a, b] = [numbersOf(reference), numbersOf(output)];
    let noise = 0;
    let signal = 0;
    for (let i = 0; i < a.length; i++) {
      noise += distance(a[i]!, b[i]!) ** 2;
      if (Number.isFinite(a[i])) signal += a[i]! ** 2;
    }
    return noise === 0 ? 0 : Math.sqrt(noise / signal);
  },
};
