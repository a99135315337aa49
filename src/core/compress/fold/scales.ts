/** Gathers factors for slices of stored tensors, and multiplies each tensor once: it is rounded once, and held alone. */
import { checkFinite } from '../../math/blocks.ts';
import { loadFloats } from '../../onnx/tensor.ts';
import type { Weight } from '../../onnx/weights.ts';
import { named } from '../dense.ts';
import type { ModelEdit } from '../model-edit.ts';
import type { Cell } from './cells.ts';
import { along, withValues, type StoredTensor } from './fold-graph.ts';
import type { Slices } from './sources.ts';

interface Scaled {
  readonly stored: StoredTensor;
  readonly factors: Map<number, Float64Array>;
}

export class Scales {
  private readonly tensors = new Map<string, Scaled>();

  /** Divides a cell's source by its channels' factors, and multiplies its readers. */
  rescale({ divided, readers }: Cell, factors: Float64Array): void {
    for (const slices of divided)
      this.multiply(
        slices,
        factors.map((factor) => 1 / factor),
      );
    for (const slices of readers) this.multiply(slices, factors);
  }

  /** The factors along an axis so far, where there are any. */
  along(name: string, axis: number): Float64Array | undefined {
    return this.tensors.get(name)?.factors.get(axis);
  }

  private multiply({ stored, axis, channelOf }: Slices, factors: Float64Array): void {
    const known = this.tensors.get(stored.name) ?? {
      stored,
      factors: new Map<number, Float64Array>(),
    };
    this.tensors.set(stored.name, known);
    const size = stored.tensor.dims[axis] ?? 1;
    const all = known.factors.get(axis) ?? new Float64Array(size).fill(1);
    known.factors.set(axis, all);
    for (let index = 0; index < size; index++) all[index]! *= factors[channelOf?.(index) ?? index]!;
  }

  /** Puts the scaled tensors into the model. Errors: ModelError for a NaN in a weight. */
  async apply(edit: ModelEdit, weights: ReadonlyMap<string, Weight>): Promise<void> {
    for (const { stored, factors } of this.tensors.values()) {
      const values = Float32Array.from(await loadFloats(stored.tensor));
      const weight = weights.get(stored.name);
      if (weight) named(weight, () => checkFinite(values));
      const wide = Float64Array.from(values);
      for (const [axis, scales] of factors) {
        const { size, inner } = along(stored.tensor.dims, axis);
        for (let index = 0; index < wide.length; index++) {
          wide[index]! *= scales[Math.floor(index / inner) % size]!;
        }
      }
      edit.swapStored(stored, withValues(stored.tensor, Float32Array.from(wide)));
    }
  }
}

/** The largest magnitude of each channel's slices. */
export function largestOf(
  values: Float32Array,
  { stored, axis, channelOf }: Slices,
  channels: number,
): Float64Array {
  const { size, inner } = along(stored.tensor.dims, axis);
  const largest = new Float64Array(channels);
  for (let index = 0; index < values.length; index++) {
    const slice = Math.floor(index / inner) % size;
    const channel = channelOf?.(slice) ?? slice;
    const magnitude = Math.abs(values[index]!);
    if (magnitude > largest[channel]!) largest[channel] = magnitude;
  }
  return largest;
}
