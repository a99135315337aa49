/** Which boxes a picture shows while some groups are open, and what joins them. */
import type { GraphPicture } from './graph-picture.ts';

/** What of a picture its layout depends on. Boxes are numbered: nodes first, then groups. */
export type GraphShape = Pick<GraphPicture, 'group' | 'groupParents' | 'edges' | 'edgeSides'>;

/** 1 for each group that is open. */
export type OpenGroups = Uint8Array;

export interface VisibleGraph {
  /** The box that stands for each node: itself, or the outermost closed group around it. */
  readonly boxOf: Int32Array;
  /** Boxes and open groups that are seen: those whose groups are all open. */
  readonly boxes: readonly number[];
  /** Pairs of boxes, each once. */
  readonly edges: readonly (readonly [number, number])[];
  /** As `GraphPicture.edgeSides`. */
  readonly sides: Uint8Array;
}

/** The group around a box, as a group's position; -1 for none. */
export function groupAround({ group, groupParents }: GraphShape, box: number): number {
  return box < group.length ? group[box]! : groupParents[box - group.length]!;
}

export function visibleOf(shape: GraphShape, open: OpenGroups): VisibleGraph {
  const { group, groupParents, edges, edgeSides } = shape;
  const count = group.length;
  // For each group the outermost closed one around it or itself; -1 where all are open.
  const closed = new Int32Array(groupParents.length);
  groupParents.forEach((parent, at) => {
    const outer = parent < 0 ? -1 : closed[parent]!;
    closed[at] = outer >= 0 ? outer : open[at] ? -1 : at;
  });
  const boxOf = Int32Array.from(group, (own, node) => {
    const folded = own < 0 ? -1 : closed[own]!;
    return folded < 0 ? node : count + folded;
  });
  const boxes: number[] = [];
  boxOf.forEach((box, node) => box === node && boxes.push(node));
  groupParents.forEach((parent, at) => {
    if (parent < 0 || closed[parent]! < 0) boxes.push(count + at);
  });
  const sides = new Map<number, number>();
  const all = count + groupParents.length;
  for (let at = 0; at < edgeSides.length; at++) {
    const [from, to] = [boxOf[edges[2 * at]!]!, boxOf[edges[2 * at + 1]!]!];
    if (from === to) continue;
    const key = from * all + to;
    sides.set(key, (sides.get(key) ?? 0) | edgeSides[at]!);
  }
  return {
    boxOf,
    boxes,
    edges: [...sides.keys()].map((key) => [Math.floor(key / all), key % all] as const),
    sides: Uint8Array.from(sides.values()),
  };
}

/** How many boxes, frames aside, are seen. */
export function countSeen(
  shape: Pick<GraphShape, 'group' | 'groupParents'>,
  open: OpenGroups,
): number {
  const seen = new Uint8Array(shape.groupParents.length);
  let count = 0;
  shape.groupParents.forEach((parent, at) => {
    seen[at] = parent < 0 || (seen[parent]! && open[parent]!) ? 1 : 0;
    if (seen[at] && !open[at]) count++;
  });
  for (const own of shape.group) if (own < 0 || (seen[own]! && open[own]!)) count++;
  return count;
}

/** What is open at first: whole depths, from the outside, as long as fewer than `most` boxes are seen. */
export function firstOpen(
  shape: Pick<GraphShape, 'group' | 'groupParents'>,
  most = 40,
): OpenGroups {
  const depths = new Int32Array(shape.groupParents.length);
  shape.groupParents.forEach((parent, at) => (depths[at] = parent < 0 ? 0 : depths[parent]! + 1));
  const deepest = depths.reduce((max, depth) => Math.max(max, depth), -1);
  let open = new Uint8Array(depths.length);
  for (let depth = 0; depth <= deepest; depth++) {
    const next = Uint8Array.from(depths, (own) => (own <= depth ? 1 : 0));
    if (countSeen(shape, next) >= most) break;
    open = next;
  }
  return open;
}
