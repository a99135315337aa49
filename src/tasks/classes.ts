/** What all tasks that name classes share: the answer, and what may be said of it. */
import type { Choice } from '../core/evaluate/choice.ts';
import { isNumeric, numbersOf } from '../core/evaluate/values.ts';
import type { Chunk, ChunkOf } from './loops/loop.ts';
import type { Figure, Sum } from './task.ts';

export interface ClassInfo {
  /** Names of the classes by their ids. */
  readonly labels: readonly string[];
}

export interface ClassAnswer {
  /** By class id; they add up to 1 unless classes are independent of each other. */
  readonly probabilities: readonly number[];
}

/** The id of the likeliest class, the first of equals; −1 of none. */
export const likeliest = ({ probabilities }: ClassAnswer): number =>
  probabilities.indexOf(Math.max(...probabilities));

/** Probabilities from a row of logits, or as they are where they are probabilities already. */
export function probabilitiesOf(scores: ArrayLike<number>): number[] {
  const row = Array.from(scores);
  const sum = row.reduce((total, score) => total + score, 0);
  if (row.every((score) => score >= 0) && Math.abs(sum - 1) < 1e-3) return row;
  const top = Math.max(...row);
  // Log-probabilities come out right as well: the softmax undoes the logarithm.
  const powers = row.map((score) => Math.exp(score - top));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** The probabilities in the first output of a single run; none before it has run. */
export function classAnswer(chunks: readonly Chunk[]): ClassAnswer {
  const [output] = Object.values((chunks.at(-1) ?? {}) as ChunkOf<'once'>);
  if (!output || !isNumeric(output)) return { probabilities: [] };
  return { probabilities: probabilitiesOf(numbersOf(output)) };
}

/** The likeliest classes with their probabilities: `tabby 81.2 %, tiger cat 12.0 %`. */
export function classWords(labels: readonly string[], most = 5): (answer: ClassAnswer) => string {
  return ({ probabilities }) =>
    [...probabilities.entries()]
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([id, share]) => `${labels[id] ?? `class ${id}`} ${(share * 100).toFixed(1)} %`)
      .join(', ') || 'no answer';
}

/** The class that was chosen; nothing where classes are independent of each other. Targets are class ids. */
export function classChoices({ probabilities }: ClassAnswer, target?: unknown): readonly Choice[] {
  const sum = probabilities.reduce((all, probability) => all + probability, 0);
  // NaN stays: a model that gave no number chose nothing, which counts.
  if (probabilities.length < 2 || Math.abs(sum - 1) > 1e-3) return [];
  const chosen = likeliest({ probabilities });
  const confidence = probabilities[chosen] ?? NaN;
  const isClass = typeof target === 'number' && Number.isInteger(target) && target >= 0;
  if (!isClass) return [{ chosen, confidence }];
  return [{ chosen, confidence, target, ofTarget: probabilities[target] ?? 0 }];
}

const one = (sum: number): Sum => ({ sum, count: 1 });

/** Targets are class ids. */
export const classFigures: Readonly<Record<string, Figure<ClassAnswer>>> = {
  accuracy: {
    label: 'right answers',
    unit: 'share',
    better: 'higher',
    ofTarget: (answer, target) => one(likeliest(answer) === target ? 1 : 0),
  },
  agreement: {
    label: 'same answer as the original',
    unit: 'share',
    better: 'higher',
    ofOriginal: (answer, original) => {
      const id = likeliest(answer);
      // Where values are NaN there is no answer, so none that agrees.
      return one(id >= 0 && id === likeliest(original) ? 1 : 0);
    },
  },
  kl: {
    label: 'KL divergence from the original',
    unit: 'nats',
    better: 'lower',
    ofOriginal: ({ probabilities }, original) =>
      one(
        original.probabilities.reduce((sum, p, id) => {
          // As in evaluate/distribution.ts: a probability of 0 counts as float32's smallest.
          const q = Math.max(probabilities[id] ?? 0, 2 ** -126);
          return p > 0 ? sum + p * Math.log(p / q) : sum;
        }, 0),
      ),
  },
};
