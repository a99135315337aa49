/**
 * What was made of each stored model: a record per variant, without bytes, which its recipe makes again.
 * One list per model, written at once. Tabs that write the same list keep what the other one wrote.
 */
import { parseRecipe, type Recipe } from '../core/compress/recipe.ts';
import type { Table } from './library.ts';

/** One measured figure of a variant, and how it was got. */
export interface Measured {
  readonly value: number;
  /** 95 %, unless `on` says otherwise. */
  readonly interval?: readonly [low: number, high: number];
  /** Samples or runs that it rests on. */
  readonly n?: number;
  /** What it was measured on: `500 drawn digits, WASM`. */
  readonly on: string;
}

/** What is kept of a variant when its bytes are gone. */
export interface VariantRecord {
  /** `original`, or a hash of the recipe and of the visitor's samples that it was made on. */
  readonly id: string;
  /** Counts up: the order in which they were made. */
  readonly number: number;
  readonly recipe: Recipe;
  /** Which samples of the visitor's own it was made on; '' for none. */
  readonly samples: string;
  /** The visitor's own name; '' for the recipe's. */
  readonly name: string;
  readonly pinned: boolean;
  /** The variant whose recipe was changed into this one's. */
  readonly parent: string;
  readonly bytes: number;
  readonly figures: Readonly<Record<string, Measured>>;
  /** Its entry in the library, where its bytes lie. */
  readonly entry?: string;
}

/** Which variant stands left and right; '' for none. */
export interface Standing {
  readonly original: string;
  readonly compressed: string;
}

export interface StoredBench {
  readonly variants: readonly VariantRecord[];
  readonly shown: Standing;
  /** The side whose recipe is edited; the right one where it is absent. */
  readonly editing?: keyof Standing;
  /** When it was written, in milliseconds since 1970; absent where nobody noted it. */
  readonly at?: number;
}

/** What was read of a list. */
export interface FoundBench extends StoredBench {
  /** Records that could not be read, and were left out. */
  readonly dropped: number;
}

/** Where the lists lie; `exclusively` runs `work` while no other tab runs its own. */
export interface BenchStorage {
  readonly table: Table<StoredBench>;
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

/** Nobody looks through more; a damaged list shall not keep us busy. */
const mostRecords = 2000;
const longestText = 1000;

/** The list of a model; undefined where there is none. Errors: those of the table. */
export async function loadBench(
  { table }: BenchStorage,
  model: string,
): Promise<FoundBench | undefined> {
  const stored: unknown = await table.get(model);
  return stored === undefined ? undefined : benchFrom(stored);
}

/**
 * Writes what this tab changed since `base`, over what other tabs wrote meanwhile, and gives the list
 * as it is now. Errors: those of the table, for one QuotaExceededError; nothing is changed then.
 */
export async function saveBench(
  storage: BenchStorage,
  model: string,
  base: readonly VariantRecord[],
  { variants, ...rest }: StoredBench,
): Promise<readonly VariantRecord[]> {
  const { table } = storage;
  return storage.exclusively(async () => {
    const stored: unknown = await table.get(model);
    const merged = merge(stored === undefined ? [] : benchFrom(stored).variants, base, variants);
    await table.set(model, { variants: merged, ...rest });
    return merged;
  });
}

/**
 * Three lists into one: what lies in storage, changed as this tab changed `base` into `mine`. A record
 * that the other side deleted stays deleted unless it was changed here.
 */
export function merge(
  stored: readonly VariantRecord[],
  base: readonly VariantRecord[],
  mine: readonly VariantRecord[],
): readonly VariantRecord[] {
  const [before, now] = [byId(base), byId(mine)];
  const theirs = byId(stored);
  const kept = stored.flatMap((record) => {
    const changed = now.get(record.id);
    if (changed) return [mergeRecord(record, before.get(record.id), changed)];
    return before.has(record.id) ? [] : [record];
  });
  const fresh = mine.filter((record) => {
    const was = before.get(record.id);
    return !theirs.has(record.id) && (!was || !isSame(was, record));
  });
  return [...kept, ...fresh].sort((a, b) => a.number - b.number);
}

/** The fields that changed here over those of storage; figures one by one. */
function mergeRecord(
  stored: VariantRecord,
  base: VariantRecord | undefined,
  mine: VariantRecord,
): VariantRecord {
  const changed = <T extends object>(from: T | undefined, to: T): Partial<T> =>
    Object.fromEntries(
      Object.entries(to).filter(([key, value]) => !from || !isSame(from[key as keyof T], value)),
    ) as Partial<T>;
  const measured = changed<VariantRecord['figures']>(base?.figures, mine.figures);
  const figures = { ...stored.figures, ...measured } as VariantRecord['figures'];
  const all = { ...stored, ...changed(base, mine), figures } as VariantRecord;
  // An entry may also be gone.
  const entry = base && base.entry === mine.entry ? stored.entry : mine.entry;
  return withEntry(all, entry);
}

/** The record with its place in the library, or with none. */
export function withEntry(record: VariantRecord, entry: string | undefined): VariantRecord {
  if (entry !== undefined) return { ...record, entry };
  const copy: { entry?: string } & VariantRecord = { ...record };
  delete copy.entry;
  return copy;
}

const byId = (records: readonly VariantRecord[]): ReadonlyMap<string, VariantRecord> =>
  new Map(records.map((record) => [record.id, record]));

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);

/** What can be read of a stored list. */
function benchFrom(stored: unknown): FoundBench {
  const { variants, shown, editing, at } = fieldsOf(stored);
  const given: readonly unknown[] = Array.isArray(variants) ? variants.slice(0, mostRecords) : [];
  const records = new Map<string, VariantRecord>();
  for (const one of given) {
    const record = recordFrom(one);
    if (record) records.set(record.id, record);
  }
  const places = fieldsOf(shown);
  const place = (side: keyof Standing): string => textFrom(places[side]) ?? '';
  return {
    variants: [...records.values()].sort((a, b) => a.number - b.number),
    shown: { original: place('original'), compressed: place('compressed') },
    ...(editing === 'original' || editing === 'compressed' ? { editing } : {}),
    ...(countFrom(at) === undefined ? {} : { at: at as number }),
    dropped: given.length - records.size,
  };
}

/** One record; undefined where it is damaged or its recipe is no longer understood. */
function recordFrom(stored: unknown): VariantRecord | undefined {
  const given = fieldsOf(stored);
  const [id, name, parent, samples, entry] = (
    ['id', 'name', 'parent', 'samples', 'entry'] as const
  ).map((key) => textFrom(given[key], key === 'samples' ? Infinity : longestText));
  const [number, bytes] = [countFrom(given['number']), countFrom(given['bytes'])];
  if (!id || number === undefined || bytes === undefined) return undefined;
  try {
    const recipe = parseRecipe(given['recipe']);
    const figures = figuresFrom(given['figures']);
    const told = { id, number, recipe, bytes, figures, pinned: given['pinned'] === true };
    const words = { name: name ?? '', parent: parent ?? '', samples: samples ?? '' };
    return { ...told, ...words, ...(entry ? { entry } : {}) };
  } catch {
    return undefined;
  }
}

function figuresFrom(stored: unknown): Readonly<Record<string, Measured>> {
  const readable = Object.entries(fieldsOf(stored)).flatMap(([key, one]) => {
    const { value, interval, n, on } = fieldsOf(one);
    if (typeof value !== 'number' || typeof on !== 'string') return [];
    const ends: readonly unknown[] = Array.isArray(interval) ? interval : [];
    const [low, high] = ends;
    const known = typeof low === 'number' && typeof high === 'number';
    const measured: Measured = {
      value,
      on: on.slice(0, longestText),
      ...(known ? { interval: [low, high] as const } : {}),
      ...(countFrom(n) === undefined ? {} : { n: n as number }),
    };
    return [[key, measured] as const];
  });
  return Object.fromEntries(readable);
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const textFrom = (value: unknown, longest = longestText): string | undefined =>
  typeof value === 'string' && value.length <= longest ? value : undefined;

const countFrom = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
