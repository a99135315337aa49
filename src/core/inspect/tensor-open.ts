/** A weight opened in two models: how each holds it, and its sampled values. Stays where it was read. */
import type { Model } from '../onnx/types.ts';
import { findWeights, type Weight } from '../onnx/weights.ts';
import type { ModelFiles } from '../runtime.ts';
import { dimsOf, formOf, type TensorForm } from './tensor-form.ts';
import { matrixOf } from './tensor-heat.ts';
import { rowOf, sampleRows, type RowSample } from './tensor-sample.ts';
import type { AxisChannels } from './tensor-rescaling.ts';
import { loadSide, type LoadedSide } from './tensor-values.ts';

export interface ReadModel {
  readonly model: Model;
  readonly files: ModelFiles;
}

/** The models that a weight is looked at in: the one that names it, and those on both sides. */
export interface ComparedModels {
  readonly original: ReadModel;
  readonly left: ReadModel;
  readonly right?: ReadModel;
}

/** What one side holds of a weight, with the sampled values where they can be read. */
export interface OpenSide {
  readonly form: TensorForm;
  readonly files: ModelFiles;
  readonly loaded: LoadedSide | undefined;
}

/** A weight with the sampled values of both sides. Stays where it was read. */
export interface OpenWeight {
  readonly weight: Weight;
  readonly dims: readonly number[];
  readonly sample: RowSample;
  readonly left: OpenSide;
  readonly right?: OpenSide;
  /** Why the two sides' values can't be compared one by one; '' where they can. */
  readonly apart: string;
}

/** Reads a weight on both sides. Errors: RangeError where the original has none of this key; ModelError. */
export async function openWeight(
  { original, left, right }: ComparedModels,
  key: string,
  signal: AbortSignal,
  most?: number,
): Promise<OpenWeight> {
  const weight = findWeights(original.model).find((one) => one.key === key);
  if (!weight) throw new RangeError(`The model has no weight "${key}".`);
  const before = await formOf(original.model, key, left.model, signal);
  const after = right && (await formOf(original.model, key, right.model, signal));
  const dims = before.kind === 'unread' && after ? dimsOf(after) : wideDims(before, weight);
  const sample = sampleRows(dims, [...spansOf(before), ...(after ? spansOf(after) : [])], most);
  signal.throwIfAborted();
  const open = async (form: TensorForm, files: ModelFiles): Promise<OpenSide> => {
    const fits = form.kind === 'unread' || countOf(dimsOf(form)) === countOf(dims);
    // Another shape is looked at whole, beside the other.
    const own = fits ? sample : sampleRows(dimsOf(form), spansOf(form), most);
    return { form, files, loaded: await loadSide(form, own) };
  };
  const leftSide = await open(before, left.files);
  const rightSide = after && (await open(after, right.files));
  return {
    weight,
    dims,
    sample,
    left: leftSide,
    ...(rightSide ? { right: rightSide } : {}),
    apart: apartness(leftSide, rightSide),
  };
}

/** A product is the matrix that its weight was; the weight's own dims say more. */
function wideDims(form: TensorForm, { dims }: Weight): readonly number[] {
  return countOf(dimsOf(form)) === countOf(dims) ? dims : dimsOf(form);
}

/** How many values dims make. */
export const countOf = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

function spansOf(form: TensorForm): number[] {
  return form.kind === 'codes' ? form.coded.spans.slice(0, 1) : [];
}

function apartness(left: OpenSide, right: OpenSide | undefined): string {
  if (!right) return 'There is nothing on the right yet.';
  if (!right.loaded) return right.form.kind === 'unread' ? right.form.why : '';
  if (!left.loaded) return left.form.kind === 'unread' ? left.form.why : '';
  const [one, other] = [dimsOf(left.form), dimsOf(right.form)];
  const isReshaped = [left, right].some(
    ({ form: { kind } }) => kind === 'codes' || kind === 'product',
  );
  const wide = (dims: readonly number[]): string => dims.filter((dim) => dim > 1).join('×');
  const same = countOf(one) === countOf(other) && (isReshaped || wide(one) === wide(other));
  return same
    ? ''
    : `The shapes differ: ${one.join('×')} on the left, ${other.join('×')} on the right.`;
}

/** The place in the whole tensor of a sampled value. */
export const wholePlace = (sample: RowSample, index: number): number => {
  const { perRow } = sample;
  return rowOf(sample, Math.floor(index / perRow)) * perRow + (index % perRow);
};

/** The channels of the sampled values along an axis. */
function channelsAlong({ dims, sample }: OpenWeight, axis: number): AxisChannels {
  const size = axis === 0 ? sample.taken : (dims[axis] ?? 1);
  return { axis, size: Math.max(1, size), inner: countOf(dims.slice(axis + 1)) };
}

/** The channels of the sampled values: the indices of the axis that the weight's consumer keeps. */
export function channelsOf(open: OpenWeight): AxisChannels {
  const [out = 0] = open.weight.outAxes;
  return channelsAlong(open, out < open.dims.length ? out : 0);
}

/** The channels that a moved scale may lie in: those that the layer reads, and those that it makes. */
export function scaledChannels(open: OpenWeight): readonly AxisChannels[] {
  const { inAxes, outAxes } = open.weight;
  const axes = [inAxes[0], outAxes[0]].filter((axis) => axis !== undefined);
  return [...new Set(axes)]
    .filter((axis) => axis < open.dims.length)
    .map((axis) => channelsAlong(open, axis));
}

/** The sampled rows as a matrix. */
export function sampledMatrix({ dims, sample }: OpenWeight): { rows: number; columns: number } {
  const { columns } = matrixOf(dims);
  return { rows: Math.round((sample.taken * sample.perRow) / Math.max(1, columns)), columns };
}
