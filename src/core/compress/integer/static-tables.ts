/**
 * Tables of embeddings beside integer layers: int8 rows with a scale each. Looking rows up computes
 * nothing, so their activations need no rounding; a head that is tied to the table takes its values.
 */
import type { Model } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { loadFinite, notDense } from '../dense.ts';
import { ModelEdit } from '../model-edit.ts';
import { readyForCodes, storeCodes } from '../store-codes.ts';
import type { Context } from '../technique.ts';
import { fittedInTurn } from './fitted.ts';
import { isLookup } from './integer-matrix.ts';
import { productUse } from './product-uses.ts';

/** Whether a weight is a table of rows, looked up and at most multiplied with besides. */
export function isTable(weight: Weight): boolean {
  if (notDense(weight) !== undefined) return false;
  const [lookups, others] = [true, false].map((wanted) =>
    weight.consumers.filter((one) => isLookup(one, weight) === wanted),
  );
  const multiplied = others!.every((one) => typeof productUse(one, weight) !== 'string');
  return lookups!.length > 0 && multiplied;
}

/** The opset in which rows can be stored whatever takes them. */
export const opsetOfTables = 21;

/** The model with those tables as codes that become smaller so; others are noted. */
export async function storeTables(
  model: Model,
  keys: ReadonlySet<string>,
  context: Context,
): Promise<Model> {
  const given = {
    weights: findWeights(model).filter(({ key }) => keys.has(key)),
    note: context.note,
  };
  const storage = { bits: 8, blockSize: 0, symmetric: true, scales: 'float32' } as const;
  const ready = await readyForCodes(model, storage, given);
  const edit = new ModelEdit(ready.model);
  const start = async (weight: Weight) => {
    const { layout, kernelBlock: blockSize } = ready.form(weight);
    const weights = await loadFinite(weight);
    const input = { weights, layout, blockSize, grid: ready.grid(weight) };
    return context.crew.run('fit-blocks', input, context.signal);
  };
  for await (const [weight, coded] of fittedInTurn(ready.weights, context, start)) {
    storeCodes(edit, weight, ready.form(weight), coded, ready.grid(weight));
  }
  return edit.done();
}
