/** Lists of variants that come from several places: an earlier session, another tab. */
import { originalId, type VariantRecord } from './variant.ts';

/** `all`, and those of `records` that it does not have. */
export function joined(
  all: readonly VariantRecord[],
  records: readonly VariantRecord[],
): readonly VariantRecord[] {
  const known = new Set(all.map(({ id }) => id));
  const fresh = records.filter(({ id }) => !known.has(id));
  // Of the original only what was measured is news.
  const figures = records.find(({ id }) => id === originalId)?.figures;
  const mine = all.map((one) =>
    one.id === originalId ? { ...one, figures: { ...figures, ...one.figures } } : one,
  );
  return numbered([...mine, ...fresh]);
}

/**
 * `all` in line with storage, where `merged` lies now: `base` was read there, `had` was written. What
 * another tab made comes in, what it deleted goes; what changed here since then stays.
 */
export function settled(
  all: readonly VariantRecord[],
  base: readonly VariantRecord[],
  had: readonly VariantRecord[],
  merged: readonly VariantRecord[],
): readonly VariantRecord[] {
  const written = new Set(had);
  const there = new Map(merged.map((one) => [one.id, one]));
  const before = new Set(base.map(({ id }) => id));
  const kept = all.flatMap((one) => {
    if (!written.has(one)) return [one];
    const theirs = there.get(one.id);
    return theirs ? [isSame(theirs, one) ? one : theirs] : before.has(one.id) ? [] : [one];
  });
  const known = new Set([...all, ...had].map(({ id }) => id));
  return [...kept, ...merged.filter(({ id }) => !known.has(id))];
}

const isSame = (a: VariantRecord, b: VariantRecord): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Two tabs may have counted alike: each gets a number of its own. */
function numbered(records: readonly VariantRecord[]): readonly VariantRecord[] {
  const sorted = records.toSorted((a, b) => a.number - b.number || (a.id < b.id ? -1 : 1));
  let last = -1;
  return sorted.map((record) => {
    last = Math.max(record.number, last + 1);
    return last === record.number ? record : { ...record, number: last };
  });
}
