/** What folds say about the weights that they leave alone. */
import type { Weight } from '../../onnx/weights.ts';
import type { Context } from '../technique.ts';

/** One note for each reason, which names all weights that it holds for. */
export function noteRest(
  weights: readonly Weight[],
  reason: (weight: Weight) => string,
  note: Context['note'],
): void {
  const groups = new Map<string, string[]>();
  for (const weight of weights) {
    const why = reason(weight);
    const known = groups.get(why);
    if (known) known.push(weight.key);
    else groups.set(why, [weight.key]);
  }
  for (const [why, keys] of groups) {
    const names = keys.map((key) => `"${key}"`);
    const last = names.pop() ?? '';
    note(
      names.length === 0
        ? `${last} is left as it is: ${why}.`
        : `${names.join(', ')} and ${last} are left as they are: ${why}.`,
    );
  }
}

/** A share for people: `12.3 %`. */
export const percent = (share: number): string => `${(100 * share).toPrecision(3)} %`;

/** Where numbers come from, and what that means for the result. */
export const sameWhere = (what: string, from: string): string =>
  `${what} come from ${from}; the result is the same wherever the runtime computes the same.`;
