/** Reads .npy, NumPy's file of one array (NEP 1), with its values as they are stored. */
import { ModelError } from '../../core/errors.ts';
import type { Dtype } from '../../core/onnx/types.ts';
import type { Value, ValueData } from '../../core/runtime.ts';

type Make = (bytes: ArrayBuffer) => ValueData;

/** What may stand after `descr`, by the bytes that a number takes; the byte order comes before. */
const kinds: Readonly<Record<string, readonly [dtype: Dtype, bytes: number, make: Make]>> = {
  f2: ['float16', 2, (bytes) => new Uint16Array(bytes)],
  f4: ['float32', 4, (bytes) => new Float32Array(bytes)],
  f8: ['float64', 8, (bytes) => new Float64Array(bytes)],
  b1: ['bool', 1, (bytes) => new Uint8Array(bytes)],
  u1: ['uint8', 1, (bytes) => new Uint8Array(bytes)],
  i1: ['int8', 1, (bytes) => new Int8Array(bytes)],
  u2: ['uint16', 2, (bytes) => new Uint16Array(bytes)],
  i2: ['int16', 2, (bytes) => new Int16Array(bytes)],
  u4: ['uint32', 4, (bytes) => new Uint32Array(bytes)],
  i4: ['int32', 4, (bytes) => new Int32Array(bytes)],
  u8: ['uint64', 8, (bytes) => new BigUint64Array(bytes)],
  i8: ['int64', 8, (bytes) => new BigInt64Array(bytes)],
};

const magic = '\x93NUMPY';

/** Errors: ModelError that begins with the file's name, for anything else and for numbers of other types. */
export function readNpyValue(name: string, bytes: Uint8Array): Value {
  const { header, start } = headerOf(name, bytes);
  const descr = /'descr':\s*'([<|=>]?)(\w+)'/.exec(header);
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header);
  const kind = kinds[descr?.[2] ?? ''];
  const isOrdered = /'fortran_order':\s*False/.test(header);
  if (!descr || !shape || !kind || descr[1] === '>' || !isOrdered) {
    throw new ModelError(
      `"${name}" holds ${header.trim()}. Save it as little-endian numbers in C order: np.save(name, np.ascontiguousarray(x, np.float32)).`,
    );
  }
  const dims = (shape[1] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const [dtype, width, make] = kind;
  if (!Number.isSafeInteger(count) || count < 0 || bytes.length - start < count * width) {
    throw new ModelError(
      `"${name}" ends before its ${count} numbers do. Save or copy it again, it is cut off.`,
    );
  }
  // A copy of its own begins where typed arrays may begin.
  return { dtype, dims, data: make(bytes.slice(start, start + count * width).buffer) };
}

/** The header's text, and where the numbers begin. */
function headerOf(name: string, bytes: Uint8Array): { header: string; start: number } {
  const text = (from: number, to: number): string =>
    String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length < 12 || text(0, 6) !== magic) {
    throw new ModelError(`"${name}" is no .npy file. Save the array with np.save.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // The length has two bytes in version 1, and four in later ones.
  const isFirst = bytes[6] === 1;
  const length = isFirst ? view.getUint16(8, true) : view.getUint32(8, true);
  const begin = isFirst ? 10 : 12;
  const start = begin + length;
  if (length > 65_536 || start > bytes.length) {
    throw new ModelError(`"${name}" is cut off in its header. Save or copy it again.`);
  }
  return { header: text(begin, start), start };
}
