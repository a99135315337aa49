/** Reading bytes that may lie in the heap or behind a handle. */
import type { Bytes } from './types.ts';

/** How many bytes there are. Reads nothing. */
export const sizeOf = (bytes: Bytes): number =>
  bytes instanceof Uint8Array ? bytes.byteLength : bytes.size;

/**
 * One buffer for many reads, one after the other. What was read into it holds until the next read:
 * fresh buffers for every weight would pile up faster than the garbage collector takes them away.
 */
export class Scratch {
  private buffer = new ArrayBuffer(0);

  /** The buffer, at least `size` long; it is the caller's until `keep`. */
  take(size: number): ArrayBuffer {
    const buffer = this.buffer.byteLength < size ? new ArrayBuffer(size) : this.buffer;
    this.buffer = new ArrayBuffer(0);
    return buffer;
  }

  keep(buffer: ArrayBuffer): void {
    this.buffer = buffer;
  }
}

/** Below this, reading at once is quicker than a stream. */
const small = 256 * 1024;
/** Where a stream can't write into a given buffer, it is read in portions of this size. */
const portion = 4 * 1024 * 1024;

/**
 * Reads any bytes into the heap, into `scratch` where it is given. A view where they are there
 * already: do not write into it.
 */
export async function toBytes(bytes: Bytes, scratch = new Scratch()): Promise<Uint8Array> {
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes.size <= small) return new Uint8Array(await bytes.arrayBuffer());
  const reader = bufferReader(bytes);
  const read = reader ? streamed(reader, bytes.size, scratch) : inPortions(bytes, scratch);
  const buffer = await read;
  scratch.keep(buffer);
  return new Uint8Array(buffer, 0, bytes.size);
}

/**
 * The bytes piece by piece, each of at most `size`; a piece holds until the next is asked for. Of
 * bytes behind a handle only one piece lies in the heap.
 */
export async function* piecesOf(
  bytes: Bytes,
  size = 1024 * 1024,
): AsyncGenerator<Uint8Array, undefined> {
  const scratch = new Scratch();
  for (let at = 0; at < sizeOf(bytes); at += size) {
    const piece =
      bytes instanceof Uint8Array ? bytes.subarray(at, at + size) : bytes.slice(at, at + size);
    yield await toBytes(piece, scratch);
  }
}

/** A reader that fills buffers it is given; undefined where Blobs do not stream so. */
function bufferReader(blob: Blob): ReadableStreamBYOBReader | undefined {
  try {
    return blob.stream().getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}

/** Straight into one buffer: `arrayBuffer()` would hold everything twice for a moment. */
async function streamed(
  reader: ReadableStreamBYOBReader,
  size: number,
  scratch: Scratch,
): Promise<ArrayBuffer> {
  let buffer = scratch.take(size);
  for (let filled = 0; filled < size;) {
    // The buffer goes to the stream and comes back as another object over the same memory.
    const { done, value } = await reader.read(new Uint8Array(buffer, filled, size - filled));
    if (done) throw new RangeError(`The file ended ${size - filled} bytes early.`);
    buffer = value.buffer;
    filled += value.byteLength;
  }
  await reader.cancel();
  return buffer;
}

async function inPortions(blob: Blob, scratch: Scratch): Promise<ArrayBuffer> {
  const buffer = scratch.take(blob.size);
  const whole = new Uint8Array(buffer);
  for (let at = 0; at < blob.size; at += portion) {
    whole.set(new Uint8Array(await blob.slice(at, at + portion).arrayBuffer()), at);
  }
  return buffer;
}
