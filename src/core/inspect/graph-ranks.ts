/** The row of each item of a level: as near to the top as what it takes from allows. */
import type { LevelItem, LevelSegment } from './graph-level.ts';

export interface Ranks {
  readonly ranks: Int32Array;
  /** 1 for segments that go up, because they close a cycle. */
  readonly reversed: Uint8Array;
}

/**
 * Longest-path layering; then whatever gives more than it takes moves down to what it gives to. Cycles are
 * broken where the model's own order breaks them. Linear time.
 */
export function rankItems(items: readonly LevelItem[], segments: readonly LevelSegment[]): Ranks {
  const out: number[][] = items.map(() => []);
  const into: number[][] = items.map(() => []);
  segments.forEach(({ from, to }, index) => {
    out[from]!.push(index);
    into[to]!.push(index);
  });
  const order = orderItems(items, segments, out, into);
  const position = new Int32Array(items.length);
  order.forEach((item, at) => (position[item] = at));
  const reversed = Uint8Array.from(segments, ({ from, to }) =>
    position[from]! > position[to]! ? 1 : 0,
  );
  const hasEntries = items.some(({ kind }) => kind === 'in');
  const ranks = new Int32Array(items.length);
  for (const item of order) {
    const { kind } = items[item]!;
    let rank = kind === 'in' || !hasEntries ? 0 : 1;
    for (const one of into[item]!)
      if (!reversed[one]) rank = Math.max(rank, ranks[segments[one]!.from]! + 1);
    for (const one of out[item]!)
      if (reversed[one]) rank = Math.max(rank, ranks[segments[one]!.to]! + 1);
    ranks[item] = rank;
  }
  pullDown(items, segments, { out, into, order, reversed, ranks });
  // Ways out leave below everything else.
  const exits = items.some(({ kind }) => kind === 'out');
  const boxes = items.reduce(
    (most, { kind }, item) => (kind === 'box' ? Math.max(most, ranks[item]!) : most),
    hasEntries ? 0 : -1,
  );
  if (exits) items.forEach(({ kind }, item) => kind === 'out' && (ranks[item] = boxes + 1));
  return { ranks, reversed };
}

/** Kahn's order, the model's own where there is a choice; where a cycle leaves none, its next item goes first. */
function orderItems(
  items: readonly LevelItem[],
  segments: readonly LevelSegment[],
  out: readonly (readonly number[])[],
  into: readonly (readonly number[])[],
): readonly number[] {
  const class_ = { in: 0, box: 1, out: 2 } as const;
  const sorted = items.map((_, index) => index);
  sorted.sort(
    (a, b) =>
      class_[items[a]!.kind] - class_[items[b]!.kind] ||
      items[a]!.priority - items[b]!.priority ||
      a - b,
  );
  const waits = Int32Array.from(into, ({ length }) => length);
  const done = new Uint8Array(items.length);
  const order: number[] = [];
  const ready = sorted.filter((item) => waits[item] === 0);
  let next = 0;
  for (let at = 0; order.length < items.length;) {
    let item = ready[at++];
    if (item === undefined) {
      while (done[sorted[next]!]) next++;
      item = sorted[next]!;
      at--;
    }
    if (done[item]) continue;
    done[item] = 1;
    order.push(item);
    for (const one of out[item]!) {
      const { to } = segments[one]!;
      waits[to]!--;
      if (waits[to] === 0 && !done[to]) ready.push(to);
    }
  }
  return order;
}

interface Drafted extends Ranks {
  readonly out: readonly (readonly number[])[];
  readonly into: readonly (readonly number[])[];
  readonly order: readonly number[];
}

function pullDown(
  items: readonly LevelItem[],
  segments: readonly LevelSegment[],
  { out, into, order, reversed, ranks }: Drafted,
): void {
  for (const item of order.toReversed()) {
    const goes = out[item]!.filter((one) => !reversed[one]);
    const comes = into[item]!.filter((one) => !reversed[one]);
    const turns = out[item]!.length + into[item]!.length - goes.length - comes.length;
    if (items[item]!.kind !== 'box' || turns > 0 || goes.length <= comes.length) continue;
    const first = Math.min(...goes.map((one) => ranks[segments[one]!.to]!));
    ranks[item] = Math.max(ranks[item]!, first - 1);
  }
}
