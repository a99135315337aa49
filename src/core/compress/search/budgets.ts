/**
 * The best mixtures of a measured table of sensitivity for one budget after the other, from the fewest
 * bytes to the most that are of use. No model is run: the losses of the table are taken to add up.
 */
import type { SensitivityCell } from '../search.ts';
import { frontierOf, type Selection } from './frontier.ts';

/** A way of storing for each unit, in the order of the units, and what the table says of them together. */
export interface Mixture {
  /** Ids of the choices. */
  readonly choices: readonly string[];
  /** Of the units alone, counted as the table counts them. */
  readonly bytes: number;
  readonly loss: number;
}

/**
 * At most `count` mixtures, each of more bytes and less loss than the one before; budgets grow by equal
 * factors. `rows`: the cells of each unit, of which there must be one at least.
 */
export function mixturesOf(
  rows: readonly (readonly SensitivityCell[])[],
  count = 97,
): readonly Mixture[] {
  if (rows.length === 0 || rows.some((cells) => cells.length === 0)) return [];
  const frontier = frontierOf(rows);
  const low = frontier.smallest.bytes;
  const high = frontier.within(Infinity)!.bytes;
  const mixtures: Mixture[] = [];
  for (let index = 0; index < count; index++) {
    const budget = low * (high / low) ** (index / (count - 1));
    // The last power may miss its end by a rounding.
    const found = frontier.within(index === count - 1 ? high : budget) ?? frontier.smallest;
    const before = mixtures.at(-1);
    if (before && found.loss >= before.loss) continue;
    mixtures.push(mixtureOf(rows, found));
  }
  return mixtures;
}

const mixtureOf = (
  rows: readonly (readonly SensitivityCell[])[],
  { picks, bytes, loss }: Selection,
): Mixture => ({
  choices: picks.map((pick, unit) => rows[unit]![pick]!.choice),
  bytes,
  loss,
});
