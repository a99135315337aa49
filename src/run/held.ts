/** State of a training session: tensors of onnxruntime that stay where they are, whichever build made them. */
import { RuntimeError } from '../core/errors.ts';
import type { HeldValue, Value } from '../core/runtime.ts';
import { valuesOf, type RuntimeTensor } from './outputs.ts';

/** What is used of onnxruntime's Tensor. */
interface DeviceTensor extends RuntimeTensor {
  getData(releaseData?: boolean): Promise<RuntimeTensor['data']>;
  dispose(): void;
}

const tensors = new WeakMap<HeldValue, DeviceTensor>();

/** A tensor as core sees it. */
export function heldTensor(tensor: DeviceTensor): HeldValue {
  const { type, dims } = tensor;
  const held: HeldValue = {
    dims,
    read: async () => {
      const data = await tensor.getData();
      return valuesOf({ held: { type, dims, data } })['held']!;
    },
    release: () => tensor.dispose(),
  };
  tensors.set(held, tensor);
  return held;
}

/** The tensor behind a held value. Errors: RuntimeError for one that was not made here. */
export function tensorOf(held: HeldValue): DeviceTensor {
  const tensor = tensors.get(held);
  if (tensor) return tensor;
  throw new RuntimeError('A held value came from another runtime. Use the session that made it.');
}

/** The outputs of a run: those in `hold` stay, the others are read. */
export function splitOutputs(
  outputs: Readonly<Record<string, DeviceTensor>>,
  hold: readonly string[],
): { outputs: Record<string, Value>; held: Record<string, HeldValue> } {
  const entries = Object.entries(outputs);
  const stays = new Set(hold);
  const read = entries.filter(([name]) => !stays.has(name));
  const held = entries.filter(([name]) => stays.has(name));
  return {
    outputs: valuesOf(Object.fromEntries(read)),
    held: Object.fromEntries(held.map(([name, tensor]) => [name, heldTensor(tensor)])),
  };
}
