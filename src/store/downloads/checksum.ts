/** Whether what arrived is what was announced. */
import { createSHA1, createSHA256 } from 'hash-wasm';
import { piecesOf } from '../../core/onnx/bytes.ts';
import type { Checksum } from '../hub/repository.ts';

/**
 * SHA-256 (FIPS 180-4) of the bytes, or the SHA-1 that git gives a file: of `blob LENGTH\0` and the
 * bytes. Errors: the signal's reason, between two pieces.
 */
export async function matches(
  bytes: Blob,
  { kind, hex }: Checksum,
  signal?: AbortSignal,
): Promise<boolean> {
  const hasher = kind === 'sha256' ? await createSHA256() : await createSHA1();
  hasher.init();
  if (kind === 'git-sha1') hasher.update(`blob ${bytes.size}\0`);
  for await (const piece of piecesOf(bytes)) {
    signal?.throwIfAborted();
    hasher.update(piece);
  }
  return hasher.digest('hex') === hex;
}
