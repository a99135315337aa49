import { hasClasses, largestAt, numbersOf, rowsOf } from '../values.ts';
import { checkSameDims, perRow } from './metric.ts';

/** Whether both have their largest value in the same place, row by row. A row with a NaN agrees with none. */
export const top1 = perRow({
  label: 'Top-1 agreement',
  unit: 'share',
  better: 'higher',
  summary:
    'The share of rows whose largest value is in the same place as the original’s: how often the ' +
    'answer stays the same, right or wrong.',
  against: 'original',
  applies: hasClasses,
  rows(reference, output) {
    checkSameDims(reference, output);
    const [a, b] = [numbersOf(reference), numbersOf(output)];
    const { rows, width } = rowsOf(output);
    return Float64Array.from({ length: rows }, (_, row) => {
      const first = largestAt(a, row * width, width);
      return first >= 0 && first === largestAt(b, row * width, width) ? 1 : 0;
    });
  },
});
