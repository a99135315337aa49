/** The rows of the table of differing tensors: found, sorted, in words. */
import type { StoredForm, TensorDifference } from '../../../../core/inspect/graph-difference.ts';
import { formatBytes } from '../../../../core/errors.ts';
import { formatShare } from '../../../words.ts';

export type SortKey = 'order' | 'name' | 'before' | 'after' | 'change' | 'equal';

export interface Sorting {
  readonly by: SortKey;
  readonly down: boolean;
}

/** Those whose name, state or types hold a text, in an order; ties stay in the order of the model. */
export function tensorRows(
  tensors: readonly TensorDifference[],
  text: string,
  { by, down }: Sorting,
): readonly TensorDifference[] {
  const wanted = text.trim().toLowerCase();
  const found = wanted === '' ? tensors : tensors.filter((one) => wordsOf(one).includes(wanted));
  if (by === 'order') return down ? found.toReversed() : found;
  const keys: Readonly<
    Record<Exclude<SortKey, 'order' | 'name'>, (one: TensorDifference) => number>
  > = {
    before: ({ beforeBytes }) => beforeBytes,
    after: ({ afterBytes }) => afterBytes,
    change: ({ beforeBytes, afterBytes }) => afterBytes - beforeBytes,
    equal: (one) => equalShare(one) ?? -1,
  };
  const compare = (a: TensorDifference, b: TensorDifference): number =>
    by === 'name' ? (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) : keys[by](a) - keys[by](b);
  return found.toSorted((a, b) => (down ? compare(b, a) : compare(a, b)));
}

const wordsOf = ({ name, state, before, after, heirs = [] }: TensorDifference): string =>
  [name, stateNames[state], formText(before), formText(after), ...heirs].join(' ').toLowerCase();

export const stateNames: Readonly<Record<TensorDifference['state'], string>> = {
  same: 'unchanged',
  values: 'other values',
  form: 'stored otherwise',
  removed: 'removed',
  added: 'added',
};

/** Share of the bytes that are the same; undefined where the sizes differ. */
export const equalShare = ({ equal, beforeBytes }: TensorDifference): number | undefined =>
  equal === undefined || beforeBytes === 0 ? undefined : equal / beforeBytes;

export function equalText(one: TensorDifference): string {
  const share = equalShare(one);
  return share === undefined ? '–' : formatShare(share);
}

/** `int4 256×32 · float16 256×2`. */
export const formText = (forms: readonly StoredForm[]): string =>
  forms
    .map(({ dtype, dims }) => `${dtype} ${dims.length > 0 ? dims.join('×') : 'number'}`)
    .join(' · ');

/** `+1,234 bytes`, `−12.3 kB`, `±0`. */
export function bytesChange(before: number, after: number): string {
  if (before === after) return '±0';
  return `${after > before ? '+' : '−'}${formatBytes(Math.abs(after - before))}`;
}

/** `+3`, `−2`, `±0`. */
export const countChange = (before: number, after: number): string =>
  before === after ? '±0' : `${after > before ? '+' : '−'}${Math.abs(after - before)}`;
