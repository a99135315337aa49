/**
 * GPTQ of some output channels of a layer, grid fit included, group by group where a convolution has
 * groups: each has inputs, and thus a Gram matrix, of its own.
 */
import type { fitBlocks } from './grid-fit.ts';
import type { CodedBlocks, Grid } from './grid.ts';
import { roundBlocks } from './grid-round.ts';
import { gptq, type GptqResult } from './gptq.ts';
import type { GptqFactor } from './gptq-factor.ts';
import { squaredAnswers } from './layer-error.ts';
import type { Linear } from './linear.ts';

export interface LayerInput {
  /** [axis, rows]: output channels lie side by side, those of the first group first. */
  readonly weights: Float32Array;
  readonly axis: number;
  readonly rows: number;
  readonly groups: number;
  /** As in `BlockOptions`. */
  readonly blockSize: number;
  readonly grid: Grid;
  /** [groups, axis, axis]; see `GptqInput`. */
  readonly gram: Float64Array;
  readonly heldOut: Float64Array;
}

/** What the computations run on: the kernels, or their references. */
export interface LayerMath {
  readonly linear: Linear;
  readonly fitBlocks: typeof fitBlocks;
}

/** A factor for each group; undefined where it has none and grid fit must do. */
export type GroupFactors = readonly (GptqFactor | undefined)[];

/** The codes of a layer and their errors; see `gptq`. Errors: NonFiniteError. */
export function gptqLayer(
  math: LayerMath,
  input: LayerInput,
  factors: GroupFactors,
  sweeps: number,
): GptqResult {
  const { groups } = input;
  if (groups === 1) return gptqGroup(math, input, factors[0], sweeps);
  const parts = Array.from({ length: groups }, (_, group) =>
    gptqGroup(math, groupOf(input, group), factors[group], sweeps),
  );
  return joined(input, parts);
}

function gptqGroup(
  { linear, fitBlocks }: LayerMath,
  input: LayerInput,
  factor: GptqFactor | undefined,
  sweeps: number,
): GptqResult {
  const fitted = fitBlocks(fitInput(input));
  return gptq(linear, { ...input, fitted, sweeps, ...(factor ? { factor } : {}) });
}

const fitInput = ({ weights, axis, rows, blockSize, grid, gram }: LayerInput) => ({
  ...{ weights, blockSize, grid, layout: { outer: 1, axis, inner: rows } },
  importance: {
    values: Float64Array.from({ length: axis }, (_, k) => gram[k * axis + k]!),
    groups: 1,
  },
});

/** Mean squares over held-out inputs, summed over output channels. */
export interface TrialResult {
  /** Of the layer's answers. */
  readonly answers: number;
  /** Of what plain rounding misses of them, and grid fit. */
  readonly rounded: number;
  readonly fitted: number;
  /** Of what the codes of each candidate miss. */
  readonly swept: readonly number[];
}

/** How several factors do on some output channels, without refinement. Errors: NonFiniteError. */
export function gptqTrial(
  math: LayerMath,
  input: LayerInput,
  candidates: readonly GroupFactors[],
): TrialResult {
  const sums = { answers: 0, rounded: 0, fitted: 0, swept: candidates.map(() => 0) };
  for (let group = 0; group < input.groups; group++) {
    const part = input.groups === 1 ? input : groupOf(input, group);
    const { weights, axis, rows, heldOut } = part;
    const { linear } = math;
    sums.answers += total(squaredAnswers(linear, heldOut, weights, axis, rows));
    const given = fitInput(part);
    sums.rounded += total(errorsOf(math, part, roundBlocks(given)));
    const fitted = math.fitBlocks(given);
    sums.fitted += total(errorsOf(math, part, fitted));
    for (const [index, factors] of candidates.entries()) {
      const factor = factors[group];
      const chosen = { ...part, fitted, sweeps: 0, ...(factor ? { factor } : {}) };
      sums.swept[index]! += total(gptq(linear, chosen).errors);
    }
  }
  return sums;
}

const errorsOf = ({ linear }: LayerMath, part: LayerInput, fitted: CodedBlocks): Float64Array =>
  gptq(linear, { ...part, fitted, sweeps: 0 }).errors;

const total = (values: Float64Array): number => values.reduce((all, value) => all + value, 0);

/** One group as a layer of its own. */
function groupOf(input: LayerInput, group: number): LayerInput {
  const { weights, axis, rows, groups, gram, heldOut } = input;
  const width = rows / groups;
  const part = new Float32Array(axis * width);
  for (let k = 0; k < axis; k++) {
    const from = k * rows + group * width;
    part.set(weights.subarray(from, from + width), k * width);
  }
  const square = axis * axis;
  const ofGroup = (all: Float64Array) => all.subarray(group * square, (group + 1) * square);
  const grams = { gram: ofGroup(gram), heldOut: ofGroup(heldOut) };
  return { ...input, weights: part, rows: width, groups: 1, ...grams };
}

function joined({ axis, rows, groups }: LayerInput, parts: readonly GptqResult[]): GptqResult {
  const first = parts[0]!.coded;
  const width = rows / groups;
  const places = (first.scales.length / width) * rows;
  const codes = first.zeroPoints ? new Uint8Array(axis * rows) : new Int8Array(axis * rows);
  const scales = new Float32Array(places);
  const zeroPoints = first.zeroPoints && new Uint8Array(places);
  const steps = first.steps && new Float32Array(rows);
  const errors = new Float64Array(rows);
  const fittedErrors = new Float64Array(rows);
  parts.forEach(({ coded, ...part }, group) => {
    const spread = (from: ArrayLike<number>, into: { [at: number]: number }): void => {
      for (let at = 0; at < from.length; at++) {
        into[Math.floor(at / width) * rows + group * width + (at % width)] = from[at]!;
      }
    };
    spread(coded.codes, codes);
    spread(coded.scales, scales);
    if (coded.zeroPoints && zeroPoints) spread(coded.zeroPoints, zeroPoints);
    if (coded.steps && steps) spread(coded.steps, steps);
    errors.set(part.errors, group * width);
    fittedErrors.set(part.fittedErrors, group * width);
  });
  const more = { ...(zeroPoints ? { zeroPoints } : {}), ...(steps ? { steps } : {}) };
  const coded = { codes, scales, ...more };
  return { coded, errors, fittedErrors };
}
