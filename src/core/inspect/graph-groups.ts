/** Puts nodes into groups that fold away: by their modules, by blocks that repeat, or by parts of the order. */
import type { ListedNode } from './graph-nodes.ts';
import { modulesOf, tellModules } from './graph-modules.ts';
import type { GraphPicture } from './graph-picture.ts';
import { repeatedBlocks } from './graph-repeats.ts';

export type Grouping = Pick<GraphPicture, 'group' | 'groupNames' | 'groupParents'>;

/** More groups directly in one group are bundled. */
const mostInGroup = 36;
/** More nodes directly in one group are cut into parts; attention without names of its own has some fifty. */
const mostNodesInGroup = 64;

interface Group {
  readonly name: string;
  readonly children: Map<string, Group>;
  /** Nodes directly in it, in order. */
  nodes: number[];
}

const newGroup = (name: string): Group => ({ name, children: new Map(), nodes: [] });

/** The groups of nodes; `edges` are pairs of positions, `guests` as in `modulesOf`. */
export function groupNodes(
  nodes: readonly ListedNode[],
  edges: Int32Array,
  guests: ReadonlySet<number> = new Set(),
): Grouping {
  const root = newGroup('');
  if (!tellModules(nodes, guests)) groupBlocks(nodes, root);
  else {
    const paths = modulesOf(nodes, edges, guests);
    nodes.forEach((_, index) =>
      into(root, paths[index] ?? nodes[index]?.path ?? []).nodes.push(index),
    );
  }
  simplify(root);
  divide(root);
  return columns(root, nodes.length);
}

/** Without paths: blocks that repeat, and what is before and behind them; scopes keep together. */
function groupBlocks(nodes: readonly ListedNode[], root: Group): void {
  const loose: number[] = [];
  nodes.forEach(({ kind, scope, path = [] }, index) => {
    // Inside subgraphs and functions the path tells at least which.
    if (scope !== '') into(root, path).nodes.push(index);
    else if (kind === 'node') loose.push(index);
    else root.nodes.push(index);
  });
  const found = repeatedBlocks(loose.map((index) => nodes[index]!.op));
  loose.forEach((index, at) => {
    const block = found ? Math.floor((at - found.start) / found.period) : -1;
    const inside = found !== undefined && at >= found.start && block < found.repeats;
    (inside ? into(root, [`Block ${block + 1} of ${found.repeats}`]) : root).nodes.push(index);
  });
}

function into(root: Group, path: readonly string[]): Group {
  let group = root;
  for (const name of path) {
    const known = group.children.get(name) ?? newGroup(name);
    group.children.set(name, known);
    group = known;
  }
  return group;
}

/** Dissolves groups of one node, and joins a group with the only one in it. */
function simplify(group: Group): void {
  const children = [...group.children.values()];
  group.children.clear();
  for (const child of children) {
    simplify(child);
    const [only] = child.children.values();
    if (child.children.size === 0 && child.nodes.length < 2) group.nodes.push(...child.nodes);
    else if (only && child.children.size === 1 && child.nodes.length === 0) {
      const name = `${child.name}/${only.name}`;
      group.children.set(name, { ...only, name });
    } else group.children.set(child.name, child);
  }
  group.nodes.sort((a, b) => a - b);
}

/** Cuts long lists of nodes into parts, and long lists of groups into groups of groups. */
function divide(group: Group): void {
  for (const child of group.children.values()) divide(child);
  if (group.nodes.length > mostNodesInGroup) cutNodes(group);
  bundle(group);
}

function cutNodes(group: Group): void {
  const { nodes } = group;
  const count = Math.min(mostInGroup, Math.ceil(nodes.length / (mostInGroup / 2)));
  const size = Math.ceil(nodes.length / count);
  group.nodes = [];
  for (let start = 0; start < nodes.length; start += size) {
    const name = `Part ${1 + start / size} of ${Math.ceil(nodes.length / size)}`;
    const part = { ...newGroup(name), nodes: nodes.slice(start, start + size) };
    divide(part);
    group.children.set(name, part);
  }
}

/** Puts neighbors among very many groups into groups of groups. */
function bundle(group: Group): void {
  while (group.children.size > mostInGroup) {
    const children = [...group.children.values()];
    const size = Math.max(mostInGroup / 2, Math.ceil(children.length / mostInGroup));
    group.children.clear();
    for (let start = 0; start < children.length; start += size) {
      const some = children.slice(start, start + size);
      const name = `${some[0]!.name} … ${some[some.length - 1]!.name}`;
      const part = newGroup(name);
      for (const child of some) part.children.set(child.name, child);
      bundle(part);
      group.children.set(`${start} ${name}`, part);
    }
  }
}

function columns(root: Group, count: number): Grouping {
  const group = new Int32Array(count).fill(-1);
  const groupNames: string[] = [];
  const parents: number[] = [];
  const visit = (one: Group, at: number): void => {
    for (const node of one.nodes) group[node] = at;
    for (const child of one.children.values()) {
      parents.push(at);
      visit(child, groupNames.push(child.name) - 1);
    }
  };
  visit(root, -1);
  return { group, groupNames, groupParents: Int32Array.from(parents) };
}
