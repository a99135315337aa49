/** The drawn connections of a graph: short pieces, each of which knows the one that it goes on from. */
import type { LevelLink, LevelSegment } from './graph-level.ts';

/** Columns of all pieces. */
export interface GraphLinks {
  /** Six numbers each: x above; y where it starts, where its row ends; x below; y where the next row starts, where it ends. */
  readonly lines: Float32Array;
  /** Position in the layout's boxes of the box whose data it carries. */
  readonly from: Int32Array;
  /** The box that it ends at; -1 where it leads on. */
  readonly to: Int32Array;
  /** The piece before; -1 at the start. */
  readonly previous: Int32Array;
  /** 1 where it is there on the left, 2 on the right, 3 in both. */
  readonly sides: Uint8Array;
  /** 1 where the data goes up: the connection closes a cycle. */
  readonly up: Uint8Array;
}

interface LaidLevel {
  readonly links: readonly LevelLink[];
  readonly segments: readonly LevelSegment[];
  readonly ids: readonly number[];
}

/** Gathers boxes and links of all levels. */
export class LinkColumns {
  readonly boxes: number[] = [];
  readonly x: number[] = [];
  readonly y: number[] = [];
  readonly widths: number[] = [];
  readonly heights: number[] = [];
  readonly #lines: number[] = [];
  readonly #keys: number[] = [];
  readonly #ends: number[] = [];
  readonly #previous: number[] = [];
  readonly #up: number[] = [];
  /** The link that ends at a box, or at a place on a group's edge, with a key. */
  readonly #arrivals = new Map<string, number>();
  /** Links that go on from where another ended, by the name of that arrival. */
  readonly #starts: (readonly [number, string])[] = [];
  readonly #nodes: number;
  readonly #isFrame: (box: number) => boolean;

  /** `nodes`: how many boxes are nodes; those after them are groups. */
  constructor(nodes: number, isFrame: (box: number) => boolean) {
    this.#nodes = nodes;
    this.#isFrame = isFrame;
  }

  addBox(box: number, x: number, y: number, width: number, height: number): void {
    this.boxes.push(box);
    this.x.push(x);
    this.y.push(y);
    this.widths.push(width);
    this.heights.push(height);
  }

  /** `reach`: where the group's edge is above and below. */
  addLinks(
    group: number,
    { links, segments, ids }: LaidLevel,
    dx: number,
    dy: number,
    reach: readonly [number, number] | undefined,
  ): void {
    const offset = this.#keys.length;
    const isPort = (item: number): boolean => item >= 0 && ids[item]! < 0;
    links.forEach((link, index) => {
      const { key, line, previous, segment, up } = link;
      const [xa, y0, y1, xb, y2, y3] = line;
      const top = isPort(link.above) && reach ? reach[0] : y0 + dy;
      const bottom = isPort(link.below) && reach ? reach[1] : y3 + dy;
      this.#lines.push(xa + dx, top, y1 + dy, xb + dx, y2 + dy, bottom);
      this.#keys.push(key);
      this.#up.push(up ? 1 : 0);
      this.#previous.push(previous < 0 ? -1 : offset + previous);
      const end = segments[segment] && ids[segments[segment].to]!;
      const arrives = end !== undefined && end >= 0;
      this.#ends.push(arrives && !this.#isFrame(end) ? end : -1);
      if (end !== undefined) {
        const name = arrives ? `at ${end} ${key}` : `out ${group} ${key}`;
        this.#arrivals.set(name, offset + index);
      }
      if (previous < 0) {
        const before = this.#before(group, ids[up ? link.below : link.above]!, key);
        if (before !== undefined) this.#starts.push([offset + index, before]);
      }
    });
  }

  /** Where a link that starts in a group goes on from: outside the group, or inside a frame in it. */
  #before(group: number, from: number, key: number): string | undefined {
    if (from < 0) return `at ${this.#nodes + group} ${key}`;
    return this.#isFrame(from) ? `out ${from - this.#nodes} ${key}` : undefined;
  }

  /** Joins the pieces across the edges of groups, and tells on which side each is there. */
  finish(
    places: ReadonlyMap<number, number>,
    edges: readonly (readonly [number, number])[],
    sides: Uint8Array,
  ): GraphLinks {
    for (const [link, before] of this.#starts)
      this.#previous[link] = this.#arrivals.get(before) ?? -1;
    return {
      lines: Float32Array.from(this.#lines),
      from: Int32Array.from(this.#keys, (key) => places.get(key)!),
      to: Int32Array.from(this.#ends, (box) => places.get(box) ?? -1),
      previous: Int32Array.from(this.#previous),
      sides: this.#sides(edges, sides),
      up: Uint8Array.from(this.#up),
    };
  }

  #sides(edges: readonly (readonly [number, number])[], sides: Uint8Array): Uint8Array {
    const found = new Uint8Array(this.#keys.length);
    edges.forEach(([from, to], index) => {
      const side = sides[index]!;
      let at = this.#arrivals.get(`at ${to} ${from}`) ?? -1;
      while (at >= 0 && (found[at]! & side) !== side) {
        found[at]! |= side;
        at = this.#previous[at]!;
      }
    });
    return found;
  }
}
