/**
 * Lays out one level of a graph in layers (Sugiyama, Tagawa & Toda 1981): every box below those that it
 * takes from, long connections through places of their own, few crossings, straight lines. Deterministic.
 */
import { orderRanks } from './graph-order.ts';
import { placeAcross } from './graph-across.ts';
import { rankItems } from './graph-ranks.ts';

export interface LevelItem {
  readonly width: number;
  readonly height: number;
  /** Where it belongs in the model's own order: breaks ties, and cycles. */
  readonly priority: number;
  /** Connections from outside come in above all boxes, and go out below all. */
  readonly kind: 'box' | 'in' | 'out';
}

/** A connection. Those of one start and one key run together as far as they can. */
export interface LevelSegment {
  readonly from: number;
  readonly to: number;
  readonly key: number;
  /** Where it leaves and arrives, from the left edge of the item. */
  readonly fromOffset: number;
  readonly toOffset: number;
}

/** One piece of a connection: from an item, or a place on its way, to the next below. */
export interface LevelLink {
  readonly key: number;
  /** The item above and below; -1 for a place on the way. */
  readonly above: number;
  readonly below: number;
  /** The link that it goes on from, in the direction of the data; -1 at the start. */
  readonly previous: number;
  /** The segment that ends with it; -1 where it only leads on. */
  readonly segment: number;
  /** The data goes up: the connection closes a cycle. */
  readonly up: boolean;
  /** x above; y where it starts, where its row ends; x below; y where the next row starts, where it ends. */
  readonly line: readonly [number, number, number, number, number, number];
}

export interface LevelLayout {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly width: number;
  readonly height: number;
  readonly links: readonly LevelLink[];
  /** Connections that were too long, and too many, to be drawn. */
  readonly undrawn: readonly number[];
}

/** Between rows, and where there is only a line. */
const rowGap = 36;
/** Places on the way, in all: beyond them the longest connections are not drawn. */
const mostPlaces = 60_000;

/** A box or a place on the way of a connection, in one row. */
export interface Spot {
  /** The item; -1 for a place on the way. */
  readonly item: number;
  readonly rank: number;
  readonly width: number;
}

/** Two spots of neighboring rows that a connection joins. */
export interface Joint {
  readonly above: number;
  readonly below: number;
  /** From the left edge of each spot. */
  readonly aboveOffset: number;
  readonly belowOffset: number;
  readonly weight: number;
}

interface Draft extends Omit<LevelLink, 'line' | 'above' | 'below'> {
  readonly joint: number;
}

export function layOutLevel(
  items: readonly LevelItem[],
  segments: readonly LevelSegment[],
): LevelLayout {
  const { ranks, reversed } = rankItems(items, segments);
  const web = new Web(items, ranks);
  const undrawn = web.run(segments, reversed);
  const rows = orderRanks(web.spots, web.joints);
  const x = placeAcross(rows, web.spots, web.joints);
  const { tops, bottoms, height } = rowHeights(items, ranks, rows.length);
  const y = Float64Array.from(items, ({ kind, height: own }, index) => {
    const rank = ranks[index]!;
    if (kind === 'in') return tops[rank]!;
    if (kind === 'out') return bottoms[rank]!;
    return (tops[rank]! + bottoms[rank]! - own) / 2;
  });
  const itemX = new Float64Array(items.length);
  let width = 0;
  web.spots.forEach((spot, index) => {
    if (spot.item >= 0) itemX[spot.item] = x[index]!;
    width = Math.max(width, x[index]! + spot.width);
  });
  const links = web.links.map(({ joint, ...link }): LevelLink => {
    const { above, below, aboveOffset, belowOffset } = web.joints[joint]!;
    const [a, b] = [web.spots[above]!, web.spots[below]!];
    const start = a.item >= 0 ? y[a.item]! + items[a.item]!.height : bottoms[a.rank]!;
    const end = b.item >= 0 ? y[b.item]! : bottoms[b.rank]!;
    const [from, to] = [x[above]! + aboveOffset, x[below]! + belowOffset];
    const line = [from, start, bottoms[a.rank]!, to, tops[b.rank]!, end] as const;
    return { ...link, above: a.item, below: b.item, line };
  });
  return { x: itemX, y, width, height, links, undrawn };
}

/** Boxes and the places on the way between them, and what joins them. */
class Web {
  readonly spots: Spot[];
  readonly joints: Joint[] = [];
  readonly links: Draft[] = [];
  readonly #items: readonly LevelItem[];
  readonly #ranks: Int32Array;

  constructor(items: readonly LevelItem[], ranks: Int32Array) {
    this.#items = items;
    this.#ranks = ranks;
    this.spots = items.map(({ width }, item) => ({ item, rank: ranks[item]!, width }));
  }

  /** Gives the segments that are not drawn. */
  run(segments: readonly LevelSegment[], reversed: Uint8Array): number[] {
    const rivers = new Map<string, number[]>();
    segments.forEach(({ from, key }, index) => {
      const name = reversed[index] ? `up ${index}` : `${from} ${key}`;
      const river = rivers.get(name);
      if (river) river.push(index);
      else rivers.set(name, [index]);
    });
    const length = (river: readonly number[]): number =>
      Math.max(...river.map((index) => this.#span(segments[index]!)));
    const lengths = new Map([...rivers.values()].map((river) => [river, length(river)]));
    let places = 0;
    const drawn = new Set(
      [...lengths]
        .sort((a, b) => a[1] - b[1])
        .flatMap(([river, long]) => {
          places += long;
          return places <= mostPlaces ? [river] : [];
        }),
    );
    const undrawn: number[] = [];
    for (const river of rivers.values()) {
      if (!drawn.has(river)) undrawn.push(...river);
      else if (reversed[river[0]!]) this.#climb(segments, river[0]!);
      else this.#flow(segments, river);
    }
    return undrawn;
  }

  #span({ from, to }: LevelSegment): number {
    return Math.abs(this.#ranks[from]! - this.#ranks[to]!);
  }

  /** Segments of one start down to each of their ends, along one way. */
  #flow(segments: readonly LevelSegment[], river: readonly number[]): void {
    const sorted = [...river].sort(
      (a, b) => this.#ranks[segments[a]!.to]! - this.#ranks[segments[b]!.to]!,
    );
    const { from, key, fromOffset } = segments[river[0]!]!;
    let [at, offset, previous] = [from, fromOffset, -1];
    let rank = this.#ranks[from]!;
    for (const index of sorted) {
      const { to, toOffset } = segments[index]!;
      for (; rank < this.#ranks[to]! - 1; rank++) {
        const place = this.#place(rank + 1);
        const joint = this.#join(at, place, offset, 0);
        previous = this.links.push({ key, previous, segment: -1, up: false, joint }) - 1;
        [at, offset] = [place, 0];
      }
      const joint = this.#join(at, to, offset, toOffset);
      this.links.push({ key, previous, segment: index, up: false, joint });
    }
  }

  /** A segment against the order: from the bottom row up. */
  #climb(segments: readonly LevelSegment[], index: number): void {
    const { from, to, key, fromOffset, toOffset } = segments[index]!;
    let [at, offset, previous] = [from, fromOffset, -1];
    for (let rank = this.#ranks[from]! - 1; rank > this.#ranks[to]!; rank--) {
      const place = this.#place(rank);
      const joint = this.#join(place, at, 0, offset);
      previous = this.links.push({ key, previous, segment: -1, up: true, joint }) - 1;
      [at, offset] = [place, 0];
    }
    const joint = this.#join(to, at, toOffset, offset);
    this.links.push({ key, previous, segment: index, up: true, joint });
  }

  #place(rank: number): number {
    return this.spots.push({ item: -1, rank, width: 0 }) - 1;
  }

  #join(above: number, below: number, aboveOffset: number, belowOffset: number): number {
    const ways = [above, below].filter((spot) => spot >= this.#items.length).length;
    // Where a line branches off, it gives way.
    const weight = [2, 0.1, 8][ways]!;
    return this.joints.push({ above, below, aboveOffset, belowOffset, weight }) - 1;
  }
}

/** Rows are as high as the highest in them; a row of ports has no height. */
function rowHeights(items: readonly LevelItem[], ranks: Int32Array, rows: number) {
  const heights = new Float64Array(rows);
  items.forEach(({ height }, index) => {
    const rank = ranks[index]!;
    heights[rank] = Math.max(heights[rank]!, height);
  });
  const tops = new Float64Array(rows);
  const bottoms = new Float64Array(rows);
  let y = 0;
  heights.forEach((height, rank) => {
    tops[rank] = y;
    bottoms[rank] = y + height;
    y += height + rowGap;
  });
  return { tops, bottoms, height: Math.max(0, y - rowGap) };
}
