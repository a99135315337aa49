/** Reads .npz, a zip of .npy files as NumPy's savez writes it. */
import { unzipSync } from 'fflate';

import { ModelError, formatBytes } from '../../core/errors.ts';
import type { Value } from '../../core/runtime.ts';
import { readNpyValue } from './npy.ts';

/** More than this is no input of a model, and would fill the memory. */
const mostBytes = 2 ** 30;

/** By the names that they were saved under. Errors: ModelError that names the file. */
export function readNpz(name: string, bytes: Uint8Array): ReadonlyMap<string, Value> {
  const files = unzipped(name, bytes);
  const arrays = new Map<string, Value>();
  for (const [path, content] of Object.entries(files)) {
    arrays.set(path.replace(/\.npy$/, ''), readNpyValue(`${name}, ${path}`, content));
  }
  if (arrays.size > 0) return arrays;
  throw new ModelError(`"${name}" holds no .npy array. Save the arrays with np.savez.`);
}

function unzipped(name: string, bytes: Uint8Array): Readonly<Record<string, Uint8Array>> {
  let total = 0;
  const tooLarge = new ModelError(
    `"${name}" unpacks to more than ${formatBytes(mostBytes)}. Save fewer samples.`,
  );
  try {
    return unzipSync(bytes, {
      filter({ name: path, originalSize }) {
        if (!path.endsWith('.npy')) return false;
        total += originalSize;
        // Sizes are told before anything is unpacked.
        if (total > mostBytes) throw tooLarge;
        return true;
      },
    });
  } catch (error) {
    if (error === tooLarge) throw error;
    throw new ModelError(`"${name}" is no .npz file, or a damaged one. Save it with np.savez.`);
  }
}
