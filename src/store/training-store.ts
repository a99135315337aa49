/** Trainings that are not over, so that a closed tab loses little. */
import type { Recipe } from '../core/compress/recipe.ts';
import type { Table } from './library.ts';

export interface StoredTraining {
  /** The same for the same models, recipe, samples and seed. */
  readonly key: string;
  /** The entry in the library that is trained; '' where it is not stored yet. */
  readonly model: string;
  readonly recipe: Recipe;
  /** The visitor's own samples, which cannot be asked for again. */
  readonly own: ReadonlyMap<string, Blob>;
  readonly state: Blob;
  readonly step: number;
  readonly steps: number;
  /** Milliseconds since 1970. */
  readonly saved: number;
}

/** Of a training on other samples than the visitor's. */
export const noSamples: StoredTraining['own'] = new Map();

/** Trainings are large, and an old one is hardly ever gone on with. */
const most = 3;

/** Writes a training in place of its last state; the oldest one goes where there are too many. Errors: those of the table. */
export async function saveTraining(
  table: Table<StoredTraining>,
  training: StoredTraining,
): Promise<void> {
  await table.set(training.key, training);
  const others = await all(table);
  for (const { key } of others.slice(most)) await table.delete(key);
}

/** The newest training of a model. */
export async function findTraining(
  table: Table<StoredTraining>,
  model: string,
): Promise<StoredTraining | undefined> {
  return (await all(table)).find((training) => training.model === model);
}

/** Forgets the trainings of deleted models. */
export async function forgetTrainingsOf(
  table: Table<StoredTraining>,
  models: readonly string[],
): Promise<void> {
  for (const { key, model } of await all(table)) {
    if (models.includes(model)) await table.delete(key);
  }
}

/** The newest first. */
async function all(table: Table<StoredTraining>): Promise<StoredTraining[]> {
  const found = await Promise.all((await table.keys()).map((key) => table.get(key)));
  return found.filter((one) => one !== undefined).sort((a, b) => b.saved - a.saved);
}
