/** Inputs with few strong directions and some loud channels, as language models have them, and what is made of them. */
import { gridFor, type CodeBits, type Grid } from '../../../src/core/math/grid.ts';
import { gramOf } from '../../../src/core/math/gram.ts';
import { plainLinear, type Linear } from '../../../src/core/math/linear.ts';
import { createRandom } from '../../../src/core/math/random.ts';

/** `count` rows of `channels` numbers whose spectrum falls like a power; the first few channels are outliers. */
export function correlatedRows(
  label: string,
  count: number,
  channels: number,
  outliers = 0,
): Float32Array {
  const random = createRandom(5).fork(`mix ${channels}`);
  const strong = Math.min(channels, 64);
  const mix = Float64Array.from({ length: strong * channels }, () => random.normal());
  const draw = createRandom(5).fork(label);
  const rows = new Float32Array(count * channels);
  for (let row = 0; row < count; row++) {
    const hidden = Array.from({ length: strong }, (_, i) => draw.normal() / Math.sqrt(i + 1));
    for (let c = 0; c < channels; c++) {
      let sum = 0.3 * draw.normal();
      for (let i = 0; i < strong; i++) sum += (hidden[i]! * mix[i * channels + c]!) / 3;
      rows[row * channels + c] = (c * 37) % channels < outliers ? 20 * sum : sum;
    }
  }
  return rows;
}

/** The mean of xᵀx. */
export function meanGram(rows: Float32Array, channels: number, linear: Linear = plainLinear) {
  const gram = gramOf(linear, rows, channels);
  return gram.map((sum) => sum / (rows.length / channels));
}

export function normals(label: string, count: number): Float32Array {
  const random = createRandom(6).fork(label);
  return Float32Array.from({ length: count }, () => random.normal());
}

export const diagonalOf = (gram: Float64Array, size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, k) => gram[k * size + k]!);

export const gridOf = (bits: CodeBits, symmetric = true): Grid =>
  gridFor(bits, symmetric, 'float16');
