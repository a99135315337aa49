/** Reads the digits of MNIST as their authors publish them: IDX files of images and of labels, plain or gzipped. */
import { ModelError } from '../../core/errors.ts';
import { side } from '../../core/drawing/digit-image.ts';
import { fileNameOf, type Files } from '../files.ts';
import type { Example } from '../task.ts';

/** An IDX file of unsigned bytes. */
export interface Idx {
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** `train-images-idx3-ubyte.gz`, `t10k-labels.idx1-ubyte` … */
export const isIdxName = (path: string): boolean => /idx\d|\.idx\b/i.test(fileNameOf(path));

/** MNIST's larger set is 47 MB; more is a mistake, or made to fill the memory. */
const mostBytes = 2 ** 28;

/** Errors: ModelError that names the file, for anything but unsigned bytes in whole. */
export async function readIdx(path: string, blob: Blob): Promise<Idx> {
  const name = fileNameOf(path);
  const bytes = await contentOf(name, blob);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rank = bytes[3] ?? 0;
  // Two zeros, then 8 for unsigned bytes, then the number of dims, then those.
  if (bytes.length < 4 + 4 * rank || view.getUint16(0) !== 0 || bytes[2] !== 8 || rank === 0) {
    throw new ModelError(`"${name}" is no IDX file of bytes. Download MNIST's files again.`);
  }
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const data = bytes.subarray(4 + 4 * rank);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (data.length === count) return { dims, data };
  throw new ModelError(
    `"${name}" should hold ${count} bytes and holds ${data.length}. Download it again.`,
  );
}

async function contentOf(name: string, blob: Blob): Promise<Uint8Array> {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const isGzipped = first === 0x1f && second === 0x8b;
  const stream = isGzipped ? blob.stream().pipeThrough(gunzip()) : blob.stream();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  try {
    for (const reader = stream.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      total += value.length;
      if (total > mostBytes) throw new RangeError('more than 256 MB');
      pieces.push(value);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ModelError(`"${name}" can't be unpacked: ${why}. Download it again.`);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

const gunzip = (): ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> =>
  new DecompressionStream('gzip');

/** Images of 28 × 28 as inks of 0 to 1, with their labels. Errors: ModelError that names what is missing or odd. */
export async function idxExamples(
  files: Files,
): Promise<readonly Example<{ readonly image: Float32Array }, number>[]> {
  const sets = await Promise.all(
    [...files]
      .filter(([path]) => isIdxName(path))
      .map(async ([path, blob]) => ({ path, ...(await readIdx(path, blob)) })),
  );
  const images = sets.filter(({ dims }) => dims.length === 3);
  if (images.length === 0) {
    throw new ModelError('There are labels but no images. Give the file of images as well.');
  }
  return images.flatMap((image) => {
    const [count = 0, rows, columns] = image.dims;
    const labels = sets.find(({ dims, path }) => dims.length === 1 && isOf(path, image.path));
    if (rows !== side || columns !== side) {
      throw new ModelError(`"${image.path}" has images of ${columns} × ${rows}, not 28 × 28.`);
    }
    if (!labels || labels.dims[0] !== count) {
      throw new ModelError(
        `"${image.path}" has ${count} images, and there is no file of ${count} labels beside it. Give both.`,
      );
    }
    return Array.from({ length: count }, (_, index) => ({
      name: `image ${index + 1}, a ${labels.data[index] ?? 0}`,
      input: { image: inkOf(image.data, index) },
      target: labels.data[index] ?? 0,
    }));
  });
}

/** `train-labels-idx1-ubyte` goes with `train-images-idx3-ubyte`. */
function isOf(labels: string, images: string): boolean {
  const set = (path: string): string => path.replace(/(images|labels).*$/i, '');
  return set(labels) === set(images);
}

const inkOf = (data: Uint8Array, index: number): Float32Array =>
  Float32Array.from(
    data.subarray(index * side * side, (index + 1) * side * side),
    (byte) => byte / 255,
  );
