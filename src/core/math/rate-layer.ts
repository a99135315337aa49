/**
 * Rounds a layer to whole multiples of given steps, with GPTQ's feedback: what codes cost is left to
 * entropy coding, so there are no blocks and no limits but those of int8.
 */
import { countBytes, entropyOfCounts } from '../coding/entropy.ts';
import { gridFor, codeOn } from './grid.ts';
import type { GroupFactors, LayerInput } from './gptq-layer.ts';
import { gptq } from './gptq.ts';
import { squaredAnswers } from './layer-error.ts';
import type { Linear } from './linear.ts';

export interface RateInput extends Pick<
  LayerInput,
  'weights' | 'axis' | 'rows' | 'groups' | 'gram' | 'heldOut'
> {
  /** The distance between neighboring codes, for each output channel. */
  readonly steps: Float32Array<ArrayBuffer>;
  /** For each group; without one its weights are rounded to the nearest. */
  readonly factors: GroupFactors;
}

export interface RateResult {
  /** [axis, rows]. */
  readonly codes: Int8Array<ArrayBuffer>;
  /** Bits of all codes by how often each occurs. */
  readonly bits: number;
  /** Mean squares over held-out inputs: of what the codes miss of the answers, and of the answers. */
  readonly error: number;
  readonly answers: number;
}

const grid = gridFor(8, true, 'float32');

/** The code of a weight at a step: halves to the even one, −127 to 127. */
export const rateCode = (weight: number, step: number): number => codeOn(grid, weight / step, 0);

/** Each output channel is rounded with feedback unless rounding to the nearest does better on held-out inputs. */
export function rateLayer(linear: Linear, input: RateInput): RateResult {
  const { axis, rows, groups, factors } = input;
  const codes = new Int8Array(axis * rows);
  const width = rows / groups;
  let [error, answers] = [0, 0];
  for (let group = 0; group < groups; group++) {
    const part = partOf(input, group);
    const factor = factors[group];
    const rounded = Int8Array.from(part.weights, (weight, at) =>
      rateCode(weight, part.steps[at % width]!),
    );
    const { coded, errors } = gptq(linear, {
      ...part,
      blockSize: 0,
      grid,
      fitted: { codes: rounded, scales: part.steps },
      sweeps: 0,
      ...(factor ? { factor } : {}),
    });
    for (let k = 0; k < axis; k++) {
      codes.set(coded.codes.subarray(k * width, (k + 1) * width), k * rows + group * width);
    }
    error += total(errors);
    answers += total(squaredAnswers(linear, part.heldOut, part.weights, axis, width));
  }
  return { codes, bits: entropyOfCounts(countBytes(codes)), error, answers };
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** One group as a layer of its own. */
function partOf(input: RateInput, group: number) {
  const { weights, steps, axis, rows, groups, gram, heldOut } = input;
  if (groups === 1) return { weights, steps, axis, rows, gram, heldOut };
  const width = rows / groups;
  const own = new Float32Array(axis * width);
  for (let k = 0; k < axis; k++) {
    const from = k * rows + group * width;
    own.set(weights.subarray(from, from + width), k * width);
  }
  const square = axis * axis;
  const ofGroup = (all: Float64Array) => all.subarray(group * square, (group + 1) * square);
  return {
    weights: own,
    steps: steps.slice(group * width, (group + 1) * width),
    axis,
    rows: width,
    gram: ofGroup(gram),
    heldOut: ofGroup(heldOut),
  };
}
