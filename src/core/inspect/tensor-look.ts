/** A weight under the glass: what two models hold of it, side by side. Everything crosses a worker's border. */
import { findWeights, type Role, type Weight } from '../onnx/weights.ts';
import type { Dtype, Model } from '../onnx/types.ts';
import type { ModelFiles } from '../runtime.ts';
import { followBits, type Followed } from './bits-follow.ts';
import { dimsOf, formOf, type TensorForm } from './tensor-form.ts';
import { gridBlock, gridRanges, type GridBlock, type GridRange } from './tensor-grid.ts';
import { heatOf, matrixOf, type Heat, type Reduction, type Region } from './tensor-heat.ts';
import { histogramsOf, type Histograms } from './tensor-histogram.ts';
import { rowOf, sampleRows, type RowSample } from './tensor-sample.ts';
import { rankFor, spectrumOf, type Spectrum } from './tensor-spectrum.ts';
import {
  errorByChannel,
  errorOf,
  levelsOf,
  outliersOf,
  spreadOf,
  type Channels,
  type Outliers,
  type Spread,
  type TensorError,
} from './tensor-statistics.ts';
import { loadSide, scalePlace, type LoadedSide } from './tensor-values.ts';

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

interface OpenSide {
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

const countOf = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

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

/** What one side holds. */
export interface SideLook {
  readonly kind: TensorForm['kind'];
  readonly dims: readonly number[];
  /** Of the values, or of the codes. */
  readonly dtype?: Dtype;
  /** Codes: the operator that takes them. */
  readonly operator?: string;
  readonly scales?: number;
  readonly rank?: number;
  readonly why?: string;
  readonly spread?: Spread;
  /** Distinct values; absent where there are more than 256. */
  readonly levels?: number;
}

export interface TensorLook {
  readonly key: string;
  readonly role: Role;
  readonly dims: readonly number[];
  readonly inAxes: readonly number[];
  readonly outAxes: readonly number[];
  /** As a matrix, of the sampled rows. */
  readonly matrix: { readonly rows: number; readonly columns: number };
  readonly sample: RowSample;
  readonly left: SideLook;
  readonly right?: SideLook;
  readonly apart: string;
  readonly histograms: Histograms;
  /** `at` and all other places count in the whole tensor. */
  readonly error?: TensorError;
  /** The axis whose indices are the channels. */
  readonly channelAxis: number;
  readonly channelErrors?: Float32Array;
  readonly outliers?: Outliers;
  readonly grids?: { readonly ranges: readonly GridRange[]; readonly count: number };
}

/** All figures of a weight that do not take long. */
export function lookAt(open: OpenWeight): TensorLook {
  const { weight, dims, sample, left, right, apart } = open;
  const { axis, channels } = channelsOf(open);
  const before = left.loaded?.values;
  const after = right?.loaded?.values;
  const compared = apart === '' && before && after;
  const [leftLook, rightLook] = [sideLook(left), right && sideLook(right)];
  const error = compared ? errorOf(before, after) : undefined;
  const spread = leftLook.spread;
  const coded = right?.loaded?.coded ?? left.loaded?.coded;
  const codedValues = right?.loaded?.coded ? after : before;
  return {
    key: weight.key,
    role: weight.role,
    dims,
    inAxes: weight.inAxes,
    outAxes: weight.outAxes,
    matrix: sampledMatrix(open),
    sample,
    left: leftLook,
    ...(rightLook ? { right: rightLook } : {}),
    apart,
    histograms: histogramsOf(left.loaded, right?.loaded, Boolean(compared)),
    ...(error ? { error: { ...error, at: wholePlace(sample, error.at) } } : {}),
    channelAxis: axis,
    ...(compared ? { channelErrors: errorByChannel(before, after, channels) } : {}),
    ...(before && spread
      ? { outliers: placed(outliersOf(before, spread, channels), open, axis) }
      : {}),
    ...(coded && codedValues
      ? {
          grids: {
            ranges: gridRanges(coded, compared ? before : undefined, codedValues),
            count: coded.scales.length,
          },
        }
      : {}),
  };
}

function sideLook({ form, loaded }: OpenSide): SideLook {
  const values = loaded && {
    spread: spreadOf(loaded.values),
    ...countLevels(loaded.values),
  };
  const base = { kind: form.kind, dims: dimsOf(form), ...values };
  switch (form.kind) {
    case 'real':
      return { ...base, dtype: form.tensor.dtype };
    case 'codes': {
      const { operator, codes } = form.coded;
      return { ...base, operator, dtype: codes.dtype, scales: loaded?.coded?.scales.length ?? 0 };
    }
    case 'product':
      return { ...base, rank: form.product.rank };
    case 'packed':
      return { ...base, operator: form.operator };
    case 'unread':
      return { ...base, why: form.why };
  }
}

function countLevels(values: Float32Array): { readonly levels?: number } {
  const levels = levelsOf(values);
  return levels ? { levels: levels.length } : {};
}

/** The place in the whole tensor of a sampled value. */
export const wholePlace = (sample: RowSample, index: number): number => {
  const { perRow } = sample;
  return rowOf(sample, Math.floor(index / perRow)) * perRow + (index % perRow);
};

function placed(outliers: Outliers, { sample }: OpenWeight, axis: number): Outliers {
  const { farthest, channels } = outliers;
  return {
    ...outliers,
    farthest: farthest.map((one) => ({ ...one, index: wholePlace(sample, one.index) })),
    channels: channels.map(({ channel, count }) => {
      return { channel: axis === 0 ? rowOf(sample, channel) : channel, count };
    }),
  };
}

/** The channels of the sampled values: the indices of the axis that the weight's consumer keeps. */
function channelsOf({ weight, dims, sample }: OpenWeight): {
  readonly axis: number;
  readonly channels: Channels;
} {
  const [out = 0] = weight.outAxes;
  const axis = out < dims.length ? out : 0;
  const size = axis === 0 ? sample.taken : (dims[axis] ?? 1);
  return { axis, channels: { size: Math.max(1, size), inner: countOf(dims.slice(axis + 1)) } };
}

function sampledMatrix({ dims, sample }: OpenWeight): { rows: number; columns: number } {
  const { columns } = matrixOf(dims);
  return { rows: Math.round((sample.taken * sample.perRow) / Math.max(1, columns)), columns };
}

/** What a heatmap shows. */
export type HeatSubject = 'before' | 'after' | 'difference';

/** A heatmap of a region of the sampled matrix. Errors: RangeError for a region beyond it or values that are not there. */
export function heatOfWeight(
  open: OpenWeight,
  subject: HeatSubject,
  region: Region,
  most: { readonly rows: number; readonly columns: number },
  reduction: Reduction,
): Heat {
  const before = open.left.loaded?.values;
  const after = open.right?.loaded?.values;
  const values = subject === 'before' ? before : after;
  if (!values || (subject === 'difference' && !before)) {
    throw new RangeError('There are no values to draw.');
  }
  const { columns } = matrixOf(open.dims);
  const subtracted = subject === 'difference' ? before : undefined;
  return heatOf(values, columns, region, most, reduction, subtracted);
}

/** The block of a scale, its places counted in the whole tensor. Errors: RangeError where no side holds codes. */
export function gridOfWeight({ left, right, apart, sample }: OpenWeight, index: number): GridBlock {
  const side = right?.loaded?.coded ? right.loaded : left.loaded;
  if (!side?.coded) throw new RangeError('Neither side holds codes.');
  const before = apart === '' ? left.loaded?.values : undefined;
  const block = gridBlock(side.coded, before, side.values, index);
  return { ...block, indices: block.indices.map((at) => wholePlace(sample, at)) };
}

/** The place, among the scales that were read, of the scale of a value of the whole tensor; −1 where none was. */
export function scaleOf({ left, right, sample }: OpenWeight, index: number): number {
  const coded = right?.loaded?.coded ?? left.loaded?.coded;
  if (!coded || sample.every > 1) return -1;
  return scalePlace(coded, index);
}

/** A spectrum with the ranks that keep shares of its energy; no rank where the values that are known do not suffice. */
export interface RankedSpectrum extends Spectrum {
  readonly ranks: readonly { readonly share: number; readonly rank?: number }[];
}

/** Singular values of both sides as matrices of the sampled rows. Takes seconds for large ones. */
export function spectraOf(open: OpenWeight): {
  readonly left?: RankedSpectrum;
  readonly right?: RankedSpectrum;
} {
  const { rows, columns } = sampledMatrix(open);
  const one = (side: OpenSide | undefined): RankedSpectrum | undefined => {
    const values = side?.loaded?.values;
    if (values?.length !== rows * columns || !values.every(Number.isFinite)) return undefined;
    const spectrum = spectrumOf(values, rows, columns);
    const ranks = [0.9, 0.95, 0.99].map((share) => {
      const rank = rankFor(spectrum, share);
      return { share, ...(rank === undefined ? {} : { rank }) };
    });
    return { ...spectrum, ranks };
  };
  const [left, right] = [one(open.left), one(open.right)];
  return { ...(left ? { left } : {}), ...(right ? { right } : {}) };
}

/** One value followed to its bits on both sides. */
export async function followWeight(
  { left, right, apart, dims }: OpenWeight,
  index: number,
): Promise<{ readonly left: Followed; readonly right?: Followed }> {
  const count = countOf(dims);
  if (!(index >= 0 && index < count)) throw new RangeError(`There is no value ${index}.`);
  const before = await followBits(left.form, index, left.files);
  if (!right || (apart !== '' && countOf(dimsOf(right.form)) !== count)) return { left: before };
  return { left: before, right: await followBits(right.form, index, right.files) };
}
