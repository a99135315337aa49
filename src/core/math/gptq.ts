/**
 * GPTQ (Frantar et al. 2023) with scales fitted before: rounds the weights of a layer one input
 * channel after the other and moves each error onto the channels still to come, so that the layer's
 * answers change least. After it, rounds of refinement. Both count only where held-out inputs agree.
 */
import type { GptqFactor } from './gptq-factor.ts';
import { refineTile } from './gptq-refine.ts';
import { sweepTile } from './gptq-sweep.ts';
import { GptqTile, type TileInput } from './gptq-tile.ts';
import type { CodedBlocks } from './grid.ts';
import type { Linear } from './linear.ts';

export interface GptqInput extends TileInput {
  /** Absent: what was fitted stays. */
  readonly factor?: GptqFactor;
  /** xᵀx of the inputs that fit, [axis, axis], and of those that judge. */
  readonly gram: Float64Array;
  readonly heldOut: Float64Array;
  /** Rounds of refinement. */
  readonly sweeps: number;
}

export interface GptqResult {
  readonly coded: CodedBlocks;
  /** δᵀ·heldOut·δ for each output channel: of the result, and of what was fitted. */
  readonly errors: Float64Array<ArrayBuffer>;
  readonly fittedErrors: Float64Array<ArrayBuffer>;
}

/**
 * Each output channel keeps the best of its stages, so none gets worse on held-out inputs. The same
 * bytes whichever `linear` computes, and however channels are spread over calls.
 */
export function gptq(linear: Linear, input: GptqInput): GptqResult {
  const { fitted, factor, gram, heldOut, sweeps } = input;
  const tile = new GptqTile(linear, input);
  const fittedErrors = tile.errors(heldOut);
  const errors = fittedErrors.slice();
  const coded = { ...fitted, codes: fitted.codes.slice(), scales: fitted.scales.slice() };
  const keepBetter = (): void => {
    for (const [n, error] of tile.errors(heldOut).entries()) {
      if (!(error < errors[n]!)) continue;
      errors[n] = error;
      tile.copyInto(coded, n);
    }
  };
  if (factor) {
    sweepTile(tile, factor);
    keepBetter();
    for (let round = 0; round < sweeps; round++) {
      refineTile(tile, gram, factor.damping);
      keepBetter();
    }
  }
  return { coded, errors, fittedErrors };
}
