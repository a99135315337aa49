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
  /** The largest count off the diagonal, without its sign; at least 1. */
  readonly most: number;
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
  const off = counts.flatMap((row, at) => row.filter((_, column) => column !== at));
  return { classes, counts, most: Math.max(1, ...off.map(Math.abs)) };
}

/** A shade of the page's scales, and whether text on it must be paper. */
export interface Shade {
  readonly token: `heat-${number}` | `diverge-${number}`;
  readonly isDeep: boolean;
}

/** The shade of a count: heat 0 to 6, or diverging 0 to 8 with 4 for nothing. */
export function shadeOf(count: number, most: number, mode: ConfusionMode): Shade {
  const share = Math.min(1, Math.abs(count) / most);
  if (mode !== 'difference') {
    const level = count === 0 ? 0 : Math.max(1, Math.round(6 * share));
    return { token: `heat-${level}`, isDeep: level >= 4 };
  }
  const steps = count === 0 ? 0 : Math.max(1, Math.round(4 * share));
  const level = count < 0 ? 4 - steps : 4 + steps;
  return { token: `diverge-${level}`, isDeep: steps >= 3 };
}
