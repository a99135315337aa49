/**
 * Some output channels of a layer while GPTQ works on them: their weights, the codes of the moment,
 * and the passes that change those. All arrays are [axis, rows]: a row of numbers for each input
 * channel, one number for each output channel.
 */
import { blocksOf } from './blocks.ts';
import { dampedGram, type GptqFactor } from './gptq-factor.ts';
import {
  codeOn,
  exactScaleType,
  isNormalFloat16,
  storedScale,
  type CodedBlocks,
  type Grid,
  type ScaleType,
} from './grid.ts';
import { subtractAll, type Linear, type Panel } from './linear.ts';

const { fround } = Math;

/** Input channels that are settled before what follows from them is brought to the others. */
const depth = 32;

export interface TileInput {
  readonly weights: Float32Array;
  readonly axis: number;
  readonly rows: number;
  /** As in `BlockOptions`. */
  readonly blockSize: number;
  readonly grid: Grid;
  /** What to begin with, as a layout of outer 1, axis and inner = rows. */
  readonly fitted: CodedBlocks;
}

export class GptqTile {
  private readonly linear: Linear;
  private readonly input: TileInput;
  /** Input channels of a block. */
  private readonly size: number;
  private readonly scaleType: ScaleType;
  private readonly codes: Int16Array;
  private readonly scales: Float32Array;
  /** [axis, axis]: the factor, or a Gram matrix. */
  private readonly matrix: Float64Array;
  private readonly work: Float64Array;
  private readonly other: Float64Array;
  private readonly step: Float64Array;

  constructor(linear: Linear, input: TileInput) {
    const { axis, rows, fitted } = input;
    this.linear = linear;
    this.input = input;
    this.size = Math.min(blocksOf(axis, input.blockSize).size, axis);
    this.scaleType = input.grid.scaleType === 'float16' ? exactScaleType(fitted.scales) : 'float32';
    this.codes = Int16Array.from(fitted.codes);
    this.scales = fitted.scales.slice();
    const stepRows = Math.max(this.size, depth);
    const [matrix, work, other, step] = linear.arrays(
      ...[axis * axis, axis * rows, axis * rows, stepRows * rows],
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
    this.matrix = matrix;
    this.work = work;
    this.other = other;
    this.step = step;
  }

  /** δᵀ·gram·δ for each output channel, δ being what the codes miss of the weights. */
  errors(gram: Float64Array): Float64Array<ArrayBuffer> {
    const { axis, rows } = this.input;
    this.matrix.set(gram);
    this.multiplyMissing();
    const errors = new Float64Array(rows);
    for (let k = 0; k < axis; k++) {
      for (let n = 0; n < rows; n++) {
        errors[n]! -= this.other[k * rows + n]! * this.work[k * rows + n]!;
      }
    }
    return errors;
  }

  /**
   * GPTQ's pass: rounds one input channel after the other, and moves what was missed onto the
   * channels to come, along the factor's row.
   */
  sweep({ upper, order }: GptqFactor): void {
    const { axis, rows, weights } = this.input;
    const { matrix, work, step } = this;
    matrix.set(upper);
    for (let i = 0; i < axis; i++) {
      const from = order[i]! * rows;
      for (let n = 0; n < rows; n++) work[i * rows + n] = weights[from + n]!;
    }
    for (let start = 0; start < axis; start += depth) {
      const end = Math.min(start + depth, axis);
      for (let i = start; i < end; i++) {
        this.round(order[i]!, i, (i - start) * rows, matrix[i * axis + i]!);
        const errors = { array: step, start: (i - start) * rows, stride: rows };
        const [rest, factors] = [this.row(work, i + 1), this.square(i, i + 1)];
        this.linear.subtractProducts(rest, factors, errors, end - i - 1, rows, 1);
      }
      const [rest, factors] = [this.row(work, end), this.square(start, end)];
      this.linear.subtractProducts(rest, factors, this.row(step, 0), axis - end, rows, end - start);
    }
  }

  /** Codes of channel `channel` for the weights in row `i` of work; the errors, over the pivot, go to `step`. */
  private round(channel: number, i: number, into: number, pivot: number): void {
    const { rows } = this.input;
    const place = Math.floor(channel / this.size) * rows;
    for (let n = 0; n < rows; n++) {
      const weight = this.work[i * rows + n]!;
      const centered = this.codeFor(weight, channel * rows + n, place + n);
      this.step[into + n] = (weight - centered * this.scales[place + n]!) / pivot;
    }
  }

  /** Rounds a weight; returns its code without the zero point. */
  private codeFor(weight: number, at: number, place: number): number {
    const zeroPoint = this.zeroPoint(place);
    const inverse = fround(1 / this.scales[place]!);
    const code = codeOn(this.input.grid, fround(weight * inverse), zeroPoint);
    this.codes[at] = code;
    return code - zeroPoint;
  }

  /**
   * One round of refinement: the best scale for the codes of each block in turn, all others as they
   * are, and then the best code for each weight in turn. Never raises the error under the damped Gram.
   */
  refine(gram: Float64Array, damping: number): void {
    dampedGram(gram, this.input.axis, damping, this.matrix);
    this.multiplyMissing();
    for (let start = 0; start < this.input.axis; start += this.size) this.rescale(start);
    for (let start = 0; start < this.input.axis; start += depth) this.descend(start);
  }

  /** s −= cᵀHδ / cᵀHc for the block that begins at channel `start`; work is Hδ, before and after. */
  private rescale(start: number): void {
    const { axis, rows } = this.input;
    const size = Math.min(this.size, axis - start);
    const { other, work, step } = this;
    const places = Math.floor(start / this.size) * rows;
    for (let i = 0; i < size * rows; i++) {
      step[i] = this.centered(start * rows + i, places + (i % rows));
    }
    other.fill(0, 0, size * rows);
    const block = this.square(start, start);
    subtractAll(this.linear, this.row(other, 0), block, this.row(step, 0), size, rows, size);
    for (let n = 0; n < rows; n++) {
      let slope = 0;
      let curvature = 0;
      for (let k = 0; k < size; k++) {
        const code = step[k * rows + n]!;
        slope += code * work[(start + k) * rows + n]!;
        curvature -= code * other[k * rows + n]!;
      }
      const moved = this.moveScale(places + n, slope, curvature);
      for (let k = 0; k < size; k++) step[k * rows + n]! *= -moved;
    }
    const all = this.square(start, 0);
    subtractAll(this.linear, this.row(work, 0), all, this.row(step, 0), axis, rows, size);
  }

  /** Returns by how much the scale moved, which is 0 where it can't. */
  private moveScale(place: number, slope: number, curvature: number): number {
    const old = this.scales[place]!;
    if (!(curvature > 0)) return 0;
    const wanted = old - slope / curvature;
    const scale = storedScale(wanted, this.scaleType);
    if (!isNormalFloat16(wanted) && this.scaleType === 'float16') return 0;
    // A scale of the other sign, or of 0, is a sign that there is nothing to scale.
    if (!Number.isFinite(scale) || !(wanted * old > 0)) return 0;
    this.scales[place] = scale;
    return scale - old;
  }

  /** The best codes for the channels from `start` on, one after the other; work is Hδ, before and after. */
  private descend(start: number): void {
    const { axis, rows } = this.input;
    const end = Math.min(start + depth, axis);
    const { matrix, work, step } = this;
    for (let k = start; k < end; k++) {
      const own = matrix[k * axis + k]!;
      const place = Math.floor(k / this.size) * rows;
      for (let n = 0; n < rows; n++) {
        const before = this.centered(k * rows + n, place + n);
        const scale = this.scales[place + n]!;
        const wanted = before * scale - work[k * rows + n]! / own;
        const after = this.codeFor(wanted, k * rows + n, place + n);
        step[(k - start) * rows + n] = (before - after) * scale;
      }
      const change = { array: step, start: (k - start) * rows, stride: rows };
      const [block, factors] = [this.row(work, start), this.square(k, start)];
      this.linear.subtractProducts(block, factors, change, end - start, rows, 1);
    }
    const changes = this.row(step, 0);
    const [above, left] = [this.row(work, 0), this.square(start, 0)];
    this.linear.subtractProducts(above, left, changes, start, rows, end - start);
    const [below, right] = [this.row(work, end), this.square(start, end)];
    this.linear.subtractProducts(below, right, changes, axis - end, rows, end - start);
  }

  /** other = what the codes miss, weights − (code − zero point) · scale; work = −matrix · other. */
  private multiplyMissing(): void {
    const { axis, rows, weights } = this.input;
    const { other, work } = this;
    for (let k = 0; k < axis; k++) {
      const place = Math.floor(k / this.size) * rows;
      for (let n = 0; n < rows; n++) {
        const at = k * rows + n;
        other[at] = weights[at]! - this.centered(at, place + n) * this.scales[place + n]!;
      }
    }
    work.fill(0);
    const [product, factors] = [this.row(work, 0), this.square(0, 0)];
    subtractAll(this.linear, product, factors, this.row(other, 0), axis, rows, axis);
  }

  private centered(at: number, place: number): number {
    return this.codes[at]! - this.zeroPoint(place);
  }

  private zeroPoint(place: number): number {
    return this.input.fitted.zeroPoints?.[place] ?? 0;
  }

  private row(array: Float64Array, row: number): Panel {
    const { rows } = this.input;
    return { array, start: row * rows, stride: rows };
  }

  private square(row: number, column: number): Panel {
    const { axis } = this.input;
    return { array: this.matrix, start: row * axis + column, stride: axis };
  }

  /** Copies output channel `n` of the codes and scales as they are. */
  copyInto({ codes, scales }: CodedBlocks, n: number): void {
    const { axis, rows } = this.input;
    for (let at = n; at < axis * rows; at += rows) codes[at] = this.codes[at]!;
    for (let at = n; at < scales.length; at += rows) scales[at] = this.scales[at]!;
  }
}
