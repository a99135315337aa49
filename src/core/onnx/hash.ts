/** The identity of a file: SHA-256 of its bytes, read in pieces so that it never lies in the heap whole. */
import { createSHA256 } from 'hash-wasm';
import { piecesOf } from './bytes.ts';
import type { Bytes } from './types.ts';

/**
 * SHA-256 (FIPS 180-4) as 64 hexadecimal digits. The platform's own digest takes only whole buffers;
 * this one reads a Blob piece by piece, and tells of each how long it was. Errors: the signal's reason,
 * between two pieces.
 */
export async function sha256(
  bytes: Bytes,
  signal?: AbortSignal,
  onRead?: (bytes: number) => void,
): Promise<string> {
  const hasher = (await createSHA256()).init();
  for await (const piece of piecesOf(bytes)) {
    signal?.throwIfAborted();
    hasher.update(piece);
    onRead?.(piece.byteLength);
  }
  return hasher.digest('hex');
}
