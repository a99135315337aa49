/**
 * What was made of the stored models, as the list at home shows it: results that lie in the library,
 * and variants that are only a record. Loaded when there is a stored model: it reads recipes.
 */
import { openBenches } from '../../store/database.ts';
import { modelBytes, type Entry } from '../../store/entry.ts';
import { loadBench, type FoundBench, type VariantRecord } from '../../store/variants-store.ts';
import { recipeName } from '../words.ts';
import type { Shelf } from './library.svelte.ts';
import { variantOf } from './stored-results.ts';
import { originalId } from './variant.ts';
import { variantName } from './variants.svelte.ts';

/** Where something stands on the bench: it is there again when the model is opened. */
export interface Places {
  readonly left: boolean;
  readonly right: boolean;
}

/** One line under a model. */
export interface RecentRow extends Places {
  /** Unique among the lines of its model. */
  readonly key: string;
  readonly name: string;
  /** Of the model file alone. */
  readonly bytes: number;
  readonly pinned: boolean;
  /** The result in the library; absent for a variant that its recipe makes again. */
  readonly entry?: Entry;
  /** The variant's id; absent for a result that the model's list does not know. */
  readonly variant?: string;
}

/** A stored model and what was made of it. */
export interface Recent {
  readonly shelf: Shelf;
  /** When it was last worked on, or stored; milliseconds since 1970. */
  readonly at: number;
  /** Where the original stands. */
  readonly original: Places;
  readonly rows: readonly RecentRow[];
  /** Variants that are not among the rows. */
  readonly more: number;
}

/** As many of the newest variants are shown, whatever they are. */
const newestShown = 2;

/** The lists of the stored models, newest work first after pinned models. Never rejects: a list that can't be read counts as none. */
export async function recentOf(shelves: readonly Shelf[]): Promise<readonly Recent[]> {
  const benches = openBenches();
  const read = (id: string): Promise<FoundBench | undefined> =>
    loadBench(benches, id).catch(() => undefined);
  // After what the workspace, left a moment ago, is still writing.
  const found = await benches
    .exclusively(() => Promise.all(shelves.map(({ entry }) => read(entry.id))))
    .catch(() => []);
  const recents = shelves.map((shelf, index) => recentFrom(shelf, found[index]));
  const pins = ({ shelf }: Recent): number => (shelf.entry.pinned ? 1 : 0);
  return recents.toSorted((a, b) => pins(b) - pins(a) || b.at - a.at);
}

/** What is shown of a model: what stands on its bench, what is stored, pinned or named, and the newest; those first, after pinned ones. */
export function recentFrom(shelf: Shelf, bench: FoundBench | undefined): Recent {
  const { entry, results } = shelf;
  const made = (bench?.variants ?? []).filter(({ id }) => id !== originalId);
  const placesOf = (id: string): Places => ({
    left: bench?.shown.original === id,
    right: bench?.shown.compressed === id,
  });
  const storedOf = matched(made, results);
  const newest = made.slice(-newestShown);
  const isShown = (one: VariantRecord): boolean => {
    const { left, right } = placesOf(one.id);
    const isKept = one.pinned || one.name !== '' || storedOf.has(one);
    return isKept || left || right || newest.includes(one);
  };
  const shown = made.filter(isShown).toReversed();
  const known = new Set(storedOf.values());
  const rows = [
    ...shown.map((one) => rowOfVariant(one, placesOf(one.id), storedOf.get(one))),
    ...results.filter((result) => !known.has(result)).map(rowOfResult),
  ];
  return {
    shelf,
    at: Math.max(bench?.at ?? 0, entry.added),
    original: placesOf(originalId),
    rows: [...rows.filter((row) => row.pinned), ...rows.filter((row) => !row.pinned)],
    more: made.length - shown.length,
  };
}

/** The stored result of each variant that has one: it names it, or was left before it could and has the same recipe. */
function matched(
  made: readonly VariantRecord[],
  results: readonly Entry[],
): ReadonlyMap<VariantRecord, Entry> {
  const stored = new Map(results.map((result) => [result.id, result]));
  const named = new Set(made.map(({ entry }) => entry));
  const unnamed = new Map(
    results.filter(({ id }) => !named.has(id)).map((result) => [variantOf(result)?.id, result]),
  );
  return new Map(
    made.flatMap((one) => {
      const found = stored.get(one.entry ?? '') ?? unnamed.get(one.id);
      return found ? [[one, found] as const] : [];
    }),
  );
}

function rowOfVariant(record: VariantRecord, places: Places, entry: Entry | undefined): RecentRow {
  const { id, bytes, pinned } = record;
  const name = record.name === '' && entry?.renamed ? entry.name : variantName(record);
  const isPinned = pinned || (entry?.pinned ?? false);
  const told = { key: id, variant: id, name, bytes, pinned: isPinned, ...places };
  return entry ? { ...told, entry } : told;
}

/** Names or pins a variant in the list of its model, where the history strip has it from. Errors: StoreError. */
export async function changeRecord(
  model: string,
  variant: string,
  change: { readonly name?: string; readonly pinned?: boolean },
): Promise<void> {
  const benches = openBenches();
  await benches.exclusively(async () => {
    const bench = await loadBench(benches, model);
    if (!bench) return;
    const variants = bench.variants.map((one) =>
      one.id === variant ? { ...one, ...change } : one,
    );
    const { shown, editing, at } = bench;
    const rest = { ...(editing ? { editing } : {}), ...(at === undefined ? {} : { at }) };
    await benches.table.set(model, { variants, shown, ...rest });
  });
}

/** Of a model whose list of variants is gone, or was never written. */
function rowOfResult(entry: Entry): RecentRow {
  const { id, renamed, madeFrom, pinned = false } = entry;
  const made = madeFrom ? recipeName(madeFrom.recipe) : '';
  const name = renamed ? entry.name : made || entry.name;
  return { key: id, name, bytes: modelBytes(entry), pinned, entry, left: false, right: false };
}
