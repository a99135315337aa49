/** Reads .npy, NumPy's file of one array (NEP 1). */
import { RecipeError } from '../../core/errors.ts';

/** An array of numbers, row-major. */
export interface Numbers {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

/** What may stand after `descr`, by the bytes that a number takes; the byte order comes before. */
const readers: Readonly<Record<string, readonly [bytes: number, read: Read]>> = {
  f4: [4, (view, at) => view.getFloat32(at, true)],
  f8: [8, (view, at) => view.getFloat64(at, true)],
  b1: [1, (view, at) => view.getUint8(at)],
  u1: [1, (view, at) => view.getUint8(at)],
  i1: [1, (view, at) => view.getInt8(at)],
  u2: [2, (view, at) => view.getUint16(at, true)],
  i2: [2, (view, at) => view.getInt16(at, true)],
  u4: [4, (view, at) => view.getUint32(at, true)],
  i4: [4, (view, at) => view.getInt32(at, true)],
  i8: [8, (view, at) => Number(view.getBigInt64(at, true))],
};
type Read = (view: DataView, at: number) => number;

const magic = '\x93NUMPY';

/** Errors: RecipeError that begins with the file's name, for anything else and for numbers of other types. */
export function readNpy(name: string, bytes: Uint8Array): Numbers {
  const { header, start } = headerOf(name, bytes);
  const descr = /'descr':\s*'([<|=>]?)(\w+)'/.exec(header);
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header);
  const reader = readers[descr?.[2] ?? ''];
  if (!descr || !shape || !reader || descr[1] === '>' || !/'fortran_order':\s*False/.test(header)) {
    throw new RecipeError(
      `"${name}" holds ${header.trim()}. Save it as little-endian numbers in C order: np.save(name, np.ascontiguousarray(x, np.float32)).`,
    );
  }
  const dims = shape[1]!
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const [width, read] = reader;
  if (!Number.isSafeInteger(count) || bytes.length - start < count * width) {
    throw new RecipeError(
      `"${name}" ends before its ${count} numbers do. Save or copy it again, it is cut off.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  // Single precision holds whole numbers of up to three bytes.
  const isWide = width === 8 || descr[2] === 'u4' || descr[2] === 'i4';
  const data = isWide ? new Float64Array(count) : new Float32Array(count);
  for (let index = 0; index < count; index++) data[index] = read(view, index * width);
  return { dims, data };
}

/** The header's text, and where the numbers begin. */
function headerOf(name: string, bytes: Uint8Array): { header: string; start: number } {
  const text = (from: number, to: number): string =>
    String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length < 12 || text(0, 6) !== magic) {
    throw new RecipeError(`"${name}" is no .npy file. Save the array with np.save.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // The length has two bytes in version 1, and four in later ones.
  const isFirst = bytes[6] === 1;
  const length = isFirst ? view.getUint16(8, true) : view.getUint32(8, true);
  const begin = isFirst ? 10 : 12;
  const start = begin + length;
  if (length > 65_536 || start > bytes.length) {
    throw new RecipeError(`"${name}" is cut off in its header. Save or copy it again.`);
  }
  return { header: text(begin, start), start };
}
