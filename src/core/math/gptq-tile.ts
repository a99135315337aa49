/**
 * Some output channels of a layer while GPTQ works on them: their weights, and the codes and scales of
 * the moment, which the passes of gptq-sweep.ts and gptq-refine.ts change. All arrays are [axis, rows]: a row of numbers for each input
 * channel, one number for each output channel.
 */
import { blocksOf } from './blocks.ts';
import {
  codeOn,
  exactScaleType,
  isNormalFloat16,
  storedScale,
  type CodedBlocks,
  type Grid,
  type FloatScale,
} from './grid.ts';
import { scaleCode, scaleOf } from './scale-steps.ts';
import { subtractAll, type Linear, type Panel } from './linear.ts';

const { fround } = Math;

/** Input channels that a pass settles before it brings what follows from them to the others. */
export const passDepth = 32;

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
  readonly linear: Linear;
  readonly input: TileInput;
  /** Input channels of a block. */
  readonly size: number;
  readonly scaleType: FloatScale;
  readonly codes: Int16Array;
  readonly scales: Float32Array;
  /** [axis, axis]: the factor, or a Gram matrix. */
  readonly matrix: Float64Array;
  readonly work: Float64Array;
  readonly other: Float64Array;
  readonly step: Float64Array;

  constructor(linear: Linear, input: TileInput) {
    const { axis, rows, fitted } = input;
    this.linear = linear;
    this.input = input;
    this.size = Math.min(blocksOf(axis, input.blockSize).size, axis);
    this.scaleType = input.grid.scaleType === 'float16' ? exactScaleType(fitted.scales) : 'float32';
    this.codes = Int16Array.from(fitted.codes);
    this.scales = fitted.scales.slice();
    const stepRows = Math.max(this.size, passDepth);
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

  /** Rounds a weight; returns its code without the zero point. */
  codeFor(weight: number, at: number, place: number): number {
    const zeroPoint = this.zeroPoint(place);
    const inverse = fround(1 / this.scales[place]!);
    const code = codeOn(this.input.grid, fround(weight * inverse), zeroPoint);
    this.codes[at] = code;
    return code - zeroPoint;
  }

  /** Returns by how much the scale moved, which is 0 where it can't. */
  moveScale(place: number, slope: number, curvature: number): number {
    const old = this.scales[place]!;
    if (!(curvature > 0)) return 0;
    const wanted = old - slope / curvature;
    const step = this.input.fitted.steps?.[place % this.input.rows];
    const scale = step
      ? scaleOf(scaleCode(wanted, step), step)
      : storedScale(wanted, this.scaleType);
    if (!isNormalFloat16(wanted) && this.scaleType === 'float16') return 0;
    // A scale of the other sign, or of 0, is a sign that there is nothing to scale.
    if (!Number.isFinite(scale) || !(wanted * old > 0)) return 0;
    this.scales[place] = scale;
    return scale - old;
  }

  /** other = what the codes miss, weights − (code − zero point) · scale; work = −matrix · other. */
  multiplyMissing(): void {
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

  centered(at: number, place: number): number {
    return this.codes[at]! - this.zeroPoint(place);
  }

  zeroPoint(place: number): number {
    return this.input.fitted.zeroPoints?.[place] ?? 0;
  }

  row(array: Float64Array, row: number): Panel {
    const { rows } = this.input;
    return { array, start: row * rows, stride: rows };
  }

  square(row: number, column: number): Panel {
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
