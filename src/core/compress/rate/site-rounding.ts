/** How the weights of one site are rounded: how much damping, and which factor each input channel gets. */
import type { Site } from '../../calibrate/sites.ts';
import type { InputStatistics } from '../../calibrate/statistics.ts';
import type { Crew } from '../../kernels/crew.ts';
import type { GroupFactors } from '../../math/gptq-layer.ts';
import { exp2 } from '../../math/logarithm.ts';
import type { BlockForm } from '../block-form.ts';
import { channelSteps } from './channel-steps.ts';
import { ratiosOf, scaledFactor, scaledGrams } from './scaled-inputs.ts';

export interface SiteRounding {
  readonly damping: number;
  /** What each input channel is multiplied with, and its weights divided by; absent where nothing before the site can do that. */
  readonly ratios?: Float64Array;
  /** Of the inputs as they are: absent where they take too much memory to be kept. */
  readonly factors?: GroupFactors;
}

/** Whether a weight's form is summed over the channels that the site has statistics of. */
export const fits = ({ layout }: BlockForm, { channels, groups }: Site): boolean =>
  layout.axis === channels && (layout.outer * layout.inner) % groups === 0;

/** Shares of the mean of the diagonal. */
const dampings = [0.03, 0.1, 0.3, 1];
const usual = 0.1;
/** Of more channels, a factor for each damping would take too long. */
const widest = 1024;
/** Output channels of a trial. */
const tried = 128;
/** Of a channel's deviation: about 3.5 bits. */
const trialStep = 0.35;

/** The natural factors of a site's Gram matrices. */
const factorsOf = (
  { gram, channels, groups }: InputStatistics,
  damping: number,
  crew: Crew,
  signal: AbortSignal,
): Promise<GroupFactors> =>
  crew.run('gptq-factors', { gram, axis: channels, groups, damping, order: 'natural' }, signal);

/** Factors and Gram matrices of a site's inputs as they will be. */
export async function inputsFor(
  statistics: InputStatistics,
  { damping, ratios, factors: kept }: SiteRounding,
  crew: Crew,
  signal: AbortSignal,
) {
  const found = kept ?? (await factorsOf(statistics, damping, crew, signal));
  const factors = found.map((one) => one && scaledFactor(one, ratios));
  return { factors, ...scaledGrams(judged(statistics), ratios) };
}

/** Without held-out rows those that fit have to judge as well. */
const judged = (statistics: InputStatistics): InputStatistics =>
  statistics.heldOutRows > 0 ? statistics : { ...statistics, heldOut: statistics.gram };

/**
 * The damping whose codes err least on held-out inputs, in relation to their bits: a bit more is worth
 * a quarter of the error. `weights` are those of one weight of the site, [axis, rows].
 */
export async function chooseRounding(
  statistics: InputStatistics,
  weights: Float32Array,
  folds: boolean,
  crew: Crew,
  signal: AbortSignal,
): Promise<SiteRounding> {
  const { channels: axis, gram } = statistics;
  const judges = statistics.heldOutRows > 0 && axis <= widest;
  const candidates = judges ? dampings : [usual];
  let best: SiteRounding = { damping: usual };
  let least = Infinity;
  for (const damping of candidates) {
    const factors = await factorsOf(statistics, damping, crew, signal);
    const ratios = folds && factors[0] ? ratiosOf(factors[0], gram, axis) : undefined;
    const rounding = { damping, factors, ...(ratios ? { ratios } : {}) };
    if (candidates.length === 1) return rounding;
    const loss = await lossOf(statistics, weights, rounding, crew, signal);
    if (loss < least) [best, least] = [rounding, loss];
  }
  return best;
}

/** Held-out error of some output channels, times four for each bit that they take. */
async function lossOf(
  statistics: InputStatistics,
  weights: Float32Array,
  rounding: SiteRounding,
  crew: Crew,
  signal: AbortSignal,
): Promise<number> {
  const { channels: axis, groups } = statistics;
  const all = weights.length / axis;
  const rows = groups === 1 ? Math.min(tried, all) : all;
  const part = firstColumns(weights, all, rows, rounding.ratios);
  const { steps } = channelSteps(part, rows, trialStep);
  const inputs = await inputsFor(statistics, rounding, crew, signal);
  const layer = { weights: part, axis, rows, groups, steps, ...inputs };
  const { error, bits } = await crew.run('rate-layer', layer, signal);
  return error * exp2((2 * bits) / part.length);
}

function firstColumns(
  weights: Float32Array,
  all: number,
  rows: number,
  ratios: Float64Array | undefined,
): Float32Array {
  const axis = weights.length / all;
  const part = new Float32Array(axis * rows);
  for (let k = 0; k < axis; k++) {
    for (let n = 0; n < rows; n++) part[k * rows + n] = weights[k * all + n]! / (ratios?.[k] ?? 1);
  }
  return part;
}
