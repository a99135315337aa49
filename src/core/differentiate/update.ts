/** The end of a training step: gradients into one vector, clipped, and the optimizer's change of the weights. */
import type { Border } from './border.ts';
import type { GraphEmitter } from './emitter.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { emitPacked, packed, rowLength, type Packing, type Slot } from './packing.ts';
import { emitSum } from './sums.ts';

export interface UpdateOptions {
  readonly optimizer: Optimizer;
  /** How strongly a value decays, such as 0.01; 0 unless told. Norms and biases usually do not. */
  readonly decayOf?: (name: string, dims: readonly number[]) => number;
  /** A share of the learning rate for a value; 1 unless told. */
  readonly rateOf?: (name: string) => number;
  /** Gradients whose L2 norm together is larger are scaled down to it; Infinity leaves them. */
  readonly clipNorm?: number;
  /** 1 where a weight may change, 0 where it is held at zero, by initializer. */
  readonly masks?: ReadonlyMap<string, ArrayLike<number>>;
  /** Keeps a running average of the trained values; its pace is the step's scalar `averaging`. */
  readonly averaging?: number;
}

export interface Update {
  /** The input that holds the trained values. */
  readonly input: string;
  /** The norm of the gradients before clipping. */
  readonly norm: string;
}

/** Emits the update of all trained values, and lets their vectors go round. */
export function emitUpdate(
  emitter: GraphEmitter,
  border: Border,
  packing: Packing,
  gradients: ReadonlyMap<string, string>,
  initial: Float32Array,
  options: UpdateOptions,
): Update {
  const { optimizer, decayOf = () => 0, rateOf, masks, clipNorm = Infinity } = options;
  const vector = (valuesOf: (slot: Slot) => ArrayLike<number>): string =>
    emitter.tensor('float32', [packing.length], packed(packing, valuesOf));
  const even = (slot: Slot, value: number): Float32Array => new Float32Array(slot.size).fill(value);

  const input = border.enter('parameters', initial);
  let gradient = emitPacked(emitter, packing, ({ name }) => gradients.get(name));
  if (masks) {
    const mask = vector((slot) => masks.get(slot.name) ?? even(slot, 1));
    gradient = emitter.emit('Mul', [gradient, mask]);
  }
  const norm = emitNorm(emitter, gradient, packing.length);
  if (clipNorm < Infinity) gradient = emitClipped(emitter, gradient, norm, clipNorm);

  const decays = packing.slots.some(({ name, dims }) => decayOf(name, dims) > 0);
  const slotNames = Array.from({ length: optimizer.slots }, (_, index) => `memory ${index + 1}`);
  const zeros = new Float32Array(packing.length);
  const slots = slotNames.map((name) => border.enter(name, zeros));
  const next = optimizer.emit({
    emit: (...given) => emitter.emit(...given),
    emitMany: (...given) => emitter.emitMany(...given),
    floats: (...given) => emitter.floats(...given),
    integers: (...given) => emitter.integers(...given),
    parameters: input,
    gradient,
    slots,
    decay: decays ? vector((slot) => even(slot, decayOf(slot.name, slot.dims))) : undefined,
    scalar: (name) => border.scalar(name),
  });
  let { parameters } = next;
  if (rateOf) {
    const way = emitter.emit('Sub', [parameters, input]);
    const share = vector((slot) => even(slot, rateOf(slot.name)));
    parameters = emitter.emit('Add', [input, emitter.emit('Mul', [way, share])]);
  }
  border.leave('parameters', input, initial, parameters);
  slotNames.forEach((name, index) => border.leave(name, slots[index]!, zeros, next.slots[index]!));
  if ((options.averaging ?? 0) > 0) emitAverage(emitter, border, initial, parameters);
  return { input, norm: border.report(norm) };
}

function emitAverage(
  emitter: GraphEmitter,
  border: Border,
  initial: Float32Array,
  parameters: string,
): void {
  border.goRound('average', initial, (before) => {
    const way = emitter.emit('Sub', [parameters, before]);
    const step = emitter.emit('Mul', [way, border.scalar('averaging')]);
    return emitter.emit('Add', [before, step]);
  });
}

/** The L2 norm of a vector. */
function emitNorm(emitter: GraphEmitter, vector: string, length: number): string {
  const dims = [length / rowLength, rowLength];
  const rows = emitter.emit('Reshape', [vector, emitter.integers(dims)]);
  const square = emitter.emit('Mul', [rows, rows]);
  return emitter.emit('Sqrt', [emitSum(emitter, square, dims, [0, 1], false)]);
}

function emitClipped(
  emitter: GraphEmitter,
  gradient: string,
  norm: string,
  largest: number,
): string {
  // As in PyTorch: the small number keeps a norm of zero from dividing.
  const above = emitter.emit('Add', [norm, emitter.floats(1e-6)]);
  const share = emitter.emit('Div', [emitter.floats(largest), above]);
  return emitter.emit('Mul', [gradient, emitter.emit('Min', [share, emitter.floats(1)])]);
}
