/** Rotations of pairs of rows, gathered and then applied several at a time. */
import { rotate } from './matrix.ts';

/** How many columns are turned before the next: so many of a thousand rows fill two megabytes. */
const tile = 256;
const capacity = 1 << 12;

/** Rotates rows of a matrix [rows, length]. What is pushed takes effect at the next `flush`. */
export class RotationQueue {
  private readonly matrix: Float64Array;
  private readonly length: number;
  private readonly rows = new Int32Array(2 * capacity);
  /** Cosine and sine of each. */
  private readonly angles = new Float64Array(2 * capacity);
  private size = 0;

  constructor(matrix: Float64Array, length: number) {
    this.matrix = matrix;
    this.length = length;
  }

  /** Row x becomes cosine·x + sine·y, and row y becomes cosine·y − sine·x. */
  push(x: number, y: number, cosine: number, sine: number): void {
    const at = 2 * this.size++;
    this.rows[at] = x;
    this.rows[at + 1] = y;
    this.angles[at] = cosine;
    this.angles[at + 1] = sine;
    if (this.size === capacity) this.flush();
  }

  /** Applies what was pushed, in that order. */
  flush(): void {
    const { matrix, length, rows, angles, size } = this;
    for (let left = 0; left < length; left += tile) {
      const width = Math.min(tile, length - left);
      for (let i = 0; i < size;) {
        const x = rows[2 * i]! * length + left;
        if (this.chained(i)) {
          rotateChain(matrix, x, length, width, angles, 2 * i);
          i += 4;
        } else {
          const y = rows[2 * i + 1]! * length + left;
          rotate(matrix, x, matrix, y, width, angles[2 * i]!, angles[2 * i + 1]!);
          i++;
        }
      }
    }
    this.size = 0;
  }

  /** Whether the four rotations from i on turn rows (r, r+1), (r+1, r+2), (r+2, r+3), (r+3, r+4). */
  private chained(i: number): boolean {
    if (i + 4 > this.size) return false;
    const row = this.rows[2 * i]!;
    for (let k = 0; k < 4; k++) {
      if (this.rows[2 * (i + k)] !== row + k || this.rows[2 * (i + k) + 1] !== row + k + 1) {
        return false;
      }
    }
    return true;
  }
}

/** Four rotations of five neighboring rows: the same arithmetic as one by one, in one pass. */
function rotateChain(
  matrix: Float64Array,
  start: number,
  stride: number,
  width: number,
  angles: Float64Array,
  at: number,
): void {
  const c0 = angles[at]!;
  const s0 = angles[at + 1]!;
  const c1 = angles[at + 2]!;
  const s1 = angles[at + 3]!;
  const c2 = angles[at + 4]!;
  const s2 = angles[at + 5]!;
  const c3 = angles[at + 6]!;
  const s3 = angles[at + 7]!;
  const end = start + width;
  for (let r0 = start; r0 < end; r0++) {
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    const r4 = r3 + stride;
    let carried = matrix[r0]!;
    let next = matrix[r1]!;
    matrix[r0] = c0 * carried + s0 * next;
    carried = c0 * next - s0 * carried;
    next = matrix[r2]!;
    matrix[r1] = c1 * carried + s1 * next;
    carried = c1 * next - s1 * carried;
    next = matrix[r3]!;
    matrix[r2] = c2 * carried + s2 * next;
    carried = c2 * next - s2 * carried;
    next = matrix[r4]!;
    matrix[r3] = c3 * carried + s3 * next;
    matrix[r4] = c3 * next - s3 * carried;
  }
}
