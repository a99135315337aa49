/** Names a model by what it holds, without reading again what it shares with models that were named before. */
import { sizeOf } from './bytes.ts';
import { mapTensors } from './edit.ts';
import { sha256 } from './hash.ts';
import { storedBytes } from './tensor.ts';
import type { Model, Tensor } from './types.ts';
import { writeOnnx } from './write.ts';

const keys = new WeakMap<Model, Promise<string>>();
const known = new WeakMap<Tensor, string>();

/** Tensors of fewer bytes are named with the graph. */
const small = 1024;

/**
 * 64 hexadecimal digits: equal where graphs and stored values are. Not the hash of a file; the same in
 * every session. Errors: the signal's reason.
 */
export function modelKey(model: Model, signal?: AbortSignal): Promise<string> {
  const remembered = keys.get(model);
  if (remembered) return remembered;
  const found = keyOf(model, signal);
  keys.set(model, found);
  // A key that was given up is looked for anew.
  found.catch(() => keys.delete(model));
  return found;
}

async function keyOf(model: Model, signal?: AbortSignal): Promise<string> {
  const large: Tensor[] = [];
  mapTensors(model, (tensor) => {
    const bytes = storedBytes(tensor);
    if (bytes && sizeOf(bytes) >= small && !known.has(tensor)) large.push(tensor);
    return tensor;
  });
  for (const tensor of large) known.set(tensor, await sha256(storedBytes(tensor)!, signal));
  const outline = mapTensors(model, (tensor) => {
    const hash = known.get(tensor);
    return hash === undefined ? tensor : outlined(tensor, hash);
  });
  return sha256(writeOnnx(outline).onnx, signal);
}

/** A tensor that stands for another in an outline: its type, its dims, and the hash of its values. */
const outlined = ({ name, dtype, dims }: Tensor, hash: string): Tensor => ({
  name: `${name} ${dtype} [${dims.join(',')}] ${hash}`,
  dtype: 'uint8',
  dims: [0],
  rawData: new Uint8Array(0),
});
