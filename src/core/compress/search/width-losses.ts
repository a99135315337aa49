/** The table of sensitivity alone: what each width costs each unit of weights, and no choice made of it. */
import { inlineCrew } from '../../kernels/crew.ts';
import { createRandom } from '../../math/random.ts';
import type { Model } from '../../onnx/types.ts';
import { findWeights } from '../../onnx/weights.ts';
import type { CalibrationControl, SampleKind } from '../calibration.ts';
import type { LossUnit, SensitivityCell, StorageChoice, Unit } from '../search.ts';
import type { Context } from '../technique.ts';
import { waysOfWidths } from './choices.ts';
import { openEvaluator, storable } from './prepare.ts';
import { sweep } from './sensitivity.ts';
import { unitsOf } from './units.ts';

/** Bits of codes that weights can be rounded to; 1.58 has three values. */
export const widths = [8, 6, 5, 4, 3, 2, 1.58, 1] as const;
export type Width = (typeof widths)[number];

export interface WidthLosses {
  readonly unit: LossUnit;
  /** "48 samples of reviews.txt, 2,048 rows". */
  readonly samples: string;
  /** Layers, or what must be rounded alike, in the order of the model. */
  readonly units: readonly Unit[];
  readonly choices: readonly StorageChoice[];
  /** One for each unit and width, none where a width changes nothing. */
  readonly cells: readonly SensitivityCell[];
  /** Why weights were left out. */
  readonly notes: readonly string[];
}

export interface WidthLossesOptions extends Pick<
  Context,
  'runtime' | 'calibration' | 'signal' | 'search'
> {
  readonly widths: readonly Width[];
  readonly data: SampleKind;
  /** At most. */
  readonly samples: number;
  readonly calibration: CalibrationControl;
  readonly onProgress: Context['progress'];
  readonly crew?: Context['crew'];
}

/** Rounds each unit alone to each width and runs the model. Errors: RecipeError for missing samples, ModelError for weights that are not finite, RuntimeError, the signal's reason. */
export async function widthLosses(
  model: Model,
  { widths: wanted, data, samples, onProgress, crew = inlineCrew, ...given }: WidthLossesOptions,
): Promise<WidthLosses> {
  const notes: string[] = [];
  const context: Context = {
    ...given,
    crew,
    progress: onProgress,
    note: (text) => notes.push(text),
    random: createRandom(0),
    original: model,
    weights: findWeights(model),
  };
  const weights = storable(context);
  const ways = waysOfWidths(weights, wanted);
  const units = unitsOf(model, weights);
  const evaluator = await openEvaluator(model, { data, samples, metric: 'auto' }, context);
  const options = { units, ways, evaluator, count: 'stored', once: false } as const;
  const { cells } = await sweep(model, options, context);
  return {
    unit: evaluator.unit,
    samples: evaluator.from,
    units: units.map(({ members: _, ...unit }) => unit),
    choices: ways.slice(1).map(({ choice }) => choice),
    cells: cells
      .flat()
      .filter(({ way }) => way > 0)
      .map(({ error: _, way: __, ...cell }) => cell),
    notes,
  };
}
