/** Refinement of a tile: better scales for its codes, better codes for its scales. */
import { dampedGram } from './gptq-factor.ts';
import { passDepth, type GptqTile } from './gptq-tile.ts';
import { subtractAll } from './linear.ts';

/**
 * One round of refinement: the best scale for the codes of each block in turn, all others as they
 * are, and then the best code for each weight in turn. Never raises the error under the damped Gram.
 */
export function refineTile(tile: GptqTile, gram: Float64Array, damping: number): void {
  const { axis } = tile.input;
  dampedGram(gram, axis, damping, tile.matrix);
  tile.multiplyMissing();
  for (let start = 0; start < axis; start += tile.size) rescale(tile, start);
  for (let start = 0; start < axis; start += passDepth) descend(tile, start);
}

/** s −= cᵀHδ / cᵀHc for the block that begins at channel `start`; work is Hδ, before and after. */
function rescale(tile: GptqTile, start: number): void {
  const { axis, rows } = tile.input;
  const size = Math.min(tile.size, axis - start);
  const { linear, other, work, step } = tile;
  const places = Math.floor(start / tile.size) * rows;
  for (let i = 0; i < size * rows; i++) {
    step[i] = tile.centered(start * rows + i, places + (i % rows));
  }
  other.fill(0, 0, size * rows);
  const block = tile.square(start, start);
  subtractAll(linear, tile.row(other, 0), block, tile.row(step, 0), size, rows, size);
  for (let n = 0; n < rows; n++) {
    let slope = 0;
    let curvature = 0;
    for (let k = 0; k < size; k++) {
      const code = step[k * rows + n]!;
      slope += code * work[(start + k) * rows + n]!;
      curvature -= code * other[k * rows + n]!;
    }
    const moved = tile.moveScale(places + n, slope, curvature);
    for (let k = 0; k < size; k++) step[k * rows + n]! *= -moved;
  }
  const all = tile.square(start, 0);
  subtractAll(linear, tile.row(work, 0), all, tile.row(step, 0), axis, rows, size);
}

/** The best codes for the channels from `start` on, one after the other; work is Hδ, before and after. */
function descend(tile: GptqTile, start: number): void {
  const { axis, rows } = tile.input;
  const end = Math.min(start + passDepth, axis);
  const { linear, matrix, work, step } = tile;
  for (let k = start; k < end; k++) {
    const own = matrix[k * axis + k]!;
    const place = Math.floor(k / tile.size) * rows;
    for (let n = 0; n < rows; n++) {
      const before = tile.centered(k * rows + n, place + n);
      const scale = tile.scales[place + n]!;
      const wanted = before * scale - work[k * rows + n]! / own;
      const after = tile.codeFor(wanted, k * rows + n, place + n);
      step[(k - start) * rows + n] = (before - after) * scale;
    }
    const change = { array: step, start: (k - start) * rows, stride: rows };
    const [block, factors] = [tile.row(work, start), tile.square(k, start)];
    linear.subtractProducts(block, factors, change, end - start, rows, 1);
  }
  const changes = tile.row(step, 0);
  const [above, left] = [tile.row(work, 0), tile.square(start, 0)];
  linear.subtractProducts(above, left, changes, start, rows, end - start);
  const [below, right] = [tile.row(work, end), tile.square(start, end)];
  linear.subtractProducts(below, right, changes, axis - end, rows, end - start);
}
