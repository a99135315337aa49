/** Reading bytes that may lie in the heap or behind a handle. */
import type { Bytes } from './types.ts';

/** How many bytes there are. Reads nothing. */
export const sizeOf = (bytes: Bytes): number =>
  bytes instanceof Uint8Array ? bytes.byteLength : bytes.size;

/** Below this, reading at once is quicker than a stream. */
const small = 1024 * 1024;
/** Where a stream can't write into a given buffer, it is read in portions of this size. */
const portion = 4 * 1024 * 1024;

/** Reads any bytes into the heap. A view where they are there already: do not write into it. */
export async function toBytes(bytes: Bytes): Promise<Uint8Array> {
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes.size <= small) return new Uint8Array(await bytes.arrayBuffer());
  return (await streamed(bytes)) ?? inPortions(bytes);
}

/**
 * Reads straight into one buffer: `arrayBuffer()` holds everything twice for a moment, and leaves
 * more behind for the garbage collector. Undefined where Blobs do not stream so.
 */
async function streamed(blob: Blob): Promise<Uint8Array | undefined> {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = blob.stream().getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
  let buffer = new ArrayBuffer(blob.size);
  for (let filled = 0; filled < blob.size;) {
    // The buffer goes to the stream and comes back as another object over the same memory.
    const { done, value } = await reader.read(new Uint8Array(buffer, filled));
    if (value) buffer = value.buffer;
    if (done) return undefined;
    filled += value.byteLength;
  }
  await reader.cancel();
  return new Uint8Array(buffer);
}

async function inPortions(blob: Blob): Promise<Uint8Array> {
  const whole = new Uint8Array(blob.size);
  for (let at = 0; at < blob.size; at += portion) {
    whole.set(new Uint8Array(await blob.slice(at, at + portion).arrayBuffer()), at);
  }
  return whole;
}
