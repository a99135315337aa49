/**
 * Other ways to write the same digit: each image is turned, scaled, sheared, shifted and bent a little
 * (Simard, Steinkraus and Platt, 2003). The bending is a free-form deformation: random displacements on
 * a coarse grid, made smooth by cubic B-splines (Rueckert et al., 1999), which costs far less than a
 * smoothed random displacement of every pixel.
 */
import type { Random } from '../../core/math/random.ts';
import { pixels, side, standardized } from './mnist.ts';

/** How far images are changed. */
export interface Deformation {
  /** The largest turn, in degrees. */
  readonly turn: number;
  /** The largest change of size, as a share. */
  readonly scale: number;
  /** The largest shear, as a share. */
  readonly shear: number;
  /** The largest shift, in pixels. */
  readonly shift: number;
  /** The deviation of the displacements of the grid, in pixels. */
  readonly bend: number;
}

/** Knots of the grid along a side; the outermost lie outside of the image. */
const knots = 7;

/** How much each knot counts at each pixel of a row: [side, knots], cubic B-splines. */
const weights = splineWeights();

/** The first knot that reaches each pixel of a row. */
const reach = Uint8Array.from({ length: side }, (_, pixel) => cellOf(pixel));

function cellOf(pixel: number): number {
  return Math.min(knots - 4, Math.floor(placeOf(pixel)));
}

/** Where a pixel lies, in knots from the second one. */
function placeOf(pixel: number): number {
  return ((pixel + 0.5) / side) * (knots - 3);
}

function splineWeights(): Float64Array {
  const table = new Float64Array(side * knots);
  for (let pixel = 0; pixel < side; pixel++) {
    const cell = cellOf(pixel);
    const t = placeOf(pixel) - cell;
    const parts = [
      (1 - t) ** 3 / 6,
      (3 * t ** 3 - 6 * t ** 2 + 4) / 6,
      (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6,
      t ** 3 / 6,
    ];
    parts.forEach((part, index) => (table[pixel * knots + cell + index] = part));
  }
  return table;
}

/** Deforms images, keeping its working memory from one to the next. */
export class Deformer {
  readonly #deformation: Deformation;
  readonly #grid = new Float64Array(knots * knots);
  readonly #rows = new Float64Array(side * knots);
  readonly #across = new Float64Array(pixels);
  readonly #down = new Float64Array(pixels);

  constructor(deformation: Deformation) {
    this.#deformation = deformation;
  }

  /** Deforms the image of bytes at `from` into standardized pixels at `at`. */
  deform(images: Uint8Array, from: number, into: Float32Array, at: number, random: Random): void {
    this.#bend(this.#across, random);
    this.#bend(this.#down, random);
    const [xx, xy, yx, yy, moveX, moveY] = this.#affine(random);
    const middle = (side - 1) / 2;
    const across = this.#across;
    const down = this.#down;
    for (let index = 0; index < pixels; index++) {
      const x = (index % side) - middle;
      const y = Math.floor(index / side) - middle;
      const fromX = xx * x + xy * y + moveX + across[index]! + middle;
      const fromY = yx * x + yy * y + moveY + down[index]! + middle;
      into[at + index] = standardized(between(images, from, fromX, fromY));
    }
  }

  /** From the place of a pixel to the place where its ink comes from, both from the middle of the image. */
  #affine(random: Random): readonly [number, number, number, number, number, number] {
    const { turn, scale, shear, shift } = this.#deformation;
    const within = (most: number): number => (2 * random.uniform() - 1) * most;
    const angle = (within(turn) * Math.PI) / 180;
    const [wide, tall, slant] = [1 + within(scale), 1 + within(scale), within(shear)];
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return [
      cos * wide,
      (cos * slant - sin) * tall,
      sin * wide,
      (sin * slant + cos) * tall,
      within(shift),
      within(shift),
    ];
  }

  /** A smooth random field over the image: W · grid · Wᵀ. */
  #bend(field: Float64Array, random: Random): void {
    const { bend } = this.#deformation;
    const [grid, rows] = [this.#grid, this.#rows];
    for (let knot = 0; knot < grid.length; knot++) grid[knot] = bend * random.normal();
    for (let row = 0; row < side; row++) {
      for (let knot = 0; knot < knots; knot++) {
        let sum = 0;
        for (let k = 0; k < knots; k++) sum += weights[row * knots + k]! * grid[k * knots + knot]!;
        rows[row * knots + knot] = sum;
      }
    }
    for (let index = 0; index < pixels; index++) {
      const column = index % side;
      const row = ((index - column) / side) * knots;
      const first = column * knots;
      // A cubic spline reaches four knots.
      const near = reach[column]!;
      let sum = 0;
      for (let k = near; k < near + 4; k++) sum += weights[first + k]! * rows[row + k]!;
      field[index] = sum;
    }
  }
}

/** The gray between pixels, linear in both directions; 0 outside of the image. */
function between(images: Uint8Array, from: number, x: number, y: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  if (column < -1 || row < -1 || column >= side || row >= side) return 0;
  const right = x - column;
  const down = y - row;
  const at = from + row * side + column;
  const isLeft = column >= 0;
  const isRight = column < side - 1;
  let above = 0;
  let below = 0;
  if (row >= 0) {
    if (isLeft) above += (1 - right) * images[at]!;
    if (isRight) above += right * images[at + 1]!;
  }
  if (row < side - 1) {
    if (isLeft) below += (1 - right) * images[at + side]!;
    if (isRight) below += right * images[at + side + 1]!;
  }
  return (1 - down) * above + down * below;
}
