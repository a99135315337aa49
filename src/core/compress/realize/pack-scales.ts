/** The scales and zero points of a weight, one for each block of a grid. */
import { packBits, unpackUnsigned } from '../../math/pack-bits.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { BlockGrid } from './block-grid.ts';
import { scaleDims, type CodedWeight } from './coded-weight.ts';
import { loadScales } from './load-scales.ts';
import { loadUnsigned } from './unsigned.ts';

/** The scale of each block, [rows, blocks]. */
export async function packScales(weight: CodedWeight, grid: BlockGrid): Promise<Float32Array> {
  return perBlock(weight, grid, await loadScales(weight), new Float32Array(sizeOf(grid)));
}

/**
 * The zero point of each block, [rows, blocks] with every row filled up to whole bytes; undefined
 * where all are the operators' default, the middle of the range (0 of signed codes).
 */
export async function packZeroPoints(
  weight: CodedWeight,
  grid: BlockGrid,
): Promise<Uint8Array | undefined> {
  if (!needsZeroPoints(weight)) return undefined;
  const zeros = await loadZeroPoints(weight, grid);
  const perByte = 8 / weight.bits;
  const width = Math.ceil(grid.blocks / perByte) * perByte;
  const rows = new Uint8Array(grid.rows * width);
  for (let row = 0; row < grid.rows; row++) {
    rows.set(zeros.subarray(row * grid.blocks, (row + 1) * grid.blocks), row * width);
  }
  return packBits(rows, weight.bits);
}

/** Whether the operators' default zero point is not the weight's. */
export const needsZeroPoints = ({ zeroPoint, signed }: CodedWeight): boolean =>
  zeroPoint !== undefined || !signed;

/** The zero points of unsigned codes, one per byte, [rows, blocks]. */
export async function loadZeroPoints(weight: CodedWeight, grid: BlockGrid): Promise<Uint8Array> {
  const { zeroPoint, bits, signed } = weight;
  const zeros = new Uint8Array(sizeOf(grid));
  if (!zeroPoint) return signed ? zeros.fill(2 ** (bits - 1)) : zeros;
  const stored = await loadUnsigned(zeroPoint, bits, signed);
  return perBlock(weight, grid, unpackUnsigned(stored, bits, elementCount(zeroPoint)), zeros);
}

const sizeOf = ({ rows, blocks }: BlockGrid): number => rows * blocks;

/** Spreads what is stored once per scale over the blocks of a grid. */
function perBlock<T extends Float32Array | Uint8Array>(
  weight: CodedWeight,
  { columnAxis, rows, blocks, blockSize }: BlockGrid,
  stored: T,
  spread: T,
): T {
  const [, width = 1] = scaleDims(weight);
  const columnSpan = weight.spans[columnAxis]!;
  const rowSpan = weight.spans[1 - columnAxis]!;
  for (let row = 0; row < rows; row++) {
    const scaleRow = Math.floor(row / rowSpan);
    for (let block = 0; block < blocks; block++) {
      const scaleColumn = Math.floor((block * blockSize) / columnSpan);
      const place =
        columnAxis === 1 ? scaleRow * width + scaleColumn : scaleColumn * width + scaleRow;
      spread[row * blocks + block] = stored[place]!;
    }
  }
  return spread;
}
