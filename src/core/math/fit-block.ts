/**
 * The search of a grid fit in one block; see grid-fit.ts. All numbers are float32, computed in the
 * order in which the kernels compute them.
 */
import { factorsFor } from './fit-factors.ts';
import { codeOn, elevenDigits, type Grid } from './grid.ts';
import { roundHalfEven } from './round.ts';

const { abs, floor, fround, max, min } = Math;

/** A way to lay the grid: a scale, and the lowest and highest code, zero point taken off. */
interface Choice {
  readonly scale: number;
  readonly low: number;
  readonly high: number;
}

/** Sums over a block for a choice, with codes c and r = w − c·scale: Σhr², Σhcr and Σhc². */
interface Sums {
  readonly error: number;
  readonly slope: number;
  readonly curvature: number;
}

/** The largest scale: all the digits that a float16 has, in the range of float32. */
const largestScale = (2 - 2 ** -10) * 2 ** 127;
/** The scale of a block of zeros where no code stands for 0: whoever rounds with it errs little. */
const nearZero = 2 ** -14;
/** Times that the codes are fitted to the stored scale and the scale to the codes. */
const refinements = 2;

const word = new Uint32Array(1);
const number = new Float32Array(word.buffer);

/** Fits one block after the other. Holds blocks of up to `size` weights. */
export class BlockFit {
  private readonly grid: Grid;
  private readonly weights: Float32Array;
  private readonly importance: Float32Array;
  private readonly factors: ReturnType<typeof factorsFor>;
  private length = 0;
  private lowest = 0;
  private highest = 0;
  private unit = 1;
  private best: Choice = { scale: 1, low: 0, high: 0 };

  constructor(grid: Grid, size: number) {
    this.grid = grid;
    this.weights = new Float32Array(size);
    this.importance = new Float32Array(size).fill(1);
    this.factors = factorsFor(grid.bits);
  }

  /** Takes every `stride`-th of `length` weights from `start` on, and how much each error counts. */
  load(
    weights: Float32Array,
    { start, stride, length }: { start: number; stride: number; length: number },
    importance?: Float32Array,
  ): void {
    this.length = length;
    this.lowest = 0;
    this.highest = 0;
    for (let i = 0; i < length; i++) {
      const weight = weights[start + i * stride]!;
      this.weights[i] = weight;
      this.lowest = min(this.lowest, weight);
      this.highest = max(this.highest, weight);
    }
    if (importance) this.importance.set(importance);
    this.normalize();
  }

  /** Divides by a power of two, so that squares neither overflow nor vanish. */
  private normalize(): void {
    number[0] = max(-this.lowest, this.highest);
    word[0] = min(max(word[0]! & 0x7f800000, 0x00800000), 0x7e800000);
    this.unit = number[0]!;
    const down = 1 / this.unit;
    for (let i = 0; i < this.length; i++) this.weights[i] = this.weights[i]! * down;
    this.lowest = fround(this.lowest * down);
    this.highest = fround(this.highest * down);
  }

  /** The scale as it is stored, and the zero point. */
  search(): { scale: number; zeroPoint: number } {
    const { grid } = this;
    if (this.isZero) return { scale: grid.step === 2 ? nearZero : 1, zeroPoint: 0 };
    if (grid.step === 2) {
      this.best = { scale: this.stored(this.meanMagnitude(true)), low: -1, high: 1 };
    } else {
      this.best = this.settled(this.trials(), this.plain());
    }
    const { scale, low } = this.best;
    return { scale: fround(scale * this.unit), zeroPoint: grid.symmetric ? 0 : -low };
  }

  /** The code of the i-th weight; 0 in a block of zeros. */
  code(i: number): number {
    if (this.isZero) return 0;
    const { scale, low } = this.best;
    const quotient = fround(this.weights[i]! * fround(1 / scale));
    return codeOn(this.grid, quotient, this.grid.symmetric ? 0 : -low);
  }

  private get isZero(): boolean {
    return this.lowest === 0 && this.highest === 0;
  }

  /** What plain rounding takes, with either sign: nothing worse is ever kept. */
  private plain(): Choice[] {
    if (this.grid.symmetric) {
      const scale = this.grid.bits === 1.58 ? this.meanMagnitude(false) : undefined;
      return this.ways().map((way) => ({ ...way, scale: this.stored(scale ?? way.scale) }));
    }
    const { highest } = this.grid;
    const scale = this.stored(fround((this.highest - this.lowest) / highest));
    const zero = min(roundHalfEven(fround(-this.lowest / scale)), highest);
    return [{ scale, low: -zero, high: highest - zero }];
  }

  /** The ways to take in the whole range: with either sign, or with the zero points next to the best. */
  private ways(): Choice[] {
    const { symmetric, lowest: low, highest: high } = this.grid;
    if (symmetric) {
      const extreme = this.highest >= -this.lowest ? this.highest : this.lowest;
      if (low === -high) return [{ scale: fround(abs(extreme) / high), low, high }];
      const scale = fround(extreme / low);
      return [scale, -scale].map((one) => ({ scale: one, low, high }));
    }
    const range = fround(this.highest - this.lowest);
    const zero = min(floor(fround(fround(-this.lowest * high) / range)), high);
    return [zero, min(zero + 1, high)].map((z) => ({
      scale: fround(range / high),
      low: -z,
      high: high - z,
    }));
  }

  /** The best of all trials, with the best scale for its codes. */
  private trials(): Choice {
    let best = { scale: 1, low: 0, high: 0 };
    let refined = 1;
    let least = Infinity;
    const attempt = (choice: Choice) => {
      const { error, slope, curvature } = this.sums(choice);
      const hasCodes = curvature > 0;
      const after = hasCodes ? fround(error - fround(fround(slope * slope) / curvature)) : error;
      if (!(after < least)) return;
      least = after;
      best = choice;
      refined = hasCodes ? fround(choice.scale + fround(slope / curvature)) : choice.scale;
    };
    for (const way of this.ways()) {
      for (const factor of this.factors.coarse) {
        attempt({ ...way, scale: fround(way.scale * factor) });
      }
    }
    const center = best;
    for (const factor of this.factors.fine) {
      attempt({ ...center, scale: fround(center.scale * factor) });
    }
    return { ...best, scale: refined };
  }

  /** The best of the plain choices and of a trial, whose scale and codes are fitted in turn, as stored. */
  private settled(trial: Choice, plain: readonly Choice[]): Choice {
    let best = trial;
    let least = Infinity;
    const judge = (choice: Choice): Sums => {
      const sums = this.sums(choice);
      if (sums.error < least) {
        least = sums.error;
        best = choice;
      }
      return sums;
    };
    for (const choice of plain) judge(choice);
    let scale = trial.scale;
    for (let time = 0; time < refinements; time++) {
      scale = this.stored(scale);
      const { slope, curvature } = judge({ ...trial, scale });
      if (curvature > 0) scale = fround(scale + fround(slope / curvature));
    }
    return best;
  }

  private sums({ scale, low, high }: Choice): Sums {
    const { weights, importance, length } = this;
    const inverse = fround(1 / scale);
    let error = 0;
    let slope = 0;
    let curvature = 0;
    for (let i = 0; i < length; i++) {
      const weight = weights[i]!;
      const share = importance[i]!;
      const nearest = roundHalfEven(fround(weight * inverse));
      const code = nearest < low ? low : nearest > high ? high : nearest;
      const rest = fround(weight - fround(code * scale));
      const shared = fround(share * code);
      error = fround(error + fround(fround(share * rest) * rest));
      slope = fround(slope + fround(shared * rest));
      curvature = fround(curvature + fround(shared * code));
    }
    return { error, slope, curvature };
  }

  /** Of the block: Σh|w| / Σh, or the same with all alike. */
  private meanMagnitude(weighted: boolean): number {
    let sum = 0;
    let total = 0;
    for (let i = 0; i < this.length; i++) {
      const share = weighted ? this.importance[i]! : 1;
      sum = fround(sum + fround(share * abs(this.weights[i]!)));
      total = fround(total + share);
    }
    return fround(sum / total);
  }

  /** A scale of the divided weights as its type holds it; 0 becomes 1 of the weights themselves. */
  private stored(scale: number): number {
    const real = max(min(fround(scale * this.unit), largestScale), -largestScale);
    // Whoever leaves the range of float16 is fitted again.
    const stored = this.grid.scaleType === 'float16' ? elevenDigits(real) : real;
    return fround((stored === 0 ? 1 : stored) * fround(1 / this.unit));
  }
}
