/** The distance between neighboring codes, for each output channel. */
import { isNormalFloat16, type FloatScale } from '../../math/grid.ts';
import { exponentOf, powerOfTwo } from '../../math/binary.ts';

/** Codes go from −127 to 127; feedback moves weights a little further out than they are. */
const highest = 120;

export interface ChannelSteps {
  readonly steps: Float32Array<ArrayBuffer>;
  /** The type that holds all of them. */
  readonly scaleType: FloatScale;
}

/**
 * `factor` times the deviation of each output channel of [axis, rows], so that all channels take the
 * same bits; more where a value would leave the codes. Steps have three significant bits: that costs
 * less than a hundredth of a bit of a weight, and all but a few bits of a scale are always 0.
 */
export function channelSteps(weights: Float32Array, rows: number, factor: number): ChannelSteps {
  const squares = new Float64Array(rows);
  const largest = new Float64Array(rows);
  weights.forEach((weight, at) => {
    const n = at % rows;
    squares[n]! += weight * weight;
    largest[n] = Math.max(largest[n]!, Math.abs(weight));
  });
  const axis = weights.length / rows;
  const steps = Float32Array.from(squares, (square, n) => {
    const wanted = coarse(factor * Math.sqrt(square / axis));
    const needed = largest[n]! / highest;
    return wanted < needed ? coarse(1.25 * needed) : wanted;
  });
  return { steps, scaleType: steps.every(isNormalFloat16) ? 'float16' : 'float32' };
}

/** The nearest of 1, 1.25, 1.5 and 1.75 times a power of two; 1 for what is too small for float32. */
function coarse(step: number): number {
  if (step < 2 ** -120) return 1;
  const power = powerOfTwo(exponentOf(step));
  return (Math.round((4 * step) / power) / 4) * power;
}
