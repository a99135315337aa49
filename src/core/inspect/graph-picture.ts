/**
 * The picture of one model, or of two laid over one another, as plain columns that cross a worker's
 * border cheaply: one entry for each node that exists in either.
 */
import { matchNodes, type Partners } from './graph-match.ts';
import { groupNodes } from './graph-groups.ts';
import type { ListedNode, NodeList } from './graph-nodes.ts';

/** Where a node exists: in both alike, in the left one alone, in the right one alone, in both and not alike. */
export const nodeStates = ['same', 'left', 'right', 'changed'] as const;
export type NodeState = (typeof nodeStates)[number];

export interface GraphPicture {
  /** Of each node, cut to a length that can be shown. */
  readonly names: readonly string[];
  /** Names of operators; `leftOps` and `rightOps` point into it, -1 where the node does not exist. */
  readonly operators: readonly string[];
  readonly leftOps: Int16Array;
  readonly rightOps: Int16Array;
  /** Of `nodeStates`. */
  readonly states: Uint8Array;
  /** Positions in the node lists of both models, -1 where the node does not exist. */
  readonly leftIndex: Int32Array;
  readonly rightIndex: Int32Array;
  /** Stored bytes of its constants, shared ones at the first that takes them. */
  readonly leftBytes: Float64Array;
  readonly rightBytes: Float64Array;
  /** The group that each node lies in; -1 for none. Groups come after those around them. */
  readonly group: Int32Array;
  readonly groupNames: readonly string[];
  readonly groupParents: Int32Array;
  /** Pairs of nodes: from, to. */
  readonly edges: Int32Array;
  /** 1 where it exists on the left, 2 on the right, 3 in both. */
  readonly edgeSides: Uint8Array;
  /** Nodes of each model that are not in the picture, because there are too many. */
  readonly leftOut: number;
  readonly rightOut: number;
}

const longestName = 160;

/** Whether two nodes that are partners take different weights of equal form; asked last, since it reads them. */
export type SameValues = (left: ListedNode, right: ListedNode) => Promise<boolean>;

/** Draws one model alone. */
export const pictureOf = (list: NodeList): Promise<GraphPicture> => pictureOfTwo(list, list);

/** Lays two models over one another; `sameValues` tells whether partners that look alike hold the same weights. */
export async function pictureOfTwo(
  left: NodeList,
  right: NodeList,
  sameValues: SameValues = () => Promise.resolve(true),
): Promise<GraphPicture> {
  const partners =
    left === right
      ? Int32Array.from(left.nodes, (_, index) => index)
      : matchNodes(left.nodes, right.nodes);
  const rows = rowsOf(left.nodes, right.nodes, partners);
  const { edges, edgeSides } = edgesOf(rows, left.nodes, right.nodes);
  const shown = rows.map(({ l, r }) => (l >= 0 ? left.nodes[l] : right.nodes[r])!);
  // What only the right one has was put there for a node that it feeds.
  const guests = new Set(rows.flatMap(({ l }, row) => (l < 0 ? [row] : [])));
  const operators = [...new Set([...left.nodes, ...right.nodes].map(({ op }) => op))].slice(
    0,
    0x7fff,
  );
  const places = new Map(operators.map((op, index) => [op, index]));
  const column = (nodes: readonly ListedNode[], at: 'l' | 'r') => ({
    ops: Int16Array.from(rows, (row) => places.get(nodes[row[at]]?.op ?? '') ?? -1),
    index: Int32Array.from(rows, (row) => row[at]),
    bytes: Float64Array.from(rows, (row) => nodes[row[at]]?.bytes ?? 0),
  });
  const [lefts, rights] = [column(left.nodes, 'l'), column(right.nodes, 'r')];
  return {
    names: shown.map(({ name, makes }) => (name || (makes[0] ?? '')).slice(0, longestName)),
    operators,
    leftOps: lefts.ops,
    rightOps: rights.ops,
    states: await statesOf(rows, left.nodes, right.nodes, sameValues),
    leftIndex: lefts.index,
    rightIndex: rights.index,
    leftBytes: lefts.bytes,
    rightBytes: rights.bytes,
    ...groupNodes(shown, edges, guests),
    edges,
    edgeSides,
    leftOut: left.total - left.nodes.length,
    rightOut: right.total - right.nodes.length,
  };
}

interface Row {
  readonly l: number;
  readonly r: number;
}

/** The left one's order, with what only the right one has before the partner that it comes before. */
function rowsOf(
  left: readonly ListedNode[],
  right: readonly ListedNode[],
  partners: Partners,
): readonly Row[] {
  const taken = new Set(partners);
  const before = new Map<number, number[]>();
  let waiting: number[] = [];
  right.forEach((_, r) => {
    if (!taken.has(r)) waiting.push(r);
    else if (waiting.length > 0) {
      before.set(r, waiting);
      waiting = [];
    }
  });
  const rows: Row[] = [];
  left.forEach((_, l) => {
    const r = partners[l]!;
    for (const one of before.get(r) ?? []) rows.push({ l: -1, r: one });
    rows.push({ l, r });
  });
  for (const one of waiting) rows.push({ l: -1, r: one });
  return rows;
}

function edgesOf(
  rows: readonly Row[],
  left: readonly ListedNode[],
  right: readonly ListedNode[],
): Pick<GraphPicture, 'edges' | 'edgeSides'> {
  const rowOfLeft = new Map(rows.map(({ l }, row) => [l, row]));
  const rowOfRight = new Map(rows.map(({ r }, row) => [r, row]));
  const sides = new Map<number, number>();
  const key = (from: number, to: number): number => from * rows.length + to;
  rows.forEach(({ l, r }, row) => {
    const note = (from: number | undefined, side: number): void => {
      if (from === undefined || from === row) return;
      sides.set(key(from, row), (sides.get(key(from, row)) ?? 0) | side);
    };
    for (const source of left[l]?.sources ?? []) note(rowOfLeft.get(source), 1);
    for (const source of right[r]?.sources ?? []) note(rowOfRight.get(source), 2);
  });
  const edges = new Int32Array(2 * sides.size);
  let at = 0;
  for (const one of sides.keys()) {
    edges[at++] = Math.floor(one / rows.length);
    edges[at++] = one % rows.length;
  }
  return { edges, edgeSides: Uint8Array.from(sides.values()) };
}

async function statesOf(
  rows: readonly Row[],
  left: readonly ListedNode[],
  right: readonly ListedNode[],
  sameValues: SameValues,
): Promise<Uint8Array> {
  const states = new Uint8Array(rows.length);
  for (const [row, { l, r }] of rows.entries()) {
    const [a, b] = [left[l], right[r]];
    if (!a || !b) states[row] = a ? 1 : 2;
    else if (a !== b && (formOf(a) !== formOf(b) || !(await sameValues(a, b)))) states[row] = 3;
  }
  return states;
}

/** What two nodes must share to count as the same, their weights' values and the names around them aside. */
function formOf({ op, node, constants, sources }: ListedNode): string {
  const attributes = (node?.attributes ?? []).map(
    ({ name, f, i, s, ints, floats, t }) =>
      `${name}=${[f, i, ints?.join(), floats?.join(), t && `${t.dtype} ${t.dims.join('×')}`].join(' ')} ${
        s instanceof Uint8Array ? s.slice(0, 200).join() : ''
      }`,
  );
  const taken = constants.map(({ tensor }) =>
    tensor ? `${tensor.dtype} ${tensor.dims.join('×')}` : '',
  );
  return JSON.stringify([op, attributes.sort(), taken, sources.length]);
}
