/** Partners by order: between two nodes that are known to be the same, what comes in the same order is the same. */
import { modulesOf } from './graph-modules.ts';
import type { ListedNode } from './graph-nodes.ts';

/** Longer stretches are compared only as far as this many pairs of nodes. */
const mostPairs = 4_000_000;

/**
 * New partners: between neighboring anchors, the longest common subsequence (Wagner & Fischer 1974) of
 * operators with their modules. Anchors are the known partners whose order is the same in both.
 */
export function partnersByOrder(
  left: readonly ListedNode[],
  right: readonly ListedNode[],
  rightOf: Int32Array,
): readonly (readonly [number, number])[] {
  const [lefts, rights] = [kinds(left), kinds(right)];
  const taken = new Set(rightOf);
  const found: (readonly [number, number])[] = [];
  let [l, r] = [0, 0];
  const between = (endLeft: number, endRight: number): void => {
    const a = range(l, endLeft).filter((at) => rightOf[at] === -1);
    const b = range(r, endRight).filter((at) => !taken.has(at));
    for (const [i, j] of commonSubsequence(
      a.map((at) => lefts[at] ?? ''),
      b.map((at) => rights[at] ?? ''),
    ))
      found.push([a[i]!, b[j]!]);
  };
  for (const anchor of risingAnchors(rightOf)) {
    between(anchor, rightOf[anchor]!);
    [l, r] = [anchor + 1, rightOf[anchor]! + 1];
  }
  between(left.length, right.length);
  return found;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);

/** What must agree: operator, scope, module. */
function kinds(nodes: readonly ListedNode[]): readonly string[] {
  const edges = Int32Array.from(
    nodes.flatMap(({ sources }, index) => sources.flatMap((source) => [source, index])),
  );
  const modules = modulesOf(nodes, edges);
  return nodes.map(({ kind, op, scope }, index) =>
    JSON.stringify([kind, op, scope, ...(modules[index] ?? [])]),
  );
}

/** The longest run of partners that rise on both sides: patience sorting (Fredman 1975). */
function risingAnchors(rightOf: Int32Array): readonly number[] {
  const tails: number[] = [];
  const before = new Int32Array(rightOf.length).fill(-1);
  rightOf.forEach((partner, at) => {
    if (partner < 0) return;
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rightOf[tails[middle]!]! < partner) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[at] = tails[low - 1]!;
    tails[low] = at;
  });
  const anchors: number[] = [];
  for (let at = tails[tails.length - 1] ?? -1; at >= 0; at = before[at]!) anchors.push(at);
  return anchors.reverse();
}

/** Positions of the longest common subsequence of two lists, in rising order. */
export function commonSubsequence(
  a: readonly string[],
  b: readonly string[],
): readonly (readonly [number, number])[] {
  const rows = a.length;
  const columns = Math.min(b.length, Math.floor(mostPairs / Math.max(1, rows)));
  if (rows === 0 || columns === 0) return [];
  const width = columns + 1;
  // Of the rest of both lists from each pair of positions on.
  const lengths = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}
