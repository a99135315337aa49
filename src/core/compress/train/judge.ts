/** How far a student's answers are from its teacher's, counted over batches. */
import { largestAt, numbersOf, rowsOf } from '../../evaluate/values.ts';
import type { Value } from '../../runtime.ts';
import type { HeldOut } from '../training.ts';
import type { LossKind } from './answers.ts';

export interface JudgeOptions {
  readonly kind: LossKind;
  readonly temperature: number;
  /** The share of the right answers beside the teacher's. */
  readonly hardLabels: number;
}

/** Adds batches up; the losses are those of `core/differentiate/losses`. */
export class Judge {
  readonly #options: JudgeOptions;
  #loss = 0;
  #size = 0;
  #agreed = 0;
  #rows = 0;
  #right = 0;
  #labelled = 0;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** Counts the first `share` of the rows of an output; the others fill up a batch. */
  add(student: Value, teacher: Value, share: number, targets?: Value): void {
    const [given, wise] = [numbersOf(student), numbersOf(teacher)];
    const { rows, width } = rowsOf(teacher);
    const labels = targets && numbersOf(targets);
    const count = Math.round(rows * share);
    for (let row = 0; row < count; row++) {
      if (this.#options.kind === 'scores') {
        this.#addScores(given, wise, row * width, width, labels?.[row]);
      } else this.#addValues(given, wise, row * width, width);
    }
  }

  /** The mean over what was added. */
  result(): HeldOut {
    const loss = this.#loss / this.#size;
    const agreement = this.#agreed / this.#rows;
    return this.#labelled > 0
      ? { loss, agreement, accuracy: this.#right / this.#labelled }
      : { loss, agreement };
  }

  #addScores(
    student: ArrayLike<number>,
    teacher: ArrayLike<number>,
    start: number,
    width: number,
    label: number | undefined,
  ): void {
    const { temperature, hardLabels } = this.#options;
    // A row that counts for nothing: the filling of a short text.
    if (label !== undefined && label < 0) return;
    const divergence = divergenceOf(teacher, student, start, width, temperature);
    const answer = largestAt(student, start, width);
    this.#rows += 1;
    this.#size += 1;
    this.#agreed += Number(answer === largestAt(teacher, start, width));
    this.#loss += (1 - hardLabels) * temperature ** 2 * divergence;
    if (label === undefined) return;
    this.#labelled += 1;
    this.#right += Number(answer === label);
    if (hardLabels > 0) {
      this.#loss += hardLabels * (logSumExp(student, start, width, 1) - student[start + label]!);
    }
  }

  #addValues(
    student: ArrayLike<number>,
    teacher: ArrayLike<number>,
    start: number,
    width: number,
  ): void {
    let [apart, dot, own, aim] = [0, 0, 0, 0];
    for (let at = start; at < start + width; at++) {
      const [x, y] = [student[at]!, teacher[at]!];
      apart += (x - y) ** 2;
      dot += x * y;
      own += x * x;
      aim += y * y;
    }
    const cosine = own === aim && apart === 0 ? 1 : dot / Math.max(Math.sqrt(own * aim), 1e-12);
    this.#rows += 1;
    this.#agreed += cosine;
    this.#loss += this.#options.kind === 'values' ? apart : 1 - cosine;
    this.#size += this.#options.kind === 'values' ? aim + 1e-8 : 1;
  }
}

/** Σ p (ln p − ln q) with p = softmax(teacher / T) and q = softmax(student / T). */
function divergenceOf(
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  start: number,
  width: number,
  temperature: number,
): number {
  const wise = logSumExp(teacher, start, width, temperature);
  const given = logSumExp(student, start, width, temperature);
  let sum = 0;
  for (let at = start; at < start + width; at++) {
    const p = teacher[at]! / temperature - wise;
    sum += Math.exp(p) * (p - (student[at]! / temperature - given));
  }
  return sum < 0 ? 0 : sum;
}

function logSumExp(
  scores: ArrayLike<number>,
  start: number,
  width: number,
  temperature: number,
): number {
  let most = -Infinity;
  for (let at = start; at < start + width; at++) if (scores[at]! > most) most = scores[at]!;
  let sum = 0;
  for (let at = start; at < start + width; at++)
    sum += Math.exp((scores[at]! - most) / temperature);
  return most / temperature + Math.log(sum);
}

/** The largest score of a row and its probability. */
export function answerAt(
  value: Value,
  row: number,
): { readonly answer: number; readonly probability: number } {
  const numbers = numbersOf(value);
  const { width } = rowsOf(value);
  const answer = largestAt(numbers, row * width, width);
  const best = numbers[row * width + answer] ?? NaN;
  return { answer, probability: Math.exp(best - logSumExp(numbers, row * width, width, 1)) };
}
