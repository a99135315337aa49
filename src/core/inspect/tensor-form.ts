/** How a model holds a weight: as real numbers, as codes and what scales them, or as a product of factors. */
import { heirsOf } from '../compress/diff.ts';
import { spansAlong } from '../compress/realize/coded-weight.ts';
import { planSplit } from '../compress/split-plan.ts';
import { toFloat } from '../compress/to-float/to-float.ts';
import { intOf } from '../onnx/build.ts';
import { graphAt } from '../onnx/edit.ts';
import { operatorOf } from '../onnx/flow.ts';
import { isFloat } from '../onnx/floats.ts';
import { storedBehind } from '../onnx/stored-behind.ts';
import { bitsOf, elementCount } from '../onnx/tensor.ts';
import type { Dtype, Graph, Model, Node, Tensor } from '../onnx/types.ts';
import type { Weight } from '../onnx/weights.ts';

/** Codes and all that makes values of them: (code − zero point) · scale. */
export interface CodedTensor {
  /** The operator that takes the codes. */
  readonly operator: string;
  readonly codes: Tensor;
  readonly bits: number;
  readonly signed: boolean;
  /** int8 where there is a step. */
  readonly scale: Tensor;
  /** What the scales are whole multiples of. */
  readonly step?: Tensor;
  /** As many as scales, or one for all. */
  readonly zeroPoint?: Tensor;
  /** Along each axis of the codes, how many neighbors share a scale. */
  readonly spans: readonly number[];
}

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

/** A weight of the original, and what holds it in another model. */
export interface Succession {
  readonly weight: Weight;
  readonly heirs: readonly Weight[];
}

const known = new WeakMap<Model, WeakMap<Model, ReadonlyMap<string, Succession>>>();

/** What holds each weight of `original` in `side`, by key. Remembered per pair. */
export function successors(original: Model, side: Model): ReadonlyMap<string, Succession> {
  const sides = known.get(original) ?? new WeakMap<Model, ReadonlyMap<string, Succession>>();
  known.set(original, sides);
  const remembered = sides.get(side);
  if (remembered) return remembered;
  const found = new Map(
    Array.from(heirsOf(original, side), ([weight, heirs]) => [weight.key, { weight, heirs }]),
  );
  sides.set(side, found);
  return found;
}

/** The keys, in the original, of what `side` holds of its weights, by their keys there. */
export const originalKeys = (original: Model, side: Model): ReadonlyMap<string, string> =>
  new Map(
    Array.from(successors(original, side)).flatMap(([key, { heirs }]) =>
      heirs.map((heir) => [heir.key, key] as const),
    ),
  );

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

const codeTypes: readonly Dtype[] = [
  ...(['int2', 'uint2', 'int4', 'uint4'] as const),
  ...(['int8', 'uint8', 'int16', 'uint16'] as const),
];

/** The codes of a weight with their scales; undefined where they are packed in an operator's own way. */
export function codedOf(model: Model, weight: Weight): CodedTensor | undefined {
  const { quantized, tensor: codes, path } = weight;
  if (!quantized || !codeTypes.includes(codes.dtype)) return undefined;
  const node = quantized.dequantize;
  const axis = axisOf(node, weight);
  if (axis === undefined) return undefined;
  const stored = (name: string): readonly Tensor[] => {
    for (let depth = path.length; depth >= 0; depth--) {
      const found = storedBehind(graphAt(model, path.slice(0, depth)), name);
      if (found.length > 0) return found;
    }
    return [];
  };
  const named = quantized.scale || laterScale(graphAt(model, path), node);
  const scales = named ? stored(named) : [];
  const step = scales.length === 2 ? scales.find(({ dtype }) => isFloat(dtype)) : undefined;
  const scale = step ? scales.find((one) => one !== step && one.dtype === 'int8') : scales[0];
  if (!scale || (!step && !isFloat(scale.dtype))) return undefined;
  const spans = spansAlong(codes, scale, axis, intOf(node, 'block_size', 0));
  if (!spans) return undefined;
  const [zeroPoint] = quantized.zeroPoint ? stored(quantized.zeroPoint) : [];
  if (quantized.zeroPoint && !zeroPoint) return undefined;
  const zeros = zeroPoint && elementCount(zeroPoint);
  if (zeros !== undefined && zeros !== 1 && zeros !== elementCount(scale)) return undefined;
  return {
    operator: operatorOf(node),
    codes,
    bits: bitsOf(codes.dtype),
    signed: codes.dtype.startsWith('int'),
    scale,
    ...(step ? { step } : {}),
    ...(zeroPoint ? { zeroPoint } : {}),
    spans,
  };
}

/** The axis along which an operator takes one scale for each index; undefined where it packs its codes. */
function axisOf(node: Node, { outAxes }: Weight): number | undefined {
  const operator = operatorOf(node);
  if (operator === 'DequantizeLinear') return intOf(node, 'axis', 1);
  if (/^(com\.microsoft\.)?(QLinearConv|ConvInteger)$/.test(operator)) return 0;
  const products =
    /^(com\.microsoft\.)?(MatMulInteger|QLinearMatMul|DynamicQuantizeMatMul|MatMulIntegerToFloat)$/;
  // A Transpose may stand between the codes and the product.
  return products.test(operator) ? outAxes[0] : undefined;
}

/** The stored factor of what an integer product is multiplied with: product → Cast → Mul by (scale of the data · this). */
function laterScale({ nodes, initializers }: Graph, product: Node): string {
  const takes = (name: string | undefined, opType: string): Node | undefined =>
    nodes.find((node) => node.opType === opType && node.inputs.includes(name ?? ''));
  const cast = takes(product.outputs[0], 'Cast');
  const real = cast?.outputs[0];
  const rescale = cast && takes(real, 'Mul');
  const factor = rescale?.inputs.find((name) => name !== real);
  const both = nodes.find(({ opType, outputs }) => opType === 'Mul' && outputs[0] === factor);
  const isStored = (name: string): boolean => initializers.some((one) => one.name === name);
  return [...(both?.inputs ?? []), factor ?? ''].find(isStored) ?? '';
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
