/** How a model holds a weight: as real numbers, as codes and what scales them, or as a product of factors. */
import { planSplit } from '../compress/split-plan.ts';
import { toFloat } from '../compress/to-float/to-float.ts';
import { operatorOf } from '../onnx/flow.ts';
import { isFloat } from '../onnx/floats.ts';
import { elementCount } from '../onnx/tensor.ts';
import type { Model, Tensor } from '../onnx/types.ts';
import type { Weight } from '../onnx/weights.ts';
import { codedOf, type CodedTensor } from './tensor-codes.ts';
import { successors } from './tensor-successors.ts';

/** left [batch, rows, rank] · right [batch, rank, columns]; a turned one is stored with its last two axes exchanged. */
export interface TensorProduct {
  readonly left: TensorForm;
  readonly right: TensorForm;
  readonly leftTurned: boolean;
  readonly rightTurned: boolean;
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly rank: number;
}

export type TensorForm =
  | { readonly kind: 'real'; readonly tensor: Tensor }
  | { readonly kind: 'codes'; readonly coded: CodedTensor }
  | { readonly kind: 'product'; readonly product: TensorProduct }
  /** An operator's own packing: its values can be told, the place of each cannot. */
  | { readonly kind: 'packed'; readonly operator: string; readonly tensor: Tensor }
  /** Nothing can be shown: a sentence why. */
  | { readonly kind: 'unread'; readonly why: string };

/** Larger packed weights are not unpacked for a look; values. */
const mostUnpacked = 2 ** 25;

/** How `side` holds a weight of `original`, from which it was made. Errors: ModelError for damaged data, the signal's reason. */
export async function formOf(
  original: Model,
  key: string,
  side: Model,
  signal: AbortSignal,
): Promise<TensorForm> {
  const found = successors(original, side).get(key);
  if (!found) return { kind: 'unread', why: 'The model has no weight of this name.' };
  const [only, ...others] = found.heirs;
  if (!only) return { kind: 'unread', why: 'This model does not have the weight any more.' };
  if (others.length === 0) return formOfOne(side, only, signal);
  return productOf(original, found.weight, side, found.heirs, signal);
}

async function formOfOne(model: Model, weight: Weight, signal: AbortSignal): Promise<TensorForm> {
  const { tensor, quantized, stored } = weight;
  if (stored === 'sparse') return { kind: 'unread', why: 'The weight is stored sparse.' };
  if (!quantized) {
    if (isFloat(tensor.dtype)) return { kind: 'real', tensor };
    return { kind: 'unread', why: `Its values are ${tensor.dtype}, not real numbers.` };
  }
  const coded = codedOf(model, weight);
  return coded ? { kind: 'codes', coded } : unpacked(model, weight, signal);
}

/** The values of codes that an operator packs in its own way. */
async function unpacked(model: Model, weight: Weight, signal: AbortSignal): Promise<TensorForm> {
  const operator = weight.quantized ? operatorOf(weight.quantized.dequantize) : '';
  if (elementCount(weight.tensor) > mostUnpacked) {
    return { kind: 'unread', why: `It is too large to be unpacked for a look (${operator}).` };
  }
  let values: Tensor | undefined;
  let reason = 'there is no rule for this operator';
  await toFloat(model, {
    signal,
    activations: false,
    everyRange: false,
    mayFold: (codes) => codes === weight.tensor,
    wasFolded: (_, tensor) => (values = tensor),
    stays: (node, why) => {
      if (node === weight.quantized?.dequantize) reason = why;
    },
  });
  if (values) return { kind: 'packed', operator, tensor: values };
  return { kind: 'unread', why: `Its codes can't be read (${operator}): ${reason}.` };
}

async function productOf(
  original: Model,
  weight: Weight,
  side: Model,
  heirs: readonly Weight[],
  signal: AbortSignal,
): Promise<TensorForm> {
  const plan = planSplit(original, weight);
  const part = (suffix: string): Weight | undefined => {
    const found = heirs.filter(({ key }) => key.startsWith(`${weight.key}_${suffix}`));
    return found.length === 1 ? found[0] : undefined;
  };
  const [left, right] = [part('left'), part('right')];
  const why = `${heirs.length} tensors took its place, and how they make it is not known.`;
  if (typeof plan === 'string' || !left || !right || heirs.length !== 2) {
    return { kind: 'unread', why };
  }
  const { batch, rows, columns } = plan.view;
  const rank = elementCount(left.tensor) / (batch * rows);
  const fits =
    Number.isInteger(rank) && rank > 0 && elementCount(right.tensor) === batch * rank * columns;
  if (!fits) return { kind: 'unread', why };
  const sizes = { batch, rows, columns, rank };
  const product = {
    ...sizes,
    left: await formOfOne(side, left, signal),
    right: await formOfOne(side, right, signal),
    leftTurned: beginsWith(left.tensor.dims, batch, rank, rows),
    rightTurned: beginsWith(right.tensor.dims, batch, columns, rank),
  };
  return { kind: 'product', product };
}

/** Whether, after the batch, the first axes make `first` and not `other`. */
function beginsWith(dims: readonly number[], batch: number, first: number, other: number): boolean {
  let size = 1;
  for (const dim of batch > 1 && dims[0] === batch ? dims.slice(1) : dims) {
    size *= dim;
    if (size === other) return false;
    if (size === first) return true;
  }
  return false;
}

/** The dims in which a form's values lie. */
export function dimsOf(form: TensorForm): readonly number[] {
  if (form.kind === 'real' || form.kind === 'packed') return form.tensor.dims;
  if (form.kind === 'codes') return form.coded.codes.dims;
  if (form.kind === 'unread') return [];
  const { batch, rows, columns } = form.product;
  return batch > 1 ? [batch, rows, columns] : [rows, columns];
}
