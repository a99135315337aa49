/** Many tensors in one vector: the optimizer works on all of them with one node per operation. */
import { node } from '../onnx/build.ts';
import type { GraphEmitter } from './emitter.ts';
import type { Emitter } from './rule.ts';

/** Where a tensor lies in the vector. */
export interface Slot {
  readonly name: string;
  readonly dims: readonly number[];
  readonly offset: number;
  readonly size: number;
}

export interface Packing {
  readonly slots: readonly Slot[];
  /** Length of the vector: the sizes together, rounded up to whole rows. */
  readonly length: number;
}

/** Sums over the vector go row by row; the rest of the last row stays zero. */
export const rowLength = 1024;

/** WebGPU binds no more buffers to one kernel than this, the output included. */
const mostInputs = 6;

/** Lays tensors end to end. */
export function packingOf(
  tensors: readonly { readonly name: string; readonly dims: readonly number[] }[],
): Packing {
  let offset = 0;
  const slots = tensors.map(({ name, dims }) => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const slot = { name, dims, offset, size };
    offset += size;
    return slot;
  });
  return { slots, length: Math.ceil(Math.max(offset, 1) / rowLength) * rowLength };
}

/** Copies tensors into a vector; what no tensor fills is `rest`. */
export function packed(
  { slots, length }: Packing,
  valuesOf: (slot: Slot) => ArrayLike<number>,
  rest = 0,
): Float32Array {
  const vector = new Float32Array(length).fill(rest);
  for (const slot of slots) vector.set(valuesOf(slot), slot.offset);
  return vector;
}

/** The tensors of a vector, by name. They share its memory. */
export function unpacked({ slots }: Packing, vector: Float32Array): Map<string, Float32Array> {
  return new Map(
    slots.map(({ name, offset, size }) => [name, vector.subarray(offset, offset + size)]),
  );
}

/** Emits the tensor of a slot under its own name, cut out of the vector. */
export function emitSlot(
  to: GraphEmitter,
  vector: string,
  { name, offset, size, dims }: Slot,
): void {
  const part = to.emit('Slice', [
    vector,
    to.integers([offset]),
    to.integers([offset + size]),
    to.integers([0]),
  ]);
  to.nodes.push(node('Reshape', [part, to.integers(dims)], [name]));
}

/** Emits the vector of tensors; undefined ones are zeros. */
export function emitPacked(
  to: Emitter,
  { slots, length }: Packing,
  nameOf: (slot: Slot) => string | undefined,
): string {
  const parts = slots.map((slot) => {
    const name = nameOf(slot);
    return name === undefined
      ? zeros(to, slot.size)
      : to.emit('Reshape', [name, to.integers([slot.size])]);
  });
  const filled = slots.reduce((sum, { size }) => sum + size, 0);
  if (filled < length) parts.push(zeros(to, length - filled));
  return concatenated(to, parts);
}

const zeros = (to: Emitter, size: number): string =>
  to.emit('Expand', [to.floats([0], [1]), to.integers([size])]);

function concatenated(to: Emitter, parts: readonly string[]): string {
  if (parts.length === 1) return parts[0]!;
  const joined: string[] = [];
  for (let at = 0; at < parts.length; at += mostInputs) {
    const group = parts.slice(at, at + mostInputs);
    joined.push(group.length === 1 ? group[0]! : to.emit('Concat', group, { axis: 0 }));
  }
  return concatenated(to, joined);
}
