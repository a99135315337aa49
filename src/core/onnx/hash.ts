/** The identity of a file: SHA-256 of its bytes, read in pieces so that it never lies in the heap whole. */
import { createSHA256 } from 'hash-wasm';
import type { Bytes } from './types.ts';

/** Bytes read at once: a stream's pieces of 64 kB leave thousands of small buffers to be collected. */
const pieceSize = 2 ** 21;

/**
 * SHA-256 (FIPS 180-4) as 64 hexadecimal digits. The platform's own digest takes only whole buffers;
 * this one reads a Blob piece by piece. Errors: the signal's reason, between two pieces.
 */
export async function sha256(bytes: Bytes, signal?: AbortSignal): Promise<string> {
  const hasher = (await createSHA256()).init();
  for await (const piece of piecesOf(bytes)) {
    signal?.throwIfAborted();
    hasher.update(piece);
  }
  return hasher.digest('hex');
}

async function* piecesOf(bytes: Bytes): AsyncGenerator<Uint8Array> {
  if (bytes instanceof Uint8Array) {
    yield bytes;
    return;
  }
  for (let start = 0; start < bytes.size; start += pieceSize) {
    yield new Uint8Array(await bytes.slice(start, start + pieceSize).arrayBuffer());
  }
}
