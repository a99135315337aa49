/** Pictures of an opened weight that are asked for one by one: maps, blocks, spectra, bits. */
import { followBits, type Followed } from './bits-follow.ts';
import { dimsOf } from './tensor-form.ts';
import { gridBlock, type GridBlock } from './tensor-grid.ts';
import { heatOf, matrixOf, type Heat, type Reduction, type Region } from './tensor-heat.ts';
import {
  countOf,
  sampledMatrix,
  wholePlace,
  type OpenSide,
  type OpenWeight,
} from './tensor-open.ts';
import { rankFor, spectrumOf, type Spectrum } from './tensor-spectrum.ts';
import { scalePlace } from './tensor-values.ts';

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
