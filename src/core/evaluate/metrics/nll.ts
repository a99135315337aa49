import { logProbabilities } from '../distribution.ts';
import { hasClasses, numbersOf, rowsOf } from '../values.ts';
import { checkOneEach, perRow } from './metric.ts';

/** −ln p of the right class per row, p the softmax of the logits. Rows with a negative target do not count. */
export const nll = perRow({
  label: 'Negative log-likelihood',
  unit: 'nats',
  better: 'lower',
  summary:
    'How surprised the model is by the right answer, in nats per token: the logarithm of its perplexity.',
  against: 'truth',
  applies: hasClasses,
  rows(reference, output) {
    const [targets, logits] = [numbersOf(reference), numbersOf(output)];
    const { rows, width } = rowsOf(output);
    checkOneEach(targets, rows);
    const readings: number[] = [];
    for (let row = 0; row < rows; row++) {
      const target = targets[row]!;
      if (target < 0) continue;
      if (target >= width)
        throw new RangeError(`target ${target} where there are ${width} classes`);
      readings.push(-logProbabilities(logits, row * width, width, false)[target]!);
    }
    return Float64Array.from(readings);
  },
});

/** The perplexity that a mean negative log-likelihood (nats per token) stands for. */
export const perplexity = (meanNll: number): number => Math.exp(meanNll);
