/** Which samples train, which judge, and in which order: the same for a seed, whenever training goes on. */
import { RecipeError } from '../../errors.ts';
import type { Random } from '../../math/random.ts';

export interface Split {
  readonly heldOut: readonly number[];
  /** The samples of a step: every one is seen once before any is seen again. */
  batch(step: number): readonly number[];
}

/** The share of the samples that judges. */
const heldOutShare = 0.2;

/** Draws a split. `most` limits the held-out samples. Errors: RecipeError for fewer than two samples. */
export function splitSamples(
  { count, label }: { readonly count: number; readonly label: string },
  size: number,
  most: number,
  random: Random,
): Split {
  if (count < 2) {
    throw new RecipeError(
      `Training needs at least 2 samples, one to judge by, and "${label}" has ${count}. Give more.`,
    );
  }
  const order = shuffled(count, random.fork('split'));
  const judging = Math.max(1, Math.min(Math.round(count * heldOutShare), most));
  const training = order.slice(0, count - judging);
  // The order of the last round that was asked for.
  let round = { index: -1, order: training };
  const at = (place: number): number => {
    const index = Math.floor(place / training.length);
    if (index !== round.index) {
      const turn = shuffled(training.length, random.fork(`round ${index}`));
      round = { index, order: turn.map((one) => training[one]!) };
    }
    return round.order[place % training.length]!;
  };
  return {
    heldOut: order.slice(count - judging),
    batch: (step) => Array.from({ length: size }, (_, index) => at(step * size + index)),
  };
}

/** 0 … count − 1 in an order of chance (Fisher and Yates). */
function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
