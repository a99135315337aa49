/** The values of a weight as one side holds it, or of a sample of its rows. */
import { dequantize } from '../compress/realize/dequantize.ts';
import { scaleDims } from '../compress/realize/coded-weight.ts';
import { loadScales } from '../compress/realize/load-scales.ts';
import { ModelError } from '../errors.ts';
import { sizeOf } from '../onnx/bytes.ts';
import { bitsOf, elementCount, loadFloats, makeTensor, storedBytes } from '../onnx/tensor.ts';
import type { Bytes, Tensor } from '../onnx/types.ts';
import type { CodedTensor } from './tensor-codes.ts';
import { dimsOf, type TensorForm, type TensorProduct } from './tensor-form.ts';
import { groupsOf, takeRows, type RowSample } from './tensor-sample.ts';

/** Codes as numbers with what scales them, over the sampled rows. */
export interface LoadedCodes {
  readonly codes: Float32Array;
  readonly scales: Float32Array;
  /** As many as scales. */
  readonly zeros: Float32Array;
  /** Dims of the sampled codes, and how many neighbors share a scale along each. */
  readonly dims: readonly number[];
  readonly spans: readonly number[];
  /** The smallest and the largest code of this type. */
  readonly range: readonly [number, number];
}

export interface LoadedSide {
  readonly values: Float32Array;
  readonly coded?: LoadedCodes;
}

/** The values in the order of the weight; undefined where there are none to read. Errors: ModelError for damaged data. */
export async function loadSide(
  form: TensorForm,
  sample: RowSample,
): Promise<LoadedSide | undefined> {
  if (form.kind === 'unread') return undefined;
  if (form.kind === 'real') {
    return { values: await loadFloats(await sampledTensor(form.tensor, sample)) };
  }
  if (form.kind === 'packed') {
    const rows = { ...sample, perRow: elementCount(form.tensor) / sample.rows };
    return { values: takeRows(await loadFloats(form.tensor), rows) };
  }
  if (form.kind === 'codes') return loadCoded(form.coded, sample);
  return { values: await multiplied(form.product, sample) };
}

async function loadCoded(coded: CodedTensor, sample: RowSample): Promise<LoadedSide> {
  const codes = await sampledTensor(coded.codes, sample);
  const counts = scaleDims(coded);
  const [first = 1] = counts;
  const scales = scaleRows(await loadScales(coded), coded, sample);
  const zeros = scaleRows(await zerosOf(coded), coded, sample);
  const spans = coded.spans.map((span, axis) => (axis === 0 && first === 1 ? sample.taken : span));
  const dims = scaleDims({ codes, spans });
  const scale = makeTensor('scales', 'float32', dims, scales);
  const zeroPoint = makeTensor('zero points', 'float32', dims, zeros);
  const values = await dequantize({ codes, scale, zeroPoint, spans });
  const least = coded.signed ? -(2 ** (coded.bits - 1)) : 0;
  const range = [least, least + 2 ** coded.bits - 1] as const;
  const loaded = { codes: await loadFloats(codes), scales, zeros, dims: codes.dims, spans, range };
  return { values, coded: loaded };
}

/** One zero point for each scale; 0 without. */
async function zerosOf({ zeroPoint, scale }: CodedTensor): Promise<Float32Array> {
  const zeros = zeroPoint ? await loadFloats(zeroPoint) : Float32Array.of(0);
  const count = elementCount(scale);
  return zeros.length === count ? zeros : new Float32Array(count).fill(zeros[0] ?? 0);
}

/** The scales of the sampled rows, as an array of its own. */
function scaleRows(all: Float32Array, coded: CodedTensor, sample: RowSample): Float32Array {
  const [rows = 1, ...rest] = scaleDims(coded);
  const perRow = rest.reduce((product, dim) => product * dim, 1);
  if (sample.every === 1 || rows === 1) return Float32Array.from(all);
  const span = coded.spans[0] ?? 1;
  const group = sample.group / span;
  const taken = Math.ceil(sample.taken / span);
  return takeRows(all, { ...sample, rows, group, taken, perRow });
}

/** The sampled rows as a stored tensor; of bytes behind a handle only those are read. */
async function sampledTensor(tensor: Tensor, sample: RowSample): Promise<Tensor> {
  if (sample.every === 1) return tensor;
  const { name, dtype, dims } = tensor;
  if (dims[0] !== sample.rows) {
    throw new ModelError(`"${name}" has dims [${dims.join(', ')}], too large to be looked at.`);
  }
  const perRow = dims.slice(1).reduce((product, dim) => product * dim, 1);
  const taken = [sample.taken, ...dims.slice(1)];
  const stored = storedBytes(tensor);
  if (!stored) {
    const values = takeRows(await loadFloats(tensor), { ...sample, perRow });
    return makeTensor(name, 'float32', taken, values);
  }
  const at = (row: number): number => Math.ceil((row * perRow * bitsOf(dtype)) / 8);
  const pieces: Bytes[] = [];
  for (const { start, count } of groupsOf(sample)) {
    pieces.push(cut(stored, at(start), Math.min(at(start + count), sizeOf(stored))));
  }
  return makeTensor(name, dtype, taken, new Blob(pieces as BlobPart[]));
}

const cut = (bytes: Bytes, start: number, end: number): Bytes =>
  bytes instanceof Uint8Array ? bytes.subarray(start, end) : bytes.slice(start, end);

/** The factors multiplied again, row by row. */
async function multiplied(product: TensorProduct, sample: RowSample): Promise<Float32Array> {
  const { batch, rows, columns } = product;
  const [left, right] = [await wholeOf(product.left), await wholeOf(product.right)];
  const values = new Float32Array(sample.taken * sample.perRow);
  // The rows of the first axis are matrices of the batch, or (parts of) rows of the one matrix.
  const linesPerRow = (batch * rows) / sample.rows;
  if (!Number.isInteger(linesPerRow) && sample.every > 1) {
    throw new ModelError('This product is too large to be looked at.');
  }
  let at = 0;
  for (const { start, count } of groupsOf(sample)) {
    const lines = Math.round(count * linesPerRow);
    for (let line = 0; line < lines; line++, at += columns) {
      const index = Math.round(start * linesPerRow) + line;
      addRow(values, at, index, { ...product, leftValues: left, rightValues: right });
    }
  }
  return values;
}

/** All values of a factor. */
async function wholeOf(form: TensorForm): Promise<Float32Array> {
  const [rows = 1, ...rest] = dimsOf(form);
  const perRow = rest.reduce((all, dim) => all * dim, 1);
  const side = await loadSide(form, { rows, perRow, group: rows, every: 1, taken: rows });
  if (!side) throw new ModelError('A factor of this weight can not be read.');
  return side.values;
}

interface Multiplied extends TensorProduct {
  readonly leftValues: Float32Array;
  readonly rightValues: Float32Array;
}

function addRow(values: Float32Array, at: number, line: number, factors: Multiplied): void {
  const { rows, columns, rank, leftValues, rightValues } = factors;
  const [matrix, row] = [Math.floor(line / rows), line % rows];
  for (let k = 0; k < rank; k++) {
    const factor = leftValues[leftPlace(factors, matrix, row, k)]!;
    for (let column = 0; column < columns; column++) {
      values[at + column]! += factor * rightValues[rightPlace(factors, matrix, k, column)]!;
    }
  }
}

/** Where the factors of one term lie among the values of the left and the right tensor. */
export const leftPlace = (
  { rows, rank, leftTurned }: TensorProduct,
  matrix: number,
  row: number,
  k: number,
): number => matrix * rows * rank + (leftTurned ? k * rows + row : row * rank + k);

export const rightPlace = (
  { columns, rank, rightTurned }: TensorProduct,
  matrix: number,
  k: number,
  column: number,
): number => matrix * rank * columns + (rightTurned ? column * rank + k : k * columns + column);

/** Which scale a value has, by its place among the codes. */
export function scalePlace(
  { dims, spans }: Pick<LoadedCodes, 'dims' | 'spans'>,
  index: number,
): number {
  let [place, rest, stride] = [0, index, 1];
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const [dim, span] = [dims[axis]!, spans[axis]!];
    place += Math.floor((rest % dim) / span) * stride;
    stride *= Math.ceil(dim / span);
    rest = Math.floor(rest / dim);
  }
  return place;
}
