/** What techniques that rescale cells share: which cells a step may change, and what is said of the others. */
import type { Model } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { ModelEdit } from '../model-edit.ts';
import type { Context } from '../technique.ts';
import { cellsOf, weightsOf, type Cell } from './cells.ts';
import { noteRest } from './notes.ts';
import type { Scales } from './scales.ts';
import type { Source } from './sources.ts';

/** The weights that belong to a cell, in the order of the model. */
export function cellWeights(model: Model, kinds: readonly Source['kind'][]): readonly Weight[] {
  const found = new Set(cellsOf(model, kinds).cells.flatMap(weightsOf));
  return findWeights(model).filter((weight) => found.has(weight));
}

/** The cells of which the step selects every weight; a note for each reason why other weights stay. */
export function selectedCells(
  model: Model,
  kinds: readonly Source['kind'][],
  { weights, note }: Pick<Context, 'weights' | 'note'>,
): readonly Cell[] {
  const { cells, refused } = cellsOf(model, kinds);
  const selected = new Set(weights.map(({ key }) => key));
  const chosen = cells.filter((cell) => weightsOf(cell).every(({ key }) => selected.has(key)));
  const taken = new Set(chosen.flatMap(weightsOf));
  const halves = new Set(cells.flatMap(weightsOf));
  const reason = (weight: Weight) =>
    halves.has(weight)
      ? 'a weight that would have to change with it is not selected'
      : (refused.get(weight.key) ?? 'nothing before it can take up a factor');
  noteRest(
    weights.filter((weight) => !taken.has(weight)),
    reason,
    note,
  );
  return chosen;
}

/** The model with its tensors scaled. Errors: ModelError for a NaN in a weight. */
export async function rescaled(
  model: Model,
  cells: readonly Cell[],
  scales: Scales,
): Promise<Model> {
  const edit = new ModelEdit(model);
  const weights = cells.flatMap(weightsOf);
  await scales.apply(edit, new Map(weights.map((weight) => [weight.name, weight])));
  return edit.done();
}

/** "0.52 to 3.1": between which factors a cell was rescaled. */
export function rangeOf(factors: Float64Array): string {
  const least = factors.reduce((a, b) => Math.min(a, b), Infinity);
  const most = factors.reduce((a, b) => Math.max(a, b), 0);
  return `${least.toPrecision(2)} to ${most.toPrecision(2)}`;
}
