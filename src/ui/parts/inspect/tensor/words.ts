/** How the figures of tensors read. */
import { rowInSample, rowOf, type RowSample } from '../../../../core/inspect/tensor-sample.ts';
import type { AxisFactors } from '../../../../core/inspect/tensor-rescaling.ts';
import type { SideLook, TensorLook } from '../../../../core/inspect/tensor-look.ts';
import { counted } from '../../../words.ts';

/** Four significant digits: `0.03125`, `−1.5`, `2.1e−7`. */
export function formatFigure(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'no number' : value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size >= 1e6 || size < 1e-4
      ? value.toExponential(digits - 1).replace('e+', 'e')
      : String(Number(value.toPrecision(digits)));
  return text.replaceAll('-', '−');
}

/** Every digit that a float32 has: what to type to get the same number. */
export function formatExact(value: number): string {
  if (!Number.isFinite(value)) return formatFigure(value);
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return String(short).replaceAll('-', '−');
  }
  return String(value).replaceAll('-', '−');
}

/** `6.3 %`, `0.021 %`, `<0.001 %` for what only rounding of the last digits leaves. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return formatFigure(share);
  const percent = 100 * share;
  if (percent > 0 && percent < 0.001) return '<0.001 %';
  return `${percent >= 1 ? percent.toFixed(1) : formatFigure(percent, 2)} %`;
}

/** `24.1 dB`. */
export const formatDecibels = (sqnr: number): string =>
  Number.isFinite(sqnr) ? `${sqnr.toFixed(1).replace('-', '−')} dB` : formatFigure(sqnr);

/** `64 × 128`. */
export const formatDims = (dims: readonly number[]): string =>
  dims.length === 0 ? 'one number' : dims.join(' × ');

/** What a side holds: `float32`, `uint4 codes, 72 scales`, `two factors of rank 8`. */
export function holdingWords({ kind, dtype, scales, rank, operator }: SideLook): string {
  if (kind === 'real') return dtype ?? '';
  if (kind === 'codes') return `${dtype} codes, ${counted(scales ?? 0, 'scale')}`;
  if (kind === 'product') return `two factors of rank ${rank}`;
  return kind === 'packed' ? `packed for ${operator}` : 'not readable';
}

/** Which rows are looked at: '' for all of them. */
export function sampleWords({ every, group, taken, rows }: RowSample): string {
  if (every === 1) return '';
  return (
    `From a sample: ${counted(taken, 'row')} of ${rows.toLocaleString('en-US')}, ` +
    `1 in ${every} groups of ${group}, evenly.`
  );
}

/** What the indices of an axis are to the layer. */
export function axisWords({ inAxes, outAxes, dims }: TensorLook, axis: number): string {
  const name = outAxes.includes(axis)
    ? 'outputs'
    : inAxes.includes(axis)
      ? 'inputs'
      : `axis ${axis}`;
  return `${name} (${dims[axis] ?? 1})`;
}

/** What a step did that moved scale between layers, for whoever takes it for an error. */
export function rescalingWords(look: TensorLook, axes: readonly AxisFactors[]): string {
  const of = axes.map(({ axis, least, most }) => {
    const range = [least, most].map((one) => formatFigure(one, 2));
    const factors = range[0] === range[1] ? range[0] : `${range[0]} to ${range[1]}`;
    return `its ${axisWords(look, axis).replace(/ \(\d+\)$/, '')} by ${factors}`;
  });
  return (
    `A step multiplied ${of.join(' and ')}; the layer before or behind takes that back, ` +
    'so this part of the change alters no answer.'
  );
}

/** Where a value of the whole tensor stands: `[3, 17]`. */
export function placeWords(dims: readonly number[], index: number): string {
  const place: number[] = [];
  let rest = index;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const dim = dims[axis] ?? 1;
    place.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return `[${place.join(', ')}]`;
}

/** The row, in the matrix of the whole tensor, of a row of the sampled one. */
export function wholeRow({ matrix, sample }: TensorLook, row: number): number {
  const perRow = sample.perRow / Math.max(1, matrix.columns);
  if (sample.every === 1 || !Number.isInteger(perRow) || perRow < 1) return row;
  return rowOf(sample, Math.floor(row / perRow)) * perRow + (row % perRow);
}

/** Where a row of the whole matrix lies in the sampled one; -1 where it was not taken. */
export function sampledRow({ matrix, sample }: TensorLook, row: number): number {
  const perRow = sample.perRow / Math.max(1, matrix.columns);
  if (sample.every === 1) return row;
  if (!Number.isInteger(perRow) || perRow < 1) return -1;
  const taken = rowInSample(sample, Math.floor(row / perRow));
  return taken < 0 ? -1 : taken * perRow + (row % perRow);
}
