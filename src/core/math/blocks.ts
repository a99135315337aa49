/** A tensor seen as blocks along one axis: shared by block rounding and its fast twin. */
import { type BitWidth, packedSize } from './pack-bits.ts';

/** Any tensor seen from one of its axes: the product of the dims before it, it, and of those after it. */
export interface BlockLayout {
  readonly outer: number;
  readonly axis: number;
  readonly inner: number;
}

export interface BlockOptions {
  readonly bits: BitWidth;
  /** Elements along the axis that share a scale; the last block may be shorter. 0 is the whole axis. */
  readonly blockSize: number;
  /** Signed codes around 0, or unsigned codes around a zero point. */
  readonly symmetric: boolean;
}

/** What ONNX's blocked DequantizeLinear takes: w ≈ (code − zero point) · scale. */
export interface QuantizedBlocks {
  /** Packed as ONNX does: INT8/INT4/INT2 where symmetric, else UINT8/UINT4/UINT2; [outer, axis, inner]. */
  readonly codes: Uint8Array<ArrayBuffer>;
  /** [outer, blocks, inner]; may be negative where symmetric. */
  readonly scales: Float32Array<ArrayBuffer>;
  /** Packed like the codes, [outer, blocks, inner]; absent where symmetric: then 0. */
  readonly zeroPoints?: Uint8Array<ArrayBuffer>;
  /** [outer, inner], where the scales are whole multiples of them, −127 … 127. */
  readonly steps?: Float32Array<ArrayBuffer>;
}

/** A weight is NaN or infinite. `index` is its place in the flattened tensor, the first if several. */
export class NonFiniteError extends RangeError {
  override name = 'NonFiniteError';
  readonly index: number;

  constructor(index: number, value: number) {
    super(`Value ${index} is ${value}, which has no place between finite codes.`);
    this.index = index;
  }
}

/** The number of blocks along the axis and the length of all but the last. */
export function blocksOf(axis: number, blockSize: number): { count: number; size: number } {
  const size = blockSize === 0 ? Math.max(axis, 1) : blockSize;
  return { count: Math.ceil(axis / size), size };
}

/** The bytes that the codes, scales and zero points of a layout take. */
export function quantizedSize(layout: BlockLayout, options: BlockOptions): number {
  const { outer, axis, inner } = layout;
  const places = outer * blocksOf(axis, options.blockSize).count * inner;
  const zeroPoints = options.symmetric ? 0 : packedSize(places, options.bits);
  return packedSize(outer * axis * inner, options.bits) + places * 4 + zeroPoints;
}

/** Errors: RangeError where the layout does not describe `length` weights, or blockSize is no size. */
export function checkLayout(
  length: number,
  layout: BlockLayout,
  { blockSize }: Pick<BlockOptions, 'blockSize'>,
): void {
  const { outer, axis, inner } = layout;
  if (outer * axis * inner !== length) {
    throw new RangeError(`Layout ${outer} × ${axis} × ${inner} does not hold ${length} weights.`);
  }
  if (!Number.isInteger(blockSize) || blockSize < 0) {
    throw new RangeError(`Block size ${blockSize} is not a whole number from 0 up.`);
  }
}

/** Errors: NonFiniteError at the first NaN or infinity. */
export function checkFinite(values: Float32Array | Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    // x − x is 0 for every finite x and NaN for the others.
    if (values[i]! - values[i]! !== 0) throw new NonFiniteError(i, values[i]!);
  }
}
