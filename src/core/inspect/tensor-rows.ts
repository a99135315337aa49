/** The weights of a model as rows of a table: what each was and what became of it. */
import { byteLength, elementCount } from '../onnx/tensor.ts';
import type { Dtype, Model } from '../onnx/types.ts';
import type { Role, Weight } from '../onnx/weights.ts';
import { codedOf } from './tensor-codes.ts';
import { openWeight, scaledChannels, type ComparedModels } from './tensor-open.ts';
import { undoRescaling } from './tensor-rescaling.ts';
import { errorOf, spreadOf } from './tensor-statistics.ts';
import { successors } from './tensor-successors.ts';

/** What a model holds of a weight. */
export interface RowState {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  /** With scales and zero points. */
  readonly bytes: number;
  /** Tensors that took its place; more than 1 for factors. */
  readonly parts: number;
}

export interface WeightRow {
  readonly key: string;
  readonly role: Role;
  readonly dims: readonly number[];
  /** Values that the weight has. */
  readonly count: number;
  /** Absent where the side does not have it. */
  readonly left?: RowState;
  readonly right?: RowState;
}

/** Every weight of the original, in its order. Reads no values. */
export function weightRows({ original, left, right }: ComparedModels): WeightRow[] {
  const leftHeirs = successors(original.model, left.model);
  const rightHeirs = right && successors(original.model, right.model);
  return Array.from(leftHeirs.values(), ({ weight, heirs }) => {
    const before = stateOf(left.model, heirs);
    const after = right && stateOf(right.model, rightHeirs?.get(weight.key)?.heirs ?? []);
    return {
      key: weight.key,
      role: weight.role,
      dims: weight.dims,
      count: elementCount(weight.tensor),
      ...(before ? { left: before } : {}),
      ...(after ? { right: after } : {}),
    };
  });
}

function stateOf(model: Model, heirs: readonly Weight[]): RowState | undefined {
  const [first] = heirs;
  if (!first) return undefined;
  return {
    dtype: first.dtype,
    dims: first.dims,
    bytes: heirs.reduce((sum, heir) => sum + bytesOf(model, heir), 0),
    parts: heirs.length,
  };
}

function bytesOf(model: Model, weight: Weight): number {
  const coded = codedOf(model, weight);
  const more = coded ? [coded.scale, coded.step, coded.zeroPoint] : [];
  return more.reduce((sum, tensor) => sum + (tensor ? byteLength(tensor) : 0), weight.bytes);
}

/** What a change did to a weight's values. */
export interface RowError {
  readonly key: string;
  /** ‖after − before‖ / ‖before‖; absent where the sides can't be compared. */
  readonly relative?: number;
  readonly sqnr?: number;
  /** The relative error after undoing a scale that was moved to or from other layers, where one was. */
  readonly undone?: number;
  /** Share of exact zeros on the right, or on the left where nothing is on the right. */
  readonly zeros?: number;
  /** Rested on a sample of rows. */
  readonly sampled: boolean;
}

/** Values of a weight that the table's figures rest on, at most. */
const mostValues = 2 ** 20;

/** The figures of a row that need its values. Errors: as `openWeight`. */
export async function rowError(
  models: ComparedModels,
  key: string,
  signal: AbortSignal,
): Promise<RowError> {
  const open = await openWeight(models, key, signal, mostValues);
  const { left, right, apart, sample } = open;
  const [before, after] = [left.loaded?.values, right?.loaded?.values];
  const last = after ?? before;
  const spread = last && spreadOf(last);
  const compared = apart === '' && before && after;
  const error = compared ? errorOf(before, after) : undefined;
  const moved = compared ? undoRescaling(before, after, scaledChannels(open)) : undefined;
  return {
    key,
    ...(error ? { relative: error.relative, sqnr: error.sqnr } : {}),
    ...(moved ? { undone: moved.error.relative } : {}),
    ...(spread && spread.count > 0 ? { zeros: spread.zeros / spread.count } : {}),
    sampled: sample.every > 1,
  };
}
