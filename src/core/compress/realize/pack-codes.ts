/** Lays the codes of a weight out as the operators that take them want them. */
import { loadBytes, storedBytes } from '../../onnx/tensor.ts';
import type { Bytes } from '../../onnx/types.ts';
import { kept } from '../model-edit.ts';
import type { BlockGrid } from './block-grid.ts';
import type { CodedWeight } from './coded-weight.ts';
import { loadZeroPoints } from './pack-scales.ts';
import { flipOf, raised } from './unsigned.ts';

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
    const zeros = width > grid.columns ? await loadZeroPoints(weight, grid) : undefined;
    const layout = { bytes: (width * bits) / 8, nextByte: 8 / bits, nextInByte: 1 };
    return kept(rearrange({ stored: await loadBytes(codes), weight, grid, layout, zeros }));
  }
  if (!signed) return storedBytes(codes) ?? loadBytes(codes);
  return kept(raised(await loadBytes(codes), bits));
}

/**
 * Codes row by row, unsigned, each row in 8 / bits parts of equal length: the first part lies in the
 * lowest bits of the row's bytes, the next above it. So whole rows unpack with shifts and masks.
 */
export async function packPlanes(weight: CodedWeight, grid: BlockGrid): Promise<Bytes> {
  const bytes = (grid.columns * weight.bits) / 8;
  const layout = { bytes, nextByte: 1, nextInByte: bytes };
  return kept(rearrange({ stored: await loadBytes(weight.codes), weight, grid, layout }));
}

/** How a packed row is filled: the columns of neighboring bytes, and of neighboring codes in a byte. */
interface RowLayout {
  readonly bytes: number;
  readonly nextByte: number;
  readonly nextInByte: number;
}

/** Codes on their way into another layout. */
interface Move {
  readonly stored: Uint8Array;
  readonly weight: CodedWeight;
  readonly grid: BlockGrid;
  readonly layout: RowLayout;
  /** The zero points of each row's blocks, where the last stands for columns beyond the stored ones. */
  readonly zeros?: Uint8Array | undefined;
}

/** Rows and bytes of a row that are packed together, so that source and target stay in the cache. */
const tile = 64;

/** Packed codes in the order of another layout, in one pass. */
function rearrange(move: Move): Uint8Array<ArrayBuffer> {
  const { rows } = move.grid;
  const { bytes } = move.layout;
  const packed = new Uint8Array(rows * bytes);
  const square = new Uint8Array(tile * tile);
  for (let top = 0; top < rows; top += tile) {
    for (let left = 0; left < bytes; left += tile) {
      packTile(move, top, left, square.fill(0));
      const width = Math.min(tile, bytes - left);
      for (let row = 0; row < tile && top + row < rows; row++) {
        const part = square.subarray(row * tile, row * tile + width);
        packed.set(part, (top + row) * bytes + left);
      }
    }
  }
  return packed;
}

/** Packs the rows from `top` and the bytes from `left` into a square of zeros. */
function packTile(move: Move, top: number, left: number, square: Uint8Array): void {
  const { stored, weight, grid, layout, zeros } = move;
  const { bits } = weight;
  const { columnAxis, rows, columns, blocks } = grid;
  const perByte = 8 / bits;
  const [shift, within, mask] = [Math.log2(perByte), perByte - 1, 2 ** bits - 1];
  const flip = weight.signed ? flipOf(bits) & mask : 0;
  const [rowStep, columnStep] = columnAxis === 0 ? [1, rows] : [columns, 1];
  const height = Math.min(tile, rows - top);
  const width = Math.min(tile, layout.bytes - left);
  for (let byte = 0; byte < width; byte++) {
    for (let part = 0; part < perByte; part++) {
      const column = (left + byte) * layout.nextByte + part * layout.nextInByte;
      for (let row = 0; row < height; row++) {
        const at = (top + row) * rowStep + column * columnStep;
        const code =
          column < columns
            ? ((stored[at >> shift]! >> ((at & within) * bits)) & mask) ^ flip
            : (zeros?.[(top + row + 1) * blocks - 1] ?? 0);
        square[row * tile + byte]! |= code << (part * bits);
      }
    }
  }
}
