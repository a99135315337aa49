/** What every search begins with: samples, an evaluator, units, ways, and the table of sensitivity. */
import { RecipeError } from '../../errors.ts';
import type { Model } from '../../onnx/types.ts';
import type { Weight } from '../../onnx/weights.ts';
import type { SampleKind } from '../calibration.ts';
import { notDense, withoutRefused } from '../dense.ts';
import type { LossUnit } from '../search.ts';
import type { Context } from '../technique.ts';
import { waysFor, type Method } from './choices.ts';
import { Evaluator } from './evaluator.ts';
import type { Mixing } from './mixed.ts';
import { sweep } from './sensitivity.ts';
import { sizeOf, type Count } from './stored.ts';
import { unitsOf } from './units.ts';

export interface SearchOptions {
  readonly method: Method;
  /** Fewest bits that a unit may get. */
  readonly lowest: number;
  readonly metric: 'auto' | LossUnit;
  readonly data: SampleKind;
  readonly samples: number;
  readonly count: Count;
  /** Run one way of each unit alone, and estimate the others. */
  readonly once: boolean;
}

/** Rows of answers that judge a variant: the interval of a mean narrows with their root, the time grows with them. */
const rows = 2048;

/** Runs the model that the step was given on samples. Errors: RecipeError for missing samples or runtime, RuntimeError. */
export async function openEvaluator(
  model: Model,
  { data, samples, metric }: Pick<SearchOptions, 'data' | 'samples' | 'metric'>,
  { calibration, runtime, signal }: Context,
): Promise<Evaluator> {
  if (!runtime) {
    throw new RecipeError('A search runs the model many times. Give it a runtime to do so.');
  }
  if (!calibration) {
    throw new RecipeError('A search compares answers to samples. Give it samples to run.');
  }
  return Evaluator.open(model, await calibration.samples(data), {
    runtime,
    signal,
    metric,
    samples,
    rows,
    fitted: samples,
  });
}

/** The weights that a search can store otherwise, the others noted. */
export const storable = ({ weights, note }: Pick<Context, 'weights' | 'note'>): Weight[] =>
  withoutRefused(weights, notDense, note);

/** Fills the table of sensitivity for some weights, with news of it. */
export async function prepareMixing(
  model: Model,
  weights: readonly Weight[],
  evaluator: Evaluator,
  { method, data, samples, lowest, once, count }: SearchOptions,
  context: Context,
): Promise<Mixing> {
  const units = unitsOf(model, weights);
  const finish = { method, data, samples };
  const ways = waysFor(weights, { lowest, finish, count });
  const bytes = await sizeOf(model, count);
  context.search.report({
    kind: 'units',
    units: units.map(({ members: _, ...unit }) => unit),
    choices: ways.map(({ choice }) => choice),
    loss: evaluator.unit,
    samples: evaluator.from,
    bytes,
  });
  const table = await sweep(model, { units, ways, evaluator, count, once }, context);
  return { model, units, ways, table, evaluator, finish, count, bytes };
}
