/** The identity of a file: SHA-256 of its bytes, read in pieces so that it never lies in the heap whole. */
import { createSHA256 } from 'hash-wasm';
import type { Bytes } from './types.ts';

/**
 * SHA-256 (FIPS 180-4) as 64 hexadecimal digits. The platform's own digest takes only whole buffers;
 * this one streams a Blob.
 */
export async function sha256(bytes: Bytes): Promise<string> {
  const hasher = (await createSHA256()).init();
  for await (const piece of piecesOf(bytes)) hasher.update(piece);
  return hasher.digest('hex');
}

async function* piecesOf(bytes: Bytes): AsyncGenerator<Uint8Array> {
  if (bytes instanceof Uint8Array) {
    yield bytes;
    return;
  }
  const reader = bytes.stream().getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.releaseLock();
  }
}
