/**
 * Chooses one way of storing for each unit: a knapsack with one choice a unit, solved by dynamic
 * programming over bytes (Kellerer, Pferschy and Pisinger, "Knapsack Problems", 2004, chapter 11).
 * One table answers both questions: the least loss within so many bytes, and the fewest bytes within
 * so much loss.
 */

/** What one way of storing a unit costs. */
export interface Cost {
  readonly bytes: number;
  readonly loss: number;
}

/** A choice for each unit, by its position among the unit's ways, and what they cost together. */
export interface Selection extends Cost {
  readonly picks: readonly number[];
}

export interface Frontier {
  /** The fewest bytes that there are, and the least loss among these. */
  readonly smallest: Selection;
  /** The least loss of at most so many bytes; undefined where even the smallest has more. */
  within(bytes: number): Selection | undefined;
  /** The fewest bytes that lose at most so much; undefined where all lose more. */
  losing(atMost: number): Selection | undefined;
}

/** Bytes are counted in steps, so that the table stays small whatever the model; few bytes are counted one by one. */
const mostSteps = 2 ** 14;
/** Stands for a loss that is no number. */
const hopeless = 1e300;

/** The trade between bytes and loss of units that each have at least one way to be stored; losses add up. */
export function frontierOf(units: readonly (readonly Cost[])[]): Frontier {
  const costs = units.map((ways) => ways.map(sane));
  const floor = costs.map((ways) => Math.min(...ways.map(({ bytes }) => bytes)));
  const above = costs.map((ways, unit) => ways.map(({ bytes }) => bytes - floor[unit]!));
  const span = above.reduce((sum, extra) => sum + Math.max(...extra), 0);
  const step = Math.max(1, span / mostSteps);
  const steps = Math.floor(span / step) + units.length;
  const table = filled(costs, above, step, steps);
  const bottom = floor.reduce((sum, bytes) => sum + bytes, 0);
  const at = (place: number) => table.picksAt(place);
  return {
    smallest: selectionOf(costs, at(0)),
    within(bytes) {
      if (!(bytes >= bottom)) return undefined;
      const place = Math.min(steps, Math.floor((bytes - bottom) / step));
      return selectionOf(costs, spent(costs, at(place), bytes));
    },
    losing(atMost) {
      const place = table.losses.findIndex((loss) => loss <= atMost);
      return place < 0 ? undefined : selectionOf(costs, saved(costs, at(place), atMost));
    },
  };
}

const sane = ({ bytes, loss }: Cost): Cost => ({
  bytes,
  loss: Number.isFinite(loss) ? Math.max(0, loss) : hopeless,
});

function selectionOf(costs: readonly (readonly Cost[])[], picks: readonly number[]): Selection {
  let [bytes, loss] = [0, 0];
  picks.forEach((pick, unit) => {
    const cost = costs[unit]![pick]!;
    bytes += cost.bytes;
    loss += cost.loss;
  });
  return { picks, bytes, loss };
}

interface Table {
  /** The least loss of all units, by steps above the smallest. Never rises. */
  readonly losses: Float64Array;
  picksAt(place: number): number[];
}

function filled(
  costs: readonly (readonly Cost[])[],
  above: readonly (readonly number[])[],
  step: number,
  steps: number,
): Table {
  let losses = new Float64Array(steps + 1);
  const sizes = above.map((extra) => extra.map((bytes) => Math.ceil(bytes / step)));
  const taken = costs.map((ways, unit) => {
    const next = new Float64Array(steps + 1).fill(Infinity);
    const best = new Uint16Array(steps + 1);
    ways.forEach(({ loss }, way) => {
      const size = sizes[unit]![way]!;
      for (let place = size; place <= steps; place++) {
        const sum = losses[place - size]! + loss;
        if (sum < next[place]!) {
          next[place] = sum;
          best[place] = way;
        }
      }
    });
    losses = next;
    return best;
  });
  return {
    losses,
    picksAt(place) {
      const picks: number[] = [];
      let left = place;
      for (let unit = costs.length - 1; unit >= 0; unit--) {
        const pick = taken[unit]![left]!;
        picks.unshift(pick);
        left -= sizes[unit]![pick]!;
      }
      return picks;
    },
  };
}

/** Spends the bytes that rounding to steps left over, on what lowers the loss most. */
function spent(
  costs: readonly (readonly Cost[])[],
  picks: readonly number[],
  budget: number,
): number[] {
  return moved(costs, picks, (from, to, now) =>
    now.bytes - from.bytes + to.bytes <= budget ? from.loss - to.loss : 0,
  );
}

/** Gives up the loss that is left over, where that saves most bytes. */
function saved(
  costs: readonly (readonly Cost[])[],
  picks: readonly number[],
  most: number,
): number[] {
  return moved(costs, picks, (from, to, now) =>
    now.loss - from.loss + to.loss <= most ? from.bytes - to.bytes : 0,
  );
}

/** Changes one pick after another, the one that gains most first, while any gains. */
function moved(
  costs: readonly (readonly Cost[])[],
  picks: readonly number[],
  gain: (from: Cost, to: Cost, now: Cost) => number,
): number[] {
  const moving = [...picks];
  for (;;) {
    const now = selectionOf(costs, moving);
    let best = { gained: 0, unit: -1, way: -1 };
    costs.forEach((ways, unit) => {
      const from = ways[moving[unit]!]!;
      ways.forEach((to, way) => {
        const gained = gain(from, to, now);
        if (gained > best.gained) best = { gained, unit, way };
      });
    });
    if (best.unit < 0) return moving;
    moving[best.unit] = best.way;
  }
}
