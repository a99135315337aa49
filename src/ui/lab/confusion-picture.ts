/** Which class was taken for which, as a table that can be drawn. */
import type { ConfusionCell } from '../../core/evaluate/confusion.ts';

export type ConfusionMode = 'reference' | 'variant' | 'difference';

/** More classes than this make no table that can be read. */
export const mostClasses = 50;

export interface ConfusionPicture {
  /** Classes by id, in that order; −1 stands for no answer. */
  readonly classes: readonly number[];
  /** `counts[row][column]`: examples of a class that were taken for another; a difference may be negative. */
  readonly counts: readonly (readonly number[])[];
  /** Examples of the class of each row. */
  readonly totals: readonly number[];
}

interface Cells {
  readonly reference: readonly ConfusionCell[];
  readonly variant: readonly ConfusionCell[];
}

/** The classes that occur in either model's answers; undefined for too many. */
export function confusionPicture(cells: Cells, mode: ConfusionMode): ConfusionPicture | undefined {
  const both = [...cells.reference, ...cells.variant];
  const classes = [...new Set(both.flatMap(({ target, chosen }) => [target, chosen]))];
  if (classes.length > mostClasses) return undefined;
  classes.sort((a, b) => a - b);
  const place = new Map(classes.map((id, index) => [id, index]));
  const counts = classes.map(() => classes.map(() => 0));
  const add = (from: readonly ConfusionCell[], sign: number): void => {
    for (const { target, chosen, count } of from) {
      counts[place.get(target)!]![place.get(chosen)!]! += sign * count;
    }
  };
  if (mode !== 'variant') add(cells.reference, mode === 'difference' ? -1 : 1);
  if (mode !== 'reference') add(cells.variant, 1);
  const examples = (from: readonly ConfusionCell[], id: number): number =>
    from.reduce((sum, { target, count }) => sum + (target === id ? count : 0), 0);
  const totals = classes.map((id) =>
    Math.max(examples(cells.reference, id), examples(cells.variant, id)),
  );
  return { classes, counts, totals };
}

/** A shade of the page's scales, and whether text on it must be paper. */
export interface Shade {
  readonly token: `heat-${number}` | `diverge-${number}`;
  readonly isDeep: boolean;
}

/** A class of which this share is taken for another one has the deepest shade. */
const deepest = 0.5;

/** The shade of a count among the examples of a class: heat 0 to 6, or diverging 0 to 8 with 4 for nothing. */
export function shadeOf(count: number, total: number, mode: ConfusionMode): Shade {
  const share = Math.min(1, Math.abs(count) / (deepest * Math.max(1, total)));
  if (mode !== 'difference') {
    const level = count === 0 ? 0 : Math.max(1, Math.round(6 * share));
    return { token: `heat-${level}`, isDeep: level >= 4 };
  }
  const steps = count === 0 ? 0 : Math.max(1, Math.round(4 * share));
  const level = count < 0 ? 4 - steps : 4 + steps;
  return { token: `diverge-${level}`, isDeep: steps >= 3 };
}
