/** One weight followed to its bits: what number stands where in the file, and what is made of it. */
import { factorPlaces } from '../compress/realize/load-scales.ts';
import type { ModelFiles } from '../runtime.ts';
import { sizeOf, toBytes } from '../onnx/bytes.ts';
import { externalReference } from '../onnx/external.ts';
import { floatsFromBytes } from '../onnx/floats.ts';
import { placeInFile } from '../onnx/source.ts';
import { bitsOf, elementCount, loadBytes, storedBytes } from '../onnx/tensor.ts';
import type { Bytes, Dtype, Tensor } from '../onnx/types.ts';
import { bitsText, codeIn, floatFields, isSplitFloat, type BitField } from './bits.ts';
import type { CodedTensor } from './tensor-codes.ts';
import type { TensorForm, TensorProduct } from './tensor-form.ts';
import { leftPlace, rightPlace, scalePlace } from './tensor-values.ts';

/** Where a number lies in a file. */
export interface BitPlace {
  /** '' for the .onnx itself. */
  readonly file: string;
  /** Of the first byte that holds any of it. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** The bytes around it, from `start` on, a multiple of 16. */
  readonly start: number;
  readonly around: Uint8Array;
}

/** A stored number. */
export interface FollowedNumber {
  /** The tensor that holds it, and its place among the tensor's values. */
  readonly tensor: string;
  readonly index: number;
  readonly dtype: Dtype;
  readonly value: number;
  /** Bits of the number; below 8 it shares its byte. */
  readonly bits: number;
  /** How many bits of its byte lie below it. */
  readonly shift: number;
  readonly fields: readonly BitField[];
  /** Absent where the file spells the tensor out number by number (varints), so that none has a place of its own. */
  readonly place?: BitPlace;
}

/** One term of a product that makes a weight. */
export interface FollowedTerm {
  readonly left: number;
  readonly right: number;
}

export type Followed =
  | { readonly kind: 'real'; readonly value: number; readonly number: FollowedNumber }
  | {
      readonly kind: 'codes';
      /** (code − zero point) · scale [· step], in float32. */
      readonly value: number;
      readonly operator: string;
      readonly code: FollowedNumber;
      readonly scale: FollowedNumber;
      readonly step?: FollowedNumber;
      /** Absent where nothing is subtracted. */
      readonly zeroPoint?: FollowedNumber;
      /** Place of the scale among all, and how many weights share it. */
      readonly block: number;
      readonly shared: number;
    }
  | {
      readonly kind: 'product';
      readonly value: number;
      readonly rank: number;
      readonly terms: readonly FollowedTerm[];
      /** The first numbers of the row of the left and of the column of the right factor. */
      readonly left: Followed;
      readonly right: Followed;
    }
  | { readonly kind: 'packed'; readonly value: number; readonly operator: string }
  | { readonly kind: 'unread'; readonly why: string };

/** Follows value `index` of a weight in the order of its values. Errors: RangeError where there is none; ModelError for damaged data. */
export async function followBits(
  form: TensorForm,
  index: number,
  files: ModelFiles,
): Promise<Followed> {
  switch (form.kind) {
    case 'unread':
      return form;
    case 'packed': {
      const number = await followNumber(form.tensor, index, files);
      return { kind: 'packed', value: number.value, operator: form.operator };
    }
    case 'real': {
      const number = await followNumber(form.tensor, index, files);
      return { kind: 'real', value: number.value, number };
    }
    case 'codes':
      return followCode(form.coded, index, files);
    case 'product':
      return followProduct(form.product, index, files);
  }
}

async function followCode(coded: CodedTensor, index: number, files: ModelFiles): Promise<Followed> {
  const { codes, scale, step, zeroPoint, spans, operator } = coded;
  const code = await followNumber(codes, index, files);
  const block = scalePlace({ dims: codes.dims, spans }, index);
  const scaled = await followNumber(scale, block, files);
  const stepped =
    step && (await followNumber(step, factorPlaces(scale.dims, step.dims)[block] ?? 0, files));
  const zero =
    zeroPoint && (await followNumber(zeroPoint, elementCount(zeroPoint) === 1 ? 0 : block, files));
  const factor = Math.fround(scaled.value * (stepped?.value ?? 1));
  return {
    kind: 'codes',
    value: Math.fround((code.value - (zero?.value ?? 0)) * factor),
    operator,
    code,
    scale: scaled,
    ...(stepped ? { step: stepped } : {}),
    ...(zero ? { zeroPoint: zero } : {}),
    block,
    shared: spans.reduce((all, span) => all * span, 1),
  };
}

/** Terms that are read; a higher rank is summed all the same. */
const mostTerms = 4096;

async function followProduct(
  product: TensorProduct,
  index: number,
  files: ModelFiles,
): Promise<Followed> {
  const { rows, columns, rank } = product;
  const matrix = Math.floor(index / (rows * columns));
  const row = Math.floor(index / columns) % rows;
  const column = index % columns;
  const leftAt = (k: number): number => leftPlace(product, matrix, row, k);
  const rightAt = (k: number): number => rightPlace(product, matrix, k, column);
  const terms: FollowedTerm[] = [];
  let value = 0;
  for (let k = 0; k < Math.min(rank, mostTerms); k++) {
    const left = valueOf(await followBits(product.left, leftAt(k), files));
    const right = valueOf(await followBits(product.right, rightAt(k), files));
    terms.push({ left, right });
    value += left * right;
  }
  const left = await followBits(product.left, leftAt(0), files);
  const right = await followBits(product.right, rightAt(0), files);
  return { kind: 'product', value, rank, terms, left, right };
}

/** The number that was reached; NaN where it can't be read. */
export const valueOf = (followed: Followed): number =>
  followed.kind === 'unread' ? NaN : followed.value;

async function followNumber(
  tensor: Tensor,
  index: number,
  files: ModelFiles,
): Promise<FollowedNumber> {
  const count = elementCount(tensor);
  if (!(Number.isInteger(index) && index >= 0 && index < count)) {
    throw new RangeError(`"${tensor.name}" has ${count} values; there is none at ${index}.`);
  }
  const bits = bitsOf(tensor.dtype);
  const first = Math.floor((index * bits) / 8);
  const width = Math.max(1, bits / 8);
  const shift = bits < 8 ? (index * bits) % 8 : 0;
  const stored = storedBytes(tensor);
  const bytes = stored
    ? Uint8Array.from(await toBytes(cut(stored, first, first + width)))
    : (await loadBytes(tensor)).slice(first, first + width);
  const place = stored && (await placeOf(tensor, stored, first, bytes, files));
  return {
    tensor: tensor.name,
    index,
    dtype: tensor.dtype,
    ...numberIn(bytes, shift, tensor),
    bits,
    shift,
    ...(place ? { place } : {}),
  };
}

function numberIn(
  bytes: Uint8Array,
  shift: number,
  { dtype, name }: Tensor,
): Pick<FollowedNumber, 'value' | 'fields'> {
  if (isSplitFloat(dtype)) {
    const [value = NaN] = floatsFromBytes(bytes, dtype, 1, name);
    return { value, fields: floatFields(bytes, dtype) };
  }
  const bits = bitsOf(dtype);
  const value = codeIn(bytes, shift, bits, dtype.startsWith('int'));
  const all = bitsText(bytes);
  const end = all.length - shift;
  return { value, fields: [{ meaning: 'integer', bits: all.slice(end - bits, end) }] };
}

const row = 16;

async function placeOf(
  tensor: Tensor,
  stored: Bytes,
  first: number,
  bytes: Uint8Array,
  files: ModelFiles,
): Promise<BitPlace | undefined> {
  const external = tensor.externalBytes ? externalReference(tensor) : undefined;
  const base = external ? external.offset : placeInFile(stored);
  const file = external ? files.external.get(external.location) : files.onnx;
  if (base === undefined || !file) return undefined;
  const offset = base + first;
  const start = Math.max(0, Math.floor(offset / row) * row - row);
  const around = new Uint8Array(
    await file.slice(start, Math.min(file.size, start + 3 * row)).arrayBuffer(),
  );
  return { file: external?.location ?? '', offset, bytes, start, around };
}

const cut = (bytes: Bytes, start: number, end: number): Bytes =>
  bytes instanceof Uint8Array
    ? bytes.subarray(start, end)
    : bytes.slice(start, Math.min(end, sizeOf(bytes)));
