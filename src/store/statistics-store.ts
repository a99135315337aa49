/** Statistics of models on samples, so that the next session need not run the model again. */
import type { Table } from './library.ts';

export interface StoredStatistics {
  /** The same for the same model, samples and places. */
  readonly key: string;
  /** The entry in the library that they are of. */
  readonly model: string;
  readonly statistics: Blob;
  /** When they were last asked for; milliseconds since 1970. */
  readonly used: number;
}

/** Bytes of all statistics together; those that were not used for the longest time go first. */
const most = 2 ** 28;

/** The statistics of a key, marked as used now. Errors: those of the table. */
export async function loadStatistics(
  table: Table<StoredStatistics>,
  key: string,
  now = Date.now(),
): Promise<Blob | undefined> {
  const found = await table.get(key);
  if (found) await table.set(key, { ...found, used: now });
  return found?.statistics;
}

/** Writes statistics, and makes room for them; larger ones than there may ever be are not kept. Errors: those of the table. */
export async function saveStatistics(
  table: Table<StoredStatistics>,
  saved: StoredStatistics,
  limit = most,
): Promise<void> {
  if (saved.statistics.size > limit) return;
  await table.set(saved.key, saved);
  let bytes = 0;
  for (const { key, statistics } of await all(table)) {
    bytes += statistics.size;
    if (bytes > limit) await table.delete(key);
  }
}

/** Forgets the statistics of deleted models. */
export async function forgetStatisticsOf(
  table: Table<StoredStatistics>,
  models: readonly string[],
): Promise<void> {
  for (const { key, model } of await all(table)) {
    if (models.includes(model)) await table.delete(key);
  }
}

/** What was used last comes first. */
async function all(table: Table<StoredStatistics>): Promise<StoredStatistics[]> {
  const found = await Promise.all((await table.keys()).map((key) => table.get(key)));
  return found.filter((one) => one !== undefined).sort((a, b) => b.used - a.used);
}
