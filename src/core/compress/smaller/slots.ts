/**
 * Which channels belong together: every index along every axis of every value is a slot, and
 * operators tie slots of their inputs to slots of their outputs (union-find, Tarjan 1975). A channel
 * can be removed with all slots that are tied to it, or not at all. The idea of dependency graphs for
 * pruning is that of Fang et al., "DepGraph" (2023).
 */
import type { Dims } from './smaller.ts';

export interface Axis {
  readonly value: string;
  readonly axis: number;
  /** The first of its slots. */
  readonly start: number;
  readonly size: number;
}

export class Slots {
  readonly axes: readonly Axis[];
  readonly count: number;
  private readonly byValue = new Map<string, readonly Axis[]>();
  private readonly parent: Int32Array;
  private readonly reasons = new Map<number, string>();

  constructor(dims: Dims) {
    let start = 0;
    for (const [value, sizes] of dims) {
      const axes = sizes.map((size, axis): Axis => {
        start += size;
        return { value, axis, start: start - size, size };
      });
      this.byValue.set(value, axes);
    }
    this.axes = [...this.byValue.values()].flat();
    this.count = start;
    this.parent = Int32Array.from({ length: start }, (_, slot) => slot);
  }

  /** The axes of a value; undefined where its dims are not known. */
  of(value: string): readonly Axis[] | undefined {
    return this.byValue.get(value);
  }

  /** The slot that stands for all that are tied to this one. */
  root(slot: number): number {
    const { parent } = this;
    let at = slot;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  }

  /** Ties every slot of `to` to the one of `from` at `index`, the same index by default. */
  tie(from: Axis, to: Axis, index: (at: number) => number = (at) => at): void {
    for (let at = 0; at < to.size; at++) {
      const source = index(at);
      if (source >= 0 && source < from.size) this.union(from.start + source, to.start + at);
      else this.fix(to.start + at, `"${from.value}" and "${to.value}" differ in size`);
    }
  }

  /** None of the axis's slots may be removed. The first reason is kept. */
  freeze({ start, size }: Axis, why: string): void {
    for (let at = 0; at < size; at++) this.fix(start + at, why);
  }

  /** Why a slot must stay; undefined where it may go. */
  reason(slot: number): string | undefined {
    return this.reasons.get(this.root(slot));
  }

  private fix(slot: number, why: string): void {
    const root = this.root(slot);
    if (!this.reasons.has(root)) this.reasons.set(root, why);
  }

  private union(a: number, b: number): void {
    const [from, to] = [this.root(b), this.root(a)];
    if (from === to) return;
    this.parent[from] = to;
    const why = this.reasons.get(from);
    if (why !== undefined) this.fix(to, why);
  }
}
