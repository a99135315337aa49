/** Tells samples of the visitor's own apart by what is in them. */
import { sha256 } from '../../core/onnx/hash.ts';

/** SHA-256 of files that were read: their bytes never change. */
const hashes = new WeakMap<Blob, string>();

/** Reads samples once, piece by piece, so that `samplesKey` knows them. Never rejects: whoever uses a file that can't be read says so. */
export async function readSamples(own: ReadonlyMap<string, Blob>): Promise<void> {
  for (const blob of own.values()) {
    if (hashes.has(blob)) continue;
    const hash = await sha256(blob).catch(() => undefined);
    if (hash !== undefined) hashes.set(blob, hash);
  }
}

/** The same for files of the same paths and content, in whatever order; '' for none. By their lengths, where they were not read. */
export function samplesKey(own: ReadonlyMap<string, Blob>): string {
  const one = ([path, blob]: readonly [string, Blob]): string =>
    JSON.stringify([path, hashes.get(blob) ?? blob.size]);
  return [...own].map(one).toSorted().join(' ');
}
