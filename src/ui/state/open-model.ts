/**
 * Brings a model from files or from the library into a workspace, and what the workspace makes into
 * the library. Loaded when the first model is opened.
 */
import { inputSpecsInWorker, inspectInWorker } from '../../bridge/compressor.ts';
import type { TraceEntry } from '../../core/compress/compress.ts';
import { needsOf } from '../../core/compress/needs.ts';
import { parseRecipe } from '../../core/compress/recipe.ts';
import { ModelError } from '../../core/errors.ts';
import type { Entry } from '../../store/entry.ts';
import type { ModelFile } from '../../store/model-file.ts';
import { presetOf, recipeSlug } from '../words.ts';
import { library } from './library.svelte.ts';
import type { ReadModel } from './read-model.ts';
import { bytesOf, type Result } from './result.ts';
import { originalId, type Variant, type VariantRecord } from './variant.ts';
import { variantId } from './variants.svelte.ts';
import { Workspace, type Shown } from './workspace.svelte.ts';

/** Beside a stored result, so that what changed can be shown without doing it again. */
const traceFile = 'trace.json';

/** What took longer than this is not made twice; ms. */
const longEnough = 10_000;

/** A model that lies in the library, and what is known of it there. */
export interface Stored {
  readonly id: string;
  readonly variants: readonly VariantRecord[];
  /** What shall stand on the bench; absent for a model that was never worked on. */
  readonly shown?: Shown;
}

/** The model of a stored entry; for a result that of its original, and the result on the right. Errors: StoreError. */
export async function fromLibrary(id: string): Promise<Stored & { file: ModelFile }> {
  await library.refresh();
  const entries = library.entries ?? [];
  const entry = entries.find((one) => one.id === id);
  const hasOriginal = entries.some((one) => one.id === entry?.madeFrom?.id);
  const original = (hasOriginal ? entry?.madeFrom?.id : undefined) ?? id;
  const file = await library.load(original);
  const variants = entries
    .filter((one) => one.madeFrom?.id === original)
    .sort((a, b) => a.added - b.added)
    .flatMap(recordOf);
  const chosen = hasOriginal ? variants.find((one) => one.entry === id) : variants.at(-1);
  const shown = chosen && { original: originalId, compressed: chosen.id };
  return { id: original, file, variants, ...(shown ? { shown } : {}) };
}

/** A stored result as a variant; none where its recipe is no longer understood. */
function recordOf(entry: Entry, index: number): VariantRecord[] {
  if (!entry.madeFrom) return [];
  try {
    const recipe = parseRecipe(entry.madeFrom.recipe);
    const id = variantId(recipe, '');
    if (id === originalId) return [];
    const told = { number: index + 1, samples: '', name: '', parent: originalId, figures: {} };
    const { bytes, pinned = false } = entry;
    return [{ ...told, id, recipe, bytes, pinned, entry: entry.id }];
  } catch {
    return [];
  }
}

/** A stored result; undefined where it is gone or damaged. */
async function resultOf(id: string): Promise<Result | undefined> {
  try {
    const entry = library.entries?.find((one) => one.id === id);
    const recipe = parseRecipe(entry?.madeFrom?.recipe);
    const { onnx, external, extras } = await library.load(id);
    const text = await extras.get(traceFile)?.text();
    const trace = text === undefined ? [] : (JSON.parse(text) as TraceEntry[]);
    const files = { onnx, external };
    return { recipe, files, bytes: bytesOf(files), trace };
  } catch {
    return undefined;
  }
}

/** Reads a model. `stored`: where it lies in the library. Errors: ModelError, WorkerCrash. */
export async function openModel(file: ModelFile, stored?: Stored): Promise<OpenModel> {
  const inspection = await inspectInWorker(file);
  const inputs = await inputSpecsInWorker(file).catch((error: unknown) => {
    // It can still be compressed.
    if (error instanceof ModelError) return error.message;
    throw error;
  });
  const runs = typeof inputs !== 'string';
  const read = { file, inspection, inputs: runs ? inputs : [], unrunnable: runs ? '' : inputs };
  return new OpenModel(read, stored);
}

/** A workspace and its place in the library. */
export class OpenModel {
  readonly workspace: Workspace;
  isRunning = false;
  /** Undefined until stored. */
  id: string | undefined;
  readonly #shown: Shown | undefined;
  #saving: Promise<unknown> = Promise.resolve();

  constructor(read: ReadModel, stored: Stored | undefined) {
    this.id = stored?.id;
    this.#shown = stored?.shown;
    this.workspace = new Workspace(read, {
      load: resultOf,
      made: (variant, milliseconds) => {
        if (isWorthStoring(variant, milliseconds)) this.#store(variant);
      },
      changed: () => undefined,
    });
    this.workspace.variants.join(stored?.variants ?? []);
  }

  start(): void {
    this.isRunning = true;
    this.workspace.start(this.#shown);
    if (this.id !== undefined) this.workspace.identify(this.id);
  }

  stop(): void {
    if (this.isRunning) this.workspace.close();
    this.isRunning = false;
  }

  /** Stores the original, and gives its id. Errors: StoreError. */
  async store(): Promise<string> {
    const saving = library.save(this.workspace.file).then(({ id }) => {
      this.workspace.identify(id);
      return (this.id = id);
    });
    this.#saving = saving.catch(() => undefined);
    return saving;
  }

  /** The original was deleted elsewhere: what is made from now on has no place. */
  lose(): void {
    this.id = undefined;
  }

  #store(variant: Variant): void {
    this.#saving = this.#saving.then(() => this.#keep(variant)).catch(() => undefined);
  }

  /** Stores a result under its original. */
  async #keep({ id, recipe, files, trace }: Variant): Promise<void> {
    const { file, variants } = this.workspace;
    if (this.id === undefined || trace.every(({ changes }) => changes.length === 0)) return;
    const extras = new Map(file.extras).set(traceFile, new Blob([JSON.stringify(trace)]));
    const name = `${file.name}-${recipeSlug(recipe)}`;
    const entry = await library.save({ name, ...files, extras }, { id: this.id, recipe });
    variants.place(id, entry.id);
  }
}

/** The others are made again from their recipes when they are looked at. */
function isWorthStoring({ recipe, samples }: Variant, milliseconds: number): boolean {
  const needs = needsOf(recipe);
  const isLong = needs.has('training') || needs.has('search') || milliseconds > longEnough;
  return isLong || samples !== '' || presetOf(recipe) !== undefined;
}
