/** Reads the MNIST digits: IDX files, gzipped, as Yann LeCun published them. */
import { gunzipSync } from 'node:zlib';

/** An IDX file of unsigned bytes. */
export interface Idx {
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** Errors: RangeError for anything but unsigned bytes in whole. */
export function readIdx(gzipped: Uint8Array): Idx {
  const bytes = gunzipSync(gzipped);
  if (bytes.readUInt16BE(0) !== 0 || bytes[2] !== 0x08) throw new RangeError('not bytes in IDX');
  const dims = Array.from({ length: bytes[3]! }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const data = bytes.subarray(4 + 4 * dims.length);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (data.length !== count) throw new RangeError(`${data.length} values where ${count} belong`);
  return { dims, data };
}

/** `count` digits from `start` as float32, each pixel of 0 … 255 put through `scale`. */
export function digitsOf(
  { data }: Idx,
  start: number,
  count: number,
  scale: (pixel: number) => number = (pixel) => pixel,
): Float32Array<ArrayBuffer> {
  const table = Float32Array.from({ length: 256 }, (_, pixel) => scale(pixel));
  return Float32Array.from(data.subarray(784 * start, 784 * (start + count)), (p) => table[p]!);
}

/** The scaling that burn_mnist.onnx was trained with. */
export const normalized = (pixel: number): number => (pixel / 255 - 0.1307) / 0.3081;
