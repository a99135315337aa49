/**
 * Random rotations that cost little to apply: signs, a Walsh–Hadamard transform of the largest power of
 * two in the size, and a dense random rotation of what is left (Ashkboos et al., "QuaRot", 2024).
 */
import { negligible } from './householder.ts';
import { dot } from './matrix.ts';
import type { Random } from './random.ts';

/** An orthogonal matrix R, by what it does to a row. */
export interface Rotation {
  readonly size: number;
  /** Puts x·R in the place of x: `size` numbers from `start`. */
  apply(x: Float64Array, start: number): void;
}

/**
 * R = signs · (Hadamard ⊗ Q). With `keepsMean` R = Cᵀ · signs · C instead, where C is such a product
 * whose first row is constant and has the sign +: then a row of ones goes to itself, and with it the mean
 * of every row stays.
 */
export function randomRotation(size: number, random: Random, keepsMean = false): Rotation {
  const odd = oddPart(size);
  const inner = orthogonal(odd, random, keepsMean);
  const signs = Float64Array.from({ length: size }, () => ((random.word() & 1) === 0 ? 1 : -1));
  if (keepsMean) signs[0] = 1;
  const turned = transposed(inner, odd);
  const scratch = new Float64Array(odd);
  const flip = (x: Float64Array, start: number) => {
    for (let index = 0; index < size; index++) x[start + index]! *= signs[index]!;
  };
  const spread = (x: Float64Array, start: number, by: Float64Array) => {
    for (let at = start; at < start + size; at += odd) multiply(x, at, by, odd, scratch);
    hadamard(x, start, size, odd);
  };
  return {
    size,
    apply(x, start) {
      if (keepsMean) spread(x, start, turned);
      flip(x, start);
      spread(x, start, inner);
    },
  };
}

/** R itself, row by row. */
export function matrixOf(rotation: Rotation): Float64Array {
  const { size } = rotation;
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    matrix[row * size + row] = 1;
    rotation.apply(matrix, row * size);
  }
  return matrix;
}

function oddPart(size: number): number {
  let odd = size;
  while (odd % 2 === 0) odd /= 2;
  return odd;
}

/** The normalized Walsh–Hadamard transform of size/step numbers, `step` of them at once. It is its own inverse. */
function hadamard(x: Float64Array, start: number, size: number, step: number): void {
  for (let half = step; half < size; half *= 2) {
    for (let block = 0; block < size; block += 2 * half) {
      for (let at = start + block; at < start + block + half; at++) {
        const [a, b] = [x[at]!, x[at + half]!];
        x[at] = a + b;
        x[at + half] = a - b;
      }
    }
  }
  const scale = 1 / Math.sqrt(size / step);
  for (let at = start; at < start + size; at++) x[at]! *= scale;
}

/** x ← x·m for one row of `size` numbers. */
function multiply(
  x: Float64Array,
  start: number,
  m: Float64Array,
  size: number,
  scratch: Float64Array,
): void {
  if (size === 1) {
    x[start]! *= m[0]!;
    return;
  }
  scratch.fill(0);
  for (let row = 0; row < size; row++) {
    const factor = x[start + row]!;
    for (let column = 0; column < size; column++)
      scratch[column]! += factor * m[row * size + column]!;
  }
  x.set(scratch, start);
}

/**
 * A random orthogonal matrix as a product of reflections that send one axis each to a random direction (Stewart, "The efficient
 * generation of random orthogonal matrices", 1980); with `constant` its first row is 1/√size throughout.
 */
function orthogonal(size: number, random: Random, constant: boolean): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++) matrix[row * size + row] = 1;
  if (size === 1) return matrix;
  const first = constant ? 1 : 0;
  // Each reflection works on the numbers from `from` on; the first row is left alone where it will be constant.
  for (let from = first; from < size - 1; from++) {
    const vector = new Float64Array(size);
    for (let index = from; index < size; index++) vector[index] = random.normal();
    // The reflection that sends the axis to the random direction.
    const norm = Math.sqrt(dot(vector, 0, vector, 0, size));
    vector[from]! += vector[from]! < 0 ? -norm : norm;
    reflectRows(matrix, size, vector);
  }
  if (constant) {
    // The reflection that exchanges (1, 0, …) and (1, 1, …)/√size.
    const vector = new Float64Array(size).fill(-1 / Math.sqrt(size));
    vector[0]! += 1;
    reflectRows(matrix, size, vector);
  }
  return matrix;
}

/** Each row x becomes x − 2·(x·v)·v / |v|². */
function reflectRows(matrix: Float64Array, size: number, vector: Float64Array): void {
  const square = dot(vector, 0, vector, 0, size);
  if (square < negligible) return;
  for (let start = 0; start < matrix.length; start += size) {
    const factor = (2 * dot(matrix, start, vector, 0, size)) / square;
    for (let index = 0; index < size; index++) matrix[start + index]! -= factor * vector[index]!;
  }
}

function transposed(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((_, at) => matrix[(at % size) * size + Math.floor(at / size)]!);
}
