/**
 * The module of every node where only some tell it. A node's own name or the weight that it takes says it;
 * the others lie where data passes through them on the way from one module to the next.
 */
import type { ListedNode } from './graph-nodes.ts';
import { sharedPath, type GroupPath } from './graph-paths.ts';

/** What modules are told from. */
export type ModuleNode = Pick<ListedNode, 'kind' | 'path' | 'constants'>;

type Paths = readonly (GroupPath | undefined)[];

/**
 * Paths of all nodes but inputs and outputs, which keep their own; `edges` are pairs of positions: from,
 * to. `guests` lie with what they feed wherever their own names would put them. Undefined for what no
 * module is near. Linear in nodes and edges; sound for any order, best for the order of the data.
 */
export function modulesOf(
  nodes: readonly ModuleNode[],
  edges: Int32Array,
  guests: ReadonlySet<number> = new Set(),
): Paths {
  return new Modules(nodes, edges, guests).run();
}

/** Whether enough nodes tell their module for all to be put into one. */
export function tellModules(
  nodes: readonly ModuleNode[],
  guests: ReadonlySet<number> = new Set(),
): boolean {
  const own = nodes.filter(({ kind }, index) => kind === 'node' && !guests.has(index));
  const told = own.filter(({ path }) => path !== undefined);
  const different = new Set(told.map(({ path }) => keyOf(path ?? [])));
  return different.size >= fewestModules && told.length >= toldShare * own.length;
}

const fewestModules = 2;
/** A layer of a language model is some sixty nodes, of which nine take a weight. */
const toldShare = 0.05;
/** Only so many are tried. */
const mostSums = 8;

const keyOf = (path: GroupPath): string => path.join('\n');
const parentOf = (path: GroupPath): GroupPath => (path.length > 1 ? path.slice(0, -1) : path);

/** What lies behind a node whose module is not told, up to the next that are. */
interface Ahead {
  /** Shared by all of them; undefined where there is none. */
  readonly shared: GroupPath | undefined;
  /** The first of them in the model's order; -1 for none. */
  readonly first: number;
  /** The key of the one module that everything ends in; undefined where there are several, or an output. */
  readonly only: string | undefined;
}

class Modules {
  readonly #nodes: readonly ModuleNode[];
  readonly #guests: ReadonlySet<number>;
  readonly #sources: readonly number[][];
  readonly #targets: readonly number[][];
  readonly #paths: (GroupPath | undefined)[];
  /** Told by a name or a weight, not derived. */
  readonly #told: Uint8Array;
  /** Computed from stored tensors alone. */
  readonly #fixed: Uint8Array;
  readonly #ahead: Ahead[] = [];

  constructor(nodes: readonly ModuleNode[], edges: Int32Array, guests: ReadonlySet<number>) {
    this.#nodes = nodes;
    this.#guests = guests;
    const sources: number[][] = nodes.map(() => []);
    const targets: number[][] = nodes.map(() => []);
    for (let at = 0; at < edges.length; at += 2) {
      targets[edges[at]!]!.push(edges[at + 1]!);
      sources[edges[at + 1]!]!.push(edges[at]!);
    }
    this.#sources = sources;
    this.#targets = targets;
    this.#paths = nodes.map(({ path }, index) => (guests.has(index) ? undefined : path));
    this.#told = Uint8Array.from(nodes, ({ kind }, index) =>
      kind === 'node' && this.#paths[index] !== undefined ? 1 : 0,
    );
    this.#fixed = new Uint8Array(nodes.length);
  }

  run(): Paths {
    this.#takeWeights();
    this.#lookAhead();
    this.#takeCones();
    // Each node as it is passed: those before it are known.
    const behind: (GroupPath | undefined)[] = [];
    this.#nodes.forEach(({ kind }, index) => {
      if (kind === 'node' && this.#paths[index] === undefined && !this.#guests.has(index))
        this.#paths[index] = this.#between(index, behind);
      const own = kind === 'node' ? this.#paths[index] : undefined;
      behind.push(own ?? (this.#guests.has(index) ? this.#latest(index, behind) : undefined));
    });
    this.#placeGuests();
    return this.#paths;
  }

  #isOpen(index: number): boolean {
    return this.#nodes[index]?.kind === 'node' && this.#told[index] === 0;
  }

  /** A weight may come by way of nodes that decode it: they tell their product's module. */
  #takeWeights(): void {
    this.#nodes.forEach(({ kind, constants }, index) => {
      const sources = this.#sources[index]!;
      if (kind !== 'node') return;
      if (sources.every((one) => this.#fixed[one]) && sources.length + constants.length > 0) {
        this.#fixed[index] = 1;
        const first = sources.find((one) => this.#paths[one] !== undefined);
        if (this.#paths[index] === undefined && first !== undefined) this.#tell(index, first);
      } else if (this.#isOpen(index) && !this.#guests.has(index)) {
        const weight = sources.find((one) => this.#fixed[one] && this.#told[one]);
        if (weight !== undefined) this.#tell(index, weight);
      }
    });
  }

  #tell(index: number, from: number): void {
    if (this.#guests.has(index)) return;
    this.#paths[index] = this.#paths[from];
    this.#told[index] = 1;
  }

  #lookAhead(): void {
    for (let index = this.#nodes.length - 1; index >= 0; index--) {
      let shared: GroupPath | undefined;
      let first = -1;
      const keys = new Set<string | undefined>();
      for (const target of this.#targets[index]!) {
        const isTold = this.#told[target] === 1;
        const next = this.#ahead[target];
        const path = isTold ? this.#paths[target] : next?.shared;
        keys.add(isTold ? keyOf(path ?? []) : next?.only);
        if (path) shared = shared ? sharedPath(shared, path) : path;
        const candidate = isTold ? target : (next?.first ?? -1);
        if (candidate >= 0 && (first < 0 || candidate < first)) first = candidate;
      }
      const [only] = keys.size === 1 ? keys : [];
      this.#ahead[index] = { shared, first, only };
    }
  }

  /**
   * What is computed on the way to one module alone, out of a value that others need too, is a part of
   * it: the powers and roots before a norm's weight, but not the softmax before an output projection.
   */
  #takeCones(): void {
    const cones = new Map<string, number[]>();
    this.#nodes.forEach((_, index) => {
      const { only } = this.#ahead[index]!;
      if (only === undefined || only === '' || !this.#isOpen(index) || this.#guests.has(index))
        return;
      const cone = cones.get(only);
      if (cone) cone.push(index);
      else cones.set(only, [index]);
    });
    for (const [key, cone] of cones) {
      const path = this.#paths[this.#ahead[cone[0]!]!.first];
      for (const one of this.#partOf(key, cone)) this.#paths[one] = path;
    }
  }

  /** Which of the nodes that lead to one module alone are parts of it. */
  #partOf(key: string, cone: readonly number[]): readonly number[] {
    const own = (index: number): boolean =>
      this.#told[index] === 1
        ? keyOf(this.#paths[index] ?? []) === key
        : this.#ahead[index]!.only === key;
    const isNeeded = (entry: number): boolean => this.#targets[entry]!.some((one) => !own(one));
    const entries = this.#entriesOf(cone);
    if (entries.length > 0 && entries.every(isNeeded)) return cone;
    // Behind the last sum of a model nothing else needs it: what uses it more than once belongs to the norm.
    const sums = cone.filter(
      (one) => this.#targets[one]!.length > 1 && this.#sources[one]!.length > 1,
    );
    for (const sum of sums.slice(0, mostSums)) {
      const behind = cone.filter((one) => one > sum);
      if (this.#entriesOf(behind).every((one) => one === sum)) return behind;
    }
    return [];
  }

  /** What some nodes take that is neither of them nor stored. */
  #entriesOf(some: readonly number[]): readonly number[] {
    const inside = new Set(some);
    const all = new Set(some.flatMap((one) => this.#sources[one]!));
    return [...all].filter((one) => !inside.has(one) && !this.#fixed[one]);
  }

  /** The path of the last node before this one that has any. */
  #latest(index: number, behind: Paths): GroupPath | undefined {
    const known = this.#sources[index]!.filter((one) => behind[one]?.length);
    return known.length > 0 ? behind[Math.max(...known)] : undefined;
  }

  /** Between two modules a node lies in what is around both; at the end of one it stays there. */
  #between(index: number, behind: Paths): GroupPath | undefined {
    const { shared, first } = this.#ahead[index]!;
    const latest = this.#latest(index, behind);
    // Ahead of a whole module: what is brought to it lies beside it.
    const isWhole = shared !== undefined && shared.length === this.#paths[first]?.length;
    if (!latest) return isWhole ? parentOf(shared) : shared;
    const next = first >= 0 ? sharedPath(latest, this.#paths[first] ?? []) : [];
    if (next.length > 0) return next;
    const before = this.#sources[index]!.flatMap((one) => {
      const path = this.#fixed[one] ? undefined : behind[one];
      return path ? [path] : [];
    });
    // At the end of several modules: in what is around all of them.
    const common = before.reduce(sharedPath, before[0] ?? []);
    if (before.length > 1 && (common.length > 0 || before.some((path) => path.length === 0)))
      return common;
    const isTold = this.#sources[index]!.some((one) => this.#told[one] && behind[one] === latest);
    return isTold ? parentOf(latest) : latest;
  }

  /** Guests lie where the first that they feed lies, or else where the first that feeds them does. */
  #placeGuests(): void {
    const guests = [...this.#guests].sort((a, b) => b - a);
    const place = (index: number, neighbors: readonly number[]): void => {
      if (this.#nodes[index]?.kind !== 'node' || this.#paths[index] !== undefined) return;
      const near = neighbors.find(
        (one) => this.#nodes[one]?.kind === 'node' && this.#paths[one] !== undefined,
      );
      this.#paths[index] = near === undefined ? undefined : this.#paths[near];
    };
    for (const index of guests) place(index, this.#targets[index]!);
    for (const index of guests.reverse()) place(index, this.#sources[index]!);
  }
}
