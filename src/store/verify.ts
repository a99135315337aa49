/** Whether the bytes of an entry are still those that were stored. */
import { isAbort } from '../core/errors.ts';
import { sha256 } from '../core/onnx/hash.ts';
import { localCodec, unpacked, type Codec } from './codec.ts';
import type { StoredFile } from './entry.ts';
import { StoreError } from './errors.ts';
import type { Storage } from './library.ts';

/** A file that is not as it was stored. `missing`: gone, or the browser can't read it. */
export interface Damage {
  readonly path: string;
  readonly what: 'missing' | 'cut' | 'changed';
}

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** Bytes read, of all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly codec?: Codec;
}

/** Reads every file of an entry again and compares its hash. Errors: StoreError where the entry is gone, the signal's reason. */
export async function verify(
  storage: Storage,
  id: string,
  { signal, onProgress, codec = localCodec }: VerifyOptions = {},
): Promise<readonly Damage[]> {
  const entry = await storage.entries.get(id);
  if (!entry) throw new StoreError('This model is no longer stored here. Open its file again.');
  const damages: Damage[] = [];
  let before = 0;
  for (const file of entry.files) {
    let read = 0;
    const onRead = (bytes: number): void => {
      read += bytes;
      onProgress?.(before + read, entry.bytes);
    };
    const what = await damageOf(storage, file, signal, onRead, codec);
    if (what) damages.push({ path: file.path, what });
    before += file.bytes;
    onProgress?.(before, entry.bytes);
  }
  return damages;
}

async function damageOf(
  storage: Storage,
  { sha256: expected, bytes }: StoredFile,
  signal: AbortSignal | undefined,
  onRead: (bytes: number) => void,
  codec: Codec,
): Promise<Damage['what'] | undefined> {
  try {
    const blob = await storage.blobs.get(expected);
    if (!blob) return 'missing';
    const whole = await unpacked(codec, blob, bytes).catch(() => undefined);
    if (!whole) return 'cut';
    return (await sha256(whole, signal, onRead)) === expected ? undefined : 'changed';
  } catch (error) {
    if (signal?.aborted || isAbort(error) || error instanceof StoreError) throw error;
    // The browser lost the file that lies behind the handle.
    return 'missing';
  }
}
