/** GPTQ's pass over a tile: rounding with feedback. */
import type { GptqFactor } from './gptq-factor.ts';
import { passDepth, type GptqTile } from './gptq-tile.ts';

/**
 * Rounds one input channel after the other, and moves what was missed onto the channels to come:
 * w_j −= U_ij · e for j > i, e = (w_i − its code's weight) / U_ii.
 */
export function sweepTile(tile: GptqTile, { upper, order }: GptqFactor): void {
  const { axis, rows, weights } = tile.input;
  const { linear, matrix, work, step } = tile;
  matrix.set(upper);
  for (let i = 0; i < axis; i++) {
    const from = order[i]! * rows;
    for (let n = 0; n < rows; n++) work[i * rows + n] = weights[from + n]!;
  }
  for (let start = 0; start < axis; start += passDepth) {
    const end = Math.min(start + passDepth, axis);
    for (let i = start; i < end; i++) {
      roundChannel(tile, order[i]!, i, (i - start) * rows);
      const errors = { array: step, start: (i - start) * rows, stride: rows };
      const [rest, factors] = [tile.row(work, i + 1), tile.square(i, i + 1)];
      linear.subtractProducts(rest, factors, errors, end - i - 1, rows, 1);
    }
    const [rest, factors] = [tile.row(work, end), tile.square(start, end)];
    linear.subtractProducts(rest, factors, tile.row(step, 0), axis - end, rows, end - start);
  }
}

/** Codes of a channel for the weights in row `i` of work; the errors over the pivot go to `step`, from `into` on. */
function roundChannel(tile: GptqTile, channel: number, i: number, into: number): void {
  const { axis, rows } = tile.input;
  const pivot = tile.matrix[i * axis + i]!;
  const place = Math.floor(channel / tile.size) * rows;
  for (let n = 0; n < rows; n++) {
    const weight = tile.work[i * rows + n]!;
    const centered = tile.codeFor(weight, channel * rows + n, place + n);
    tile.step[into + n] = (weight - centered * tile.scales[place + n]!) / pivot;
  }
}
