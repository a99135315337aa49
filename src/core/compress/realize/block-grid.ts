/**
 * The blocks that onnxruntime's own operators take: a matrix of rows × columns whose rows are cut
 * into blocks of 16, 32, 64, 128 or 256 columns, each with a scale. Larger or uneven blocks of the
 * stored form are cut into smaller ones, which repeat its scale.
 */
import type { CodedWeight } from './coded-weight.ts';

/** A stored weight read as the matrix [rows, columns] whose columns are summed over or looked up. */
export interface BlockGrid {
  /** The axis of the codes that becomes the columns. */
  readonly columnAxis: 0 | 1;
  readonly rows: number;
  readonly columns: number;
  readonly blockSize: number;
  /** Blocks per row; the last may be partly filled. */
  readonly blocks: number;
}

const smallest = 16;
const largest = 256;

/** The blocks as they are stored, of any size; or why the weight is no matrix of float32. */
export function storedGrid(weight: CodedWeight, columnAxis: 0 | 1): BlockGrid | string {
  const { codes, dtype, spans } = weight;
  const { dims } = codes;
  if (dtype !== 'float32') return `its scales are ${dtype}`;
  if (dims.length !== 2) return `its codes have ${dims.length} axes, not 2`;
  const columns = dims[columnAxis]!;
  const rows = dims[1 - columnAxis]!;
  if (rows === 0 || columns === 0) return 'it is empty';
  const blockSize = Math.min(spans[columnAxis]!, columns);
  return { columnAxis, rows, columns, blockSize, blocks: Math.ceil(columns / blockSize) };
}

/**
 * The grid of a weight, or why it has none. `wholeBytes` asks for rows whose zero points fill their
 * bytes, by smaller blocks where needed and possible.
 */
export function blockGrid(
  weight: CodedWeight,
  columnAxis: 0 | 1,
  wholeBytes: boolean,
): BlockGrid | string {
  const stored = storedGrid(weight, columnAxis);
  if (typeof stored === 'string') return stored;
  const { bits, spans } = weight;
  const { columns } = stored;
  const span = spans[columnAxis]!;
  const whole = span >= columns;
  let blockSize = whole ? cheapest(columns, bits) : powerWithin(span);
  if (blockSize < smallest) return `its blocks of ${span} are no multiple of ${smallest}`;
  const fills = (size: number): boolean => (Math.ceil(columns / size) * bits) % 8 === 0;
  if (wholeBytes && !fills(blockSize)) {
    const finer = sizes.filter((size) => size < blockSize && fills(size)).at(-1);
    blockSize = finer ?? blockSize;
  }
  return { ...stored, blockSize, blocks: Math.ceil(columns / blockSize) };
}

const sizes = [16, 32, 64, 128, 256] as const;

/** The block size that stores a row of codes (padded to whole blocks) and its scales in fewest bytes. */
function cheapest(columns: number, bits: number): number {
  const cost = (size: number): number => Math.ceil(columns / size) * ((size * bits) / 8 + 4);
  return sizes.reduce<number>((best, size) => (cost(size) < cost(best) ? size : best), smallest);
}

/** The largest power of two that divides a block and is not above the largest size. */
const powerWithin = (span: number): number => Math.min(span & -span, largest);

/** Whether each row's zero points end with a byte. */
export const fillsBytes = ({ blocks }: BlockGrid, bits: number): boolean =>
  (blocks * bits) % 8 === 0;
