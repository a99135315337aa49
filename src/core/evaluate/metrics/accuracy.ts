import { hasClasses, largestAt, numbersOf, rowsOf } from '../values.ts';
import { checkOneEach, perRow } from './metric.ts';

/** Whether the largest value of a row is in the place of its label. `reference` holds one label per row. */
export const accuracy = perRow({
  label: 'Accuracy',
  unit: 'share',
  better: 'higher',
  summary: 'The share of samples whose most likely class is the right one.',
  against: 'truth',
  applies: hasClasses,
  rows(reference, output) {
    const [labels, scores] = [numbersOf(reference), numbersOf(output)];
    const { rows, width } = rowsOf(output);
    checkOneEach(labels, rows);
    return Float64Array.from(labels, (label, row) =>
      largestAt(scores, row * width, width) === label ? 1 : 0,
    );
  },
});
