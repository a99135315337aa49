/** Which node of one model is which node of another. */
import { partnersByOrder } from './graph-match-order.ts';
import { weightsOfPairs } from './graph-match-weights.ts';
import type { ListedNode } from './graph-nodes.ts';

/** For each node on the left its partner's position on the right, or -1. */
export type Partners = Int32Array;

/**
 * Pairs nodes in rounds, each with what the rounds before left over: by name and outputs; by outputs,
 * which are unique in a graph; by name, where it is unique on both sides; by the weight that they take
 * and their operator, then by the weight alone; by operator and the partners of the nodes before or
 * behind them; by the order between those that are known. Time is linear in the size of the graphs, but
 * for stretches without any partner, which are compared each with each up to a bound.
 */
export function matchNodes(left: readonly ListedNode[], right: readonly ListedNode[]): Partners {
  const pairs = new Pairs(left, right);
  pairs.by((node) => text(node.kind, node.scope, node.name, ...node.makes, opIfNumbered(node)));
  pairs.by(
    (node) =>
      node.makes.length > 0 && text(node.kind, node.scope, ...node.makes, opIfNumbered(node)),
  );
  pairs.by((node) => node.name !== '' && text(node.kind, node.scope, node.name));
  const weights = weightsOfPairs(left, right);
  const weightKey = (index: number, side: 'left' | 'right', ...parts: readonly string[]) => {
    const weight = weights[side][index];
    return weight !== undefined && text(...parts, weight);
  };
  pairs.by(({ op, scope }, index, side) => weightKey(index, side, scope, op));
  pairs.by(({ scope }, index, side) => weightKey(index, side, scope));
  pairs.byNeighbors('sources');
  pairs.byNeighbors('targets');
  if (pairs.isWhole()) return pairs.rightOf;
  pairs.add(partnersByOrder(left, right, pairs.rightOf));
  pairs.byNeighbors('sources');
  pairs.byNeighbors('targets');
  return pairs.rightOf;
}

const text = (...parts: readonly string[]): string => JSON.stringify(parts);

/** Values that an exporter numbered have the same names in any model: there the operator must agree. */
const opIfNumbered = ({ makes, op }: ListedNode): string =>
  makes.every((name) => /^\D{0,2}\d+$/.test(name)) ? op : '';

class Pairs {
  readonly left: readonly ListedNode[];
  readonly right: readonly ListedNode[];
  readonly rightOf: Int32Array;
  readonly leftOf: Int32Array;

  constructor(left: readonly ListedNode[], right: readonly ListedNode[]) {
    this.left = left;
    this.right = right;
    this.rightOf = new Int32Array(left.length).fill(-1);
    this.leftOf = new Int32Array(right.length).fill(-1);
  }

  /** Pairs those whose key is unique on both sides; a node without a key is left over. */
  by(key: (node: ListedNode, index: number, side: 'left' | 'right') => string | false): void {
    const lefts = unique(this.left, this.rightOf, (node, at) => key(node, at, 'left'));
    const rights = unique(this.right, this.leftOf, (node, at) => key(node, at, 'right'));
    for (const [name, at] of lefts) {
      const partner = rights.get(name);
      if (partner === undefined || at < 0 || partner < 0) continue;
      this.rightOf[at] = partner;
      this.leftOf[partner] = at;
    }
  }

  /** Whether one side has no nodes left over. */
  isWhole(): boolean {
    return !this.rightOf.includes(-1) || !this.leftOf.includes(-1);
  }

  /** Pairs of positions; those that have a partner already are left out. */
  add(pairs: Iterable<readonly [number, number]>): void {
    for (const [at, partner] of pairs) {
      if (this.rightOf[at] !== -1 || this.leftOf[partner] !== -1) continue;
      this.rightOf[at] = partner;
      this.leftOf[partner] = at;
    }
  }

  /** Nodes whose neighbors are partners; each round reaches one node further. */
  byNeighbors(which: 'sources' | 'targets'): void {
    const lefts = which === 'sources' ? sourcesOf(this.left) : targetsOf(this.left);
    const rights = which === 'sources' ? sourcesOf(this.right) : targetsOf(this.right);
    for (let round = 0; round < 8; round++) {
      const before = count(this.rightOf);
      this.by(({ op, scope }, index, side) => {
        const neighbors = (side === 'left' ? lefts : rights)[index] ?? [];
        // Named by positions on the left, whichever side asks.
        const known = neighbors.map((one) =>
          side === 'left' ? (this.rightOf[one]! >= 0 ? one : -1) : this.leftOf[one]!,
        );
        if (known.length === 0 || known.includes(-1)) return false;
        // Who takes a value first is nobody's matter; which input comes first is.
        if (which === 'targets') known.sort((a, b) => a - b);
        return text(op, scope, ...known.map(String));
      });
      if (count(this.rightOf) === before) return;
    }
  }
}

const count = (pairs: Int32Array): number =>
  pairs.reduce((sum, one) => sum + (one >= 0 ? 1 : 0), 0);

/** Positions of the nodes without a partner by their keys; -1 for a key that several have. */
function unique(
  nodes: readonly ListedNode[],
  partners: Int32Array,
  key: (node: ListedNode, index: number) => string | false,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  nodes.forEach((node, index) => {
    if (partners[index] !== -1) return;
    const name = key(node, index);
    if (name !== false) found.set(name, found.has(name) ? -1 : index);
  });
  return found;
}

const sourcesOf = (nodes: readonly ListedNode[]) => nodes.map(({ sources }) => sources);

/** The nodes that take what each node makes. */
export function targetsOf(
  nodes: readonly Pick<ListedNode, 'sources'>[],
): readonly (readonly number[])[] {
  const targets: number[][] = nodes.map(() => []);
  nodes.forEach(({ sources }, index) => {
    for (const source of sources) targets[source]?.push(index);
  });
  return targets;
}
