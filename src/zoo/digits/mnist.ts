/** Reads the MNIST digits: IDX files of unsigned bytes, gzipped, as Yann LeCun published them. */
import { gunzipSync } from 'fflate';

import { ModelError } from '../../core/errors.ts';
import type { ReadMaterial } from '../zoo-model.ts';

/** Pixels along a side, and of an image. */
export const side = 28;
export const pixels = side * side;

/** Mean and deviation of the pixels of the 60,000 training images, on a scale of 0 to 1. */
export const mean = 0.1307;
export const deviation = 0.3081;

/** A pixel of 0 (paper) to 255 (ink) as the models take it. */
export const standardized = (pixel: number): number => (pixel / 255 - mean) / deviation;

/** Digits as they were written: 784 pixels each, row by row, and what they are. */
export interface Digits {
  readonly count: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

const parts = { train: 'train', test: 't10k' } as const;

/** The 60,000 training digits or the 10,000 test digits. Errors: ModelError for damaged files. */
export async function readMnist(read: ReadMaterial, part: keyof typeof parts): Promise<Digits> {
  const path = (what: string, rank: number) => `mnist/${parts[part]}-${what}-idx${rank}-ubyte.gz`;
  const images = readIdx(await read(path('images', 3)), path('images', 3));
  const labels = readIdx(await read(path('labels', 1)), path('labels', 1));
  const [count = 0] = labels.dims;
  if (images.dims.join() !== [count, side, side].join()) {
    throw new ModelError(
      `MNIST's ${part} images have dims [${images.dims.join(', ')}] for ${count} labels. Download them again.`,
    );
  }
  return { count, images: images.data, labels: labels.data };
}

/** One IDX file: two zero bytes, the type (8: unsigned bytes), the rank, the dims in big-endian order, the values. */
export function readIdx(
  gzipped: Uint8Array,
  path: string,
): { readonly dims: readonly number[]; readonly data: Uint8Array } {
  const bytes = gunzipSync(gzipped);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rank = bytes[3] ?? 0;
  if (bytes.length < 4 + 4 * rank || view.getUint16(0) !== 0 || bytes[2] !== 8) {
    throw new ModelError(`"${path}" is no IDX file of unsigned bytes. Download it again.`);
  }
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const data = bytes.subarray(4 + 4 * rank);
  const wanted = dims.reduce((product, dim) => product * dim, 1);
  if (data.length !== wanted) {
    throw new ModelError(
      `"${path}" holds ${data.length} values where ${wanted} belong. Download it again.`,
    );
  }
  return { dims, data };
}
