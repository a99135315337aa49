/** A layer's inputs with a factor for each channel: the step of a weight is shared, so the factors decide how fine each channel is rounded. */
import type { InputStatistics } from '../../calibrate/statistics.ts';
import type { GptqFactor } from '../../math/gptq-factor.ts';
import { geometricMean } from '../../math/logarithm.ts';

/** Beyond these a factor says more of a channel that is hardly used than of its share. */
const least = 1 / 64;
const most = 64;

/**
 * t_i = U_ii ÷ their geometric mean (WaterSIC, arXiv 2603.04956): with steps in proportion to these,
 * every input channel adds as much to the error, which is the least for the bits. A channel that is
 * always 0 gets the largest of the others.
 */
export function ratiosOf({ upper }: GptqFactor, gram: Float64Array, size: number): Float64Array {
  const live = Array.from({ length: size }, (_, i) => i).filter((i) => gram[i * size + i]! > 0);
  const pivots = live.map((i) => upper[i * size + i]!);
  const mean = geometricMean(pivots);
  const ratios = new Float64Array(size);
  live.forEach((i, index) => {
    ratios[i] = Math.min(most, Math.max(least, pivots[index]! / mean));
  });
  const largest = ratios.reduce((a, b) => Math.max(a, b), 0) || 1;
  // Rounded as the model will be, so that all who use them agree.
  return ratios.map((ratio) => Math.fround(ratio === 0 ? largest : ratio));
}

/** The Gram matrices of inputs that are multiplied by `ratios`: H_ij·t_i·t_j. Inputs of one group. */
export function scaledGrams(
  { gram, heldOut, channels }: Pick<InputStatistics, 'gram' | 'heldOut' | 'channels'>,
  ratios: Float64Array | undefined,
): { readonly gram: Float64Array; readonly heldOut: Float64Array } {
  if (!ratios) return { gram, heldOut };
  const scaled = (matrix: Float64Array): Float64Array => {
    const out = new Float64Array(matrix.length);
    for (let i = 0; i < channels; i++) {
      for (let j = 0; j < channels; j++) {
        out[i * channels + j] = matrix[i * channels + j]! * ratios[i]! * ratios[j]!;
      }
    }
    return out;
  };
  return { gram: scaled(gram), heldOut: scaled(heldOut) };
}

/** The factor of such a Gram matrix from that of the inputs as they are: U_ij ÷ t_j, in natural order. */
export function scaledFactor(factor: GptqFactor, ratios: Float64Array | undefined): GptqFactor {
  if (!ratios) return factor;
  const size = ratios.length;
  const upper = factor.upper.map((u, at) => u / ratios[at % size]!);
  return { ...factor, upper };
}
