import { areProbabilities, logProbabilities } from '../distribution.ts';
import { hasClasses, numbersOf, rowsOf } from '../values.ts';
import { checkSameDims, perRow } from './metric.ts';

/**
 * Σ p (ln p − ln q) per row, p the original's distribution and q the compressed one's: the softmax
 * over the last axis, or the values themselves where the original's rows are probabilities already.
 */
export const kl = perRow({
  label: 'KL divergence',
  unit: 'nats',
  better: 'lower',
  summary:
    'How far the compressed model’s probabilities have moved from the original’s, in nats per row. ' +
    'It notices changes long before any answer flips.',
  against: 'original',
  applies: hasClasses,
  rows(reference, output) {
    checkSameDims(reference, output);
    const [a, b] = [numbersOf(reference), numbersOf(output)];
    const { rows, width } = rowsOf(output);
    const already = areProbabilities(a, width);
    return Float64Array.from({ length: rows }, (_, row) => {
      const p = logProbabilities(a, row * width, width, already);
      const q = logProbabilities(b, row * width, width, already);
      let sum = 0;
      for (let i = 0; i < width; i++) sum += Math.exp(p[i]!) * (p[i]! - q[i]!);
      // Rounding may leave a little less than nothing; NaN stays.
      return sum < 0 ? 0 : sum;
    });
  },
});
