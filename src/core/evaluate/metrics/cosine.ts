import { distance, isNumeric, numbersOf } from '../values.ts';
import { checkSameDims, type Metric } from './metric.ts';

/** a·b ÷ (|a| |b|) of the flattened outputs. 1 where both are zero, 0 where one is; NaN where infinities or NaN differ. */
export const cosine: Metric = {
  label: 'Cosine similarity',
  unit: '',
  better: 'higher',
  summary: 'The cosine of the angle between both outputs: 1 where they differ by a factor at most.',
  against: 'original',
  over: 'mean',
  applies: isNumeric,
  compute(reference, output) {
    checkSameDims(reference, output);
    const [a, b] = [numbersOf(reference), numbersOf(output)];
    // Scaled, so that squares of large values stay finite.
    const [aScale, bScale] = [scaleOf(a), scaleOf(b)];
    let [dot, aa, bb] = [0, 0, 0];
    for (let i = 0; i < a.length; i++) {
      if (!Number.isFinite(a[i]) && distance(a[i]!, b[i]!) === 0) continue;
      const [x, y] = [a[i]! / aScale, b[i]! / bScale];
      dot += x * y;
      aa += x * x;
      bb += y * y;
    }
    if (aa === 0 || bb === 0) return aa === bb ? 1 : 0;
    const value = dot / (Math.sqrt(aa) * Math.sqrt(bb));
    // Rounding may lead a little beyond; NaN stays.
    return value > 1 ? 1 : value < -1 ? -1 : value;
  },
};

/** The largest finite magnitude; 1 where there is none but zero. */
function scaleOf(numbers: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < numbers.length; i++) {
    const magnitude = Math.abs(numbers[i]!);
    if (magnitude > largest && magnitude < Infinity) largest = magnitude;
  }
  return largest || 1;
}
