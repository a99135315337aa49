/** Which class was taken for which. */
import type { Choice } from './choice.ts';

export interface ConfusionCell {
  readonly target: number;
  readonly chosen: number;
  readonly count: number;
}

/** The cells that are not empty, by target and then by choice. −1 was chosen where a model gave no answer. */
export function confusionOf(choices: Iterable<Choice>): readonly ConfusionCell[] {
  const counts = new Map<number, Map<number, number>>();
  for (const { chosen, target } of choices) {
    if (target === undefined) continue;
    const row = counts.get(target) ?? new Map<number, number>();
    counts.set(target, row);
    row.set(chosen, (row.get(chosen) ?? 0) + 1);
  }
  const cells = [...counts].flatMap(([target, row]) =>
    [...row].map(([chosen, count]) => ({ target, chosen, count })),
  );
  return cells.sort((a, b) => a.target - b.target || a.chosen - b.chosen);
}
