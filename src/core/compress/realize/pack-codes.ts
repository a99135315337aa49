/** Lays the codes of a weight out as the operators that take them want them. */
import { packBits, unpackUnsigned } from '../../math/pack-bits.ts';
import { elementCount, loadBytes, storedBytes } from '../../onnx/tensor.ts';
import type { Bytes } from '../../onnx/types.ts';
import { kept } from '../model-edit.ts';
import type { BlockGrid } from './block-grid.ts';
import type { CodedWeight } from './coded-weight.ts';
import { loadZeroPoints } from './pack-scales.ts';
import { loadUnsigned, raised } from './unsigned.ts';

/**
 * Codes row by row, unsigned. `padded` fills the last block of each row with the row's last zero
 * point, as MatMulNBits wants it: [rows, blocks · blockSize]; otherwise [rows, columns], whose rows
 * must then fill whole bytes.
 */
export async function packCodes(
  weight: CodedWeight,
  grid: BlockGrid,
  padded: boolean,
): Promise<Bytes> {
  const { bits, codes, signed } = weight;
  const width = padded ? grid.blocks * grid.blockSize : grid.columns;
  if (grid.columnAxis === 0 || width > grid.columns) {
    const laid = await layCodes(weight, grid, width);
    if (width > grid.columns) await padRows(laid, width, weight, grid);
    return kept(packBits(laid, bits));
  }
  if (!signed) return storedBytes(codes) ?? loadBytes(codes);
  return kept(raised(await loadBytes(codes), bits));
}

/**
 * Codes row by row, unsigned, each row in 8 / bits parts of equal length: the first part lies in the
 * lowest bits of the row's bytes, the next above it. So whole rows unpack with shifts and masks.
 */
export async function packPlanes(weight: CodedWeight, grid: BlockGrid): Promise<Bytes> {
  const { bits } = weight;
  const planes = 8 / bits;
  const laid = await layCodes(weight, grid, grid.columns);
  const width = grid.columns / planes;
  const packed = new Uint8Array(grid.rows * width);
  for (let row = 0; row < grid.rows; row++) {
    for (let plane = 0; plane < planes; plane++) {
      const from = row * grid.columns + plane * width;
      for (let at = 0; at < width; at++) {
        packed[row * width + at]! |= laid[from + at]! << (plane * bits);
      }
    }
  }
  return kept(packed);
}

/** Unsigned codes, one per byte, in rows of `width`; what lies beyond the columns is 0. */
async function layCodes(
  { bits, codes, signed }: CodedWeight,
  grid: BlockGrid,
  width: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const unsigned = await loadUnsigned(codes, bits, signed);
  const stored = unpackUnsigned(unsigned, bits, elementCount(codes));
  const laid = new Uint8Array(grid.rows * width);
  if (grid.columnAxis === 0) transposeInto(laid, width, stored, grid);
  else copyRows(laid, width, stored, grid);
  return laid;
}

async function padRows(
  laid: Uint8Array,
  width: number,
  weight: CodedWeight,
  grid: BlockGrid,
): Promise<void> {
  const zeros = await loadZeroPoints(weight, grid);
  for (let row = 0; row < grid.rows; row++) {
    const zero = zeros[(row + 1) * grid.blocks - 1]!;
    laid.fill(zero, row * width + grid.columns, (row + 1) * width);
  }
}

function copyRows(into: Uint8Array, width: number, stored: Uint8Array, grid: BlockGrid): void {
  const { rows, columns } = grid;
  for (let row = 0; row < rows; row++) {
    into.set(stored.subarray(row * columns, (row + 1) * columns), row * width);
  }
}

/** Rows and columns that are moved together, so that both sides stay in the cache. */
const tile = 64;

/** stored [columns, rows] → into [rows, width]. */
function transposeInto(into: Uint8Array, width: number, stored: Uint8Array, grid: BlockGrid): void {
  const { rows, columns } = grid;
  for (let top = 0; top < rows; top += tile) {
    const bottom = Math.min(top + tile, rows);
    for (let left = 0; left < columns; left += tile) {
      const right = Math.min(left + tile, columns);
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          into[row * width + column] = stored[column * rows + row]!;
        }
      }
    }
  }
}
