/**
 * Lays out a graph of boxes within open groups: each open group is laid out by itself and stands as one
 * large box in the group around it. Connections enter and leave a group at places on its edge.
 */
import { layOutLevel, type LevelItem, type LevelLink, type LevelSegment } from './graph-level.ts';
import { LinkColumns, type GraphLinks } from './graph-links.ts';
import { groupAround, visibleOf, type GraphShape, type OpenGroups } from './graph-visible.ts';

export interface LayoutRequest {
  readonly shape: GraphShape;
  readonly open: OpenGroups;
  /** Width of each box: nodes first, then groups while they are closed. */
  readonly widths: Uint16Array;
}

/** Positions in the units of the picture at its natural size, which are CSS pixels. */
export interface GraphLayout {
  /** Boxes that are seen, frames of open groups before what is in them. */
  readonly boxes: Int32Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly width: Float32Array;
  readonly height: Float32Array;
  readonly links: GraphLinks;
  /** Pairs of positions in `boxes`: every connection, drawn or not. */
  readonly edges: Int32Array;
  readonly edgeSides: Uint8Array;
  readonly totalWidth: number;
  readonly totalHeight: number;
  /** Connections that are not drawn, because they are too long and too many. */
  readonly undrawn: number;
}

/** Height of a node or a closed group; room in a frame for its name and around what is in it. */
export const boxHeight = 40;
export const frameTop = 36;
const frameSide = 16;
const frameBottom = 16;

/** One group while it is laid out, -1 for the outermost. */
interface Level {
  readonly items: LevelItem[];
  /** The box of each item, or -1 - key for a place on the edge. */
  readonly ids: number[];
  readonly itemOf: Map<string, number>;
  readonly segments: LevelSegment[];
  readonly seen: Set<string>;
}

interface Laid {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly width: number;
  readonly height: number;
  readonly links: readonly LevelLink[];
  readonly segments: readonly LevelSegment[];
  readonly ids: readonly number[];
  /** x of the places on its edge, by `in KEY` and `out KEY`, from its left edge. */
  readonly ports: ReadonlyMap<string, number>;
}

export function layOutGraph(request: LayoutRequest): GraphLayout {
  return new Layouter(request).run();
}

class Layouter {
  readonly #shape: GraphShape;
  readonly #widths: Uint16Array;
  readonly #visible;
  readonly #priority: Int32Array;
  /** Connections through each open group: from item, to item and key, named before anything is placed. */
  readonly #plans = new Map<number, (readonly [string, string, number])[]>();
  readonly #children = new Map<number, number[]>();
  readonly #laid = new Map<number, Laid>();
  #undrawn = 0;

  constructor({ shape, open, widths }: LayoutRequest) {
    this.#shape = shape;
    this.#widths = widths;
    this.#visible = visibleOf(shape, open);
    this.#priority = firstNodes(shape);
    for (const box of this.#visible.boxes) {
      const around = groupAround(shape, box);
      const list = this.#children.get(around);
      if (list) list.push(box);
      else this.#children.set(around, [box]);
    }
    const planned = new Set<string>();
    for (const [from, to] of this.#visible.edges) this.#plan(from, to, planned);
  }

  run(): GraphLayout {
    const { groupParents } = this.#shape;
    // Groups come after those around them, so this goes from the inside out.
    for (let at = groupParents.length - 1; at >= 0; at--) {
      if (this.#children.has(at)) this.#laid.set(at, this.#level(at));
    }
    const root = this.#level(-1);
    this.#laid.set(-1, root);
    const { edges, sides } = this.#visible;
    const sink = new LinkColumns(this.#shape.group.length, (box) => this.#frame(box) !== undefined);
    this.#collect(-1, 0, 0, sink);
    const places = new Map(sink.boxes.map((box, index) => [box, index]));
    const pairs = edges.flatMap(([from, to]) => [places.get(from)!, places.get(to)!]);
    return {
      boxes: Int32Array.from(sink.boxes),
      x: Float32Array.from(sink.x),
      y: Float32Array.from(sink.y),
      width: Float32Array.from(sink.widths),
      height: Float32Array.from(sink.heights),
      links: sink.finish(places, edges, sides),
      edges: Int32Array.from(pairs),
      edgeSides: sides,
      totalWidth: root.width,
      totalHeight: root.height,
      undrawn: this.#undrawn,
    };
  }

  /** Names the pieces of a connection: out of the groups around its start, across, into those around its end. */
  #plan(from: number, to: number, planned: Set<string>): void {
    const count = this.#shape.group.length;
    const outward = this.#groupsAround(from);
    const inward = this.#groupsAround(to);
    while (
      outward.length > 0 &&
      inward.length > 0 &&
      outward[outward.length - 1] === inward[inward.length - 1]
    ) {
      outward.pop();
      inward.pop();
    }
    const note = (level: number, a: string, b: string): void => {
      const name = `${level} ${a} ${b} ${from}`;
      if (planned.has(name)) return;
      planned.add(name);
      const plan = this.#plans.get(level);
      if (plan) plan.push([a, b, from]);
      else this.#plans.set(level, [[a, b, from]]);
    };
    let start = `${from}`;
    for (const group of outward) {
      note(group, start, `out ${from}`);
      start = `${count + group}`;
    }
    let end = `${to}`;
    for (const group of inward) {
      note(group, `in ${from}`, end);
      end = `${count + group}`;
    }
    const outermost = outward[outward.length - 1] ?? -1;
    const common =
      outermost >= 0 ? this.#shape.groupParents[outermost]! : groupAround(this.#shape, from);
    note(common, start, end);
  }

  #groupsAround(box: number): number[] {
    const groups: number[] = [];
    for (let at = groupAround(this.#shape, box); at >= 0; at = this.#shape.groupParents[at]!) {
      groups.push(at);
    }
    return groups;
  }

  #level(group: number): Laid {
    const level: Level = {
      items: [],
      ids: [],
      itemOf: new Map(),
      segments: [],
      seen: new Set(),
    };
    for (const box of this.#children.get(group) ?? []) this.#addBox(level, box);
    for (const [a, b, key] of this.#plans.get(group) ?? []) this.#addSegment(level, a, b, key);
    const { x, y, width, height, links, undrawn } = layOutLevel(level.items, level.segments);
    this.#undrawn += undrawn.length;
    const ports = new Map<string, number>();
    for (const [name, item] of level.itemOf) {
      if (level.ids[item]! < 0) ports.set(name, x[item]! + frameSide);
    }
    const frame = group >= 0;
    return {
      x,
      y,
      links,
      ports,
      segments: level.segments,
      ids: level.ids,
      width: width + (frame ? 2 * frameSide : 0),
      height: height + (frame ? frameTop + frameBottom : 0),
    };
  }

  #addBox(level: Level, box: number): void {
    const frame = this.#frame(box);
    level.itemOf.set(`${box}`, level.items.length);
    level.ids.push(box);
    level.items.push({
      kind: 'box',
      width: Math.max(frame?.width ?? 0, this.#widths[box]!),
      height: frame?.height ?? boxHeight,
      priority: this.#priority[box]!,
    });
  }

  #addSegment(level: Level, a: string, b: string, key: number): void {
    const end = (name: string, port: 'in' | 'out'): readonly [number, number] => {
      const known = level.itemOf.get(name);
      const item = known ?? this.#addPort(level, name, port, key);
      const box = level.ids[item]!;
      const frame = this.#frame(box);
      const across = frame?.ports.get(`${port === 'in' ? 'out' : 'in'} ${key}`);
      return [item, across ?? level.items[item]!.width / 2];
    };
    const [from, fromOffset] = end(a, 'in');
    const [to, toOffset] = end(b, 'out');
    level.segments.push({ from, to, key, fromOffset, toOffset });
  }

  /** The open group that a box is. */
  #frame(box: number): Laid | undefined {
    const group = box - this.#shape.group.length;
    return group >= 0 ? this.#laid.get(group) : undefined;
  }

  #addPort(level: Level, name: string, kind: 'in' | 'out', key: number): number {
    level.itemOf.set(name, level.items.length);
    level.ids.push(-1 - key);
    return level.items.push({ kind, width: 0, height: 0, priority: this.#priority[key]! }) - 1;
  }

  /** Brings a level, and what is in it, to its place. */
  #collect(group: number, left: number, top: number, sink: LinkColumns): void {
    const laid = this.#laid.get(group)!;
    const inside = group >= 0;
    const [dx, dy] = [left + (inside ? frameSide : 0), top + (inside ? frameTop : 0)];
    // A line from the edge starts at the edge, above or below the room around the boxes.
    const reach = inside ? ([top, top + laid.height] as const) : undefined;
    sink.addLinks(group, laid, dx, dy, reach);
    laid.ids.forEach((box, item) => {
      if (box < 0) return;
      const [x, y] = [dx + laid.x[item]!, dy + laid.y[item]!];
      const own = box - this.#shape.group.length;
      const frame = this.#frame(box);
      sink.addBox(
        box,
        x,
        y,
        Math.max(frame?.width ?? 0, this.#widths[box]!),
        frame?.height ?? boxHeight,
      );
      if (frame) this.#collect(own, x, y, sink);
    });
  }
}

/** For each box the first node that it stands for. */
function firstNodes({ group, groupParents }: GraphShape): Int32Array {
  const count = group.length;
  const first = new Int32Array(count + groupParents.length).fill(count);
  for (let node = 0; node < count; node++) first[node] = node;
  group.forEach((own, node) => {
    if (own >= 0) first[count + own] = Math.min(first[count + own]!, node);
  });
  for (let at = groupParents.length - 1; at >= 0; at--) {
    const parent = groupParents[at]!;
    if (parent >= 0) first[count + parent] = Math.min(first[count + parent]!, first[count + at]!);
  }
  return first;
}
