/** The widths of a network: channels that are alike, which weights make them, and which of them to keep. */
import { elementCount, loadFloats } from '../../onnx/tensor.ts';
import type { Model } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import type { Axis, Slots } from './slots.ts';

/** Channels of which any may go: each touches the same axes as the others. */
export interface Width {
  /** A weight that makes them, for people. */
  readonly label: string;
  /** Roots of the channels' slots, in the order of the first axis that they touch. */
  readonly channels: readonly number[];
}

/** A weight together with the axes of it that make channels. */
export interface Producer {
  readonly weight: Weight;
  readonly axes: readonly Axis[];
}

/** The weights of the main graph. A table makes the columns of its rows, any other weight what it does not sum over. */
export function producersOf(model: Model, slots: Slots): readonly Producer[] {
  return findWeights(model)
    .filter(({ path, stored }) => path.length === 0 && stored !== 'sparse')
    .map((weight) => {
      const made = weight.consumers.flatMap(({ node, inAxes, outAxes }) =>
        isTable(node.opType) ? inAxes : outAxes,
      );
      const axes = slots.of(weight.name) ?? [];
      return { weight, axes: axes.filter(({ axis }) => made.includes(axis)) };
    });
}

/** Whether a node looks rows up rather than summing over them. */
export const isTable = (opType: string): boolean => opType.startsWith('Gather');

/** All widths that weights make and that may shrink. */
export function widthsOf(slots: Slots, producers: readonly Producer[]): readonly Width[] {
  const kinds = kindsOf(slots);
  const labels = new Map<number, string>();
  for (const { weight, axes } of producers) {
    for (const { start, size } of axes) {
      for (let slot = start; slot < start + size; slot++) {
        const kind = kinds[slots.root(slot)]!;
        if (!labels.has(kind)) labels.set(kind, weight.key);
      }
    }
  }
  const channels = new Map<number, Set<number>>();
  for (let slot = 0; slot < slots.count; slot++) {
    const root = slots.root(slot);
    const kind = kinds[root]!;
    if (!labels.has(kind) || slots.reason(root) !== undefined) continue;
    const known = channels.get(kind);
    if (known) known.add(root);
    else channels.set(kind, new Set([root]));
  }
  return Array.from(channels, ([kind, roots]) => ({
    label: labels.get(kind)!,
    channels: [...roots],
  })).filter((width) => width.channels.length > 1);
}

/** A number for every root: equal where the channels touch the same axes. The partition is refined axis by axis. */
function kindsOf(slots: Slots): Int32Array {
  const kinds = new Int32Array(slots.count);
  const numbers = new Map<string, number>();
  slots.axes.forEach(({ start, size }, axis) => {
    const roots = new Set<number>();
    for (let slot = start; slot < start + size; slot++) roots.add(slots.root(slot));
    for (const root of roots) {
      const key = `${kinds[root]} ${axis}`;
      const number = numbers.get(key) ?? numbers.size + 1;
      numbers.set(key, number);
      kinds[root] = number;
    }
  });
  return kinds;
}

/** The sum of squares of the weights that make a channel, by root: its L2 norm, squared. */
export async function strengths(
  slots: Slots,
  producers: readonly Producer[],
  signal?: AbortSignal,
): Promise<Float64Array> {
  const sums = new Float64Array(slots.count);
  for (const { weight, axes } of producers) {
    signal?.throwIfAborted();
    const isFree = axes.filter(({ start, size }) => size > 0 && slots.reason(start) === undefined);
    if (isFree.length === 0 || elementCount(weight.tensor) === 0) continue;
    const values = await loadFloats(weight.tensor);
    for (const { axis, start, size } of isFree) {
      const inner = weight.dims.slice(axis + 1).reduce((total, dim) => total * dim, 1);
      const rows = new Float64Array(size);
      values.forEach((value, at) => {
        rows[Math.floor(at / inner) % size]! += value * value;
      });
      rows.forEach((sum, index) => {
        sums[slots.root(start + index)]! += sum;
      });
    }
  }
  return sums;
}

/** How many of `count` channels a share leaves: a multiple of `multiple` where that is at least two of it. */
export function keptCount(count: number, share: number, multiple: number): number {
  const wanted = share * count;
  const rounded =
    wanted >= 2 * multiple ? Math.round(wanted / multiple) * multiple : Math.round(wanted);
  return Math.min(count, Math.max(1, rounded));
}

/**
 * The channels that go: all but the `keep` strongest (Li et al., "Pruning filters for efficient
 * ConvNets", 2017; the L2 norm instead of L1). Of equals the first stay.
 */
export function weakest({ channels }: Width, strength: Float64Array, keep: number): number[] {
  const ranked = channels
    .map((root, index) => ({ root, index }))
    .sort((a, b) => strength[b.root]! - strength[a.root]! || a.index - b.index);
  return ranked.slice(keep).map(({ root }) => root);
}
