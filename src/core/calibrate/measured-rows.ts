/** Nodes that turn the inputs of a site into rows and sum these up, so that only sums leave the runtime. */
import type { Value } from '../runtime.ts';
import type { Extension } from './extension.ts';
import { patchRows } from './patch-rows.ts';
import type { Site } from './sites.ts';

/** The outputs in which the sums of a site's rows come back. */
export interface SiteOutputs {
  readonly gram: string;
  readonly sum: string;
  readonly sumAbs: string;
  readonly maxAbs: string;
  readonly count: string;
  /** Of every fifth row, where one sample has to do for both shares. */
  readonly judged?: { readonly gram: string; readonly count: string };
}

/** The column of zeros and ones that goes with the rows of a value: padding is 0. Absent: all rows count. */
export type MaskOf = (value: string) => string | undefined;

/** In groups the rows are [groups, rows, channels], else [rows, channels]. */
interface Rows {
  readonly rows: string;
  readonly mask?: string;
  readonly grouped: boolean;
}

/** Adds what a site needs. `splits`: every fifth row is summed up apart as well. */
export function measureSite(
  to: Extension,
  site: Site,
  maskOf: MaskOf,
  splits: boolean,
): SiteOutputs {
  const all = rowsOf(to, site, maskOf);
  const { rows, grouped } = all;
  const axis = grouped ? 1 : 0;
  const absolute = to.emit('Abs', [rows]);
  return {
    ...gramOf(to, all),
    sum: to.output(to.reduce('ReduceSum', rows, axis)),
    sumAbs: to.output(to.reduce('ReduceSum', absolute, axis)),
    maxAbs: to.output(to.reduce('ReduceMax', absolute, axis)),
    ...(splits ? { judged: gramOf(to, everyFifth(to, all)) } : {}),
  };
}

function gramOf(to: Extension, { rows, mask, grouped }: Rows): { gram: string; count: string } {
  const turned = to.emit('Transpose', [rows], { perm: grouped ? [0, 2, 1] : [1, 0] });
  return {
    gram: to.output(to.emit('MatMul', [turned, rows])),
    count:
      mask === undefined
        ? to.output(to.emit('Shape', [rows]), 'int64')
        : to.output(to.reduce('ReduceSum', mask, 0)),
  };
}

/** All rows of a site: those of the values that it is made of, one below the other. */
function rowsOf(to: Extension, site: Site, maskOf: MaskOf): Rows {
  const grouped = site.view === 'patches' && site.groups > 1;
  const parts = [site.value, ...site.also].map((value) => {
    if (site.view === 'patches') return { rows: patchRows(to, site, value) };
    const mask = maskOf(value);
    const rows = plainRows(to, site, value);
    // Rows of padding may be anything, NaN included.
    return mask === undefined ? { rows } : { rows: zeroedWhere(to, rows, mask), mask };
  });
  const masks = parts.flatMap(({ mask }) => mask ?? []);
  const joined = (names: readonly string[]): string =>
    names.length === 1 ? names[0]! : to.emit('Concat', names, { axis: grouped ? 1 : 0 });
  const rows = joined(parts.map((part) => part.rows));
  // Where only some of the values can be masked, rows of padding count as rows of zeros.
  return masks.length < parts.length ? { rows, grouped } : { rows, grouped, mask: joined(masks) };
}

function zeroedWhere(to: Extension, rows: string, mask: string): string {
  const counts = to.emit('Cast', [mask], { to: bool });
  return to.emit('Where', [counts, rows, to.reals([1], new Float32Array(1))]);
}

/** TensorProto.DataType of bool. */
const bool = 9;

function plainRows(to: Extension, { channels, turned }: Site, value: string): string {
  const reals = to.float(value);
  const upright = turned ? to.emit('Transpose', [reals], { perm: [1, 0] }) : reals;
  return to.reshape(upright, [-1, channels]);
}

/** The fifth, the tenth, … */
function everyFifth(to: Extension, { rows, mask, grouped }: Rows): Rows {
  const picked = (value: string, axis: number): string =>
    to.emit('Slice', [value, ...[[4], [2 ** 31 - 1], [axis], [5]].map((one) => to.integers(one))]);
  return {
    rows: picked(rows, grouped ? 1 : 0),
    grouped,
    ...(mask === undefined ? {} : { mask: picked(mask, 0) }),
  };
}

/** The number of rows, out of a site's `count`: dims of the rows, or the sum of their mask. */
export function countOf({ dtype, data }: Value, grouped: boolean): number {
  if (dtype === 'int64') return Number((data as BigInt64Array)[grouped ? 1 : 0]);
  return Number((data as Float32Array)[0]);
}
