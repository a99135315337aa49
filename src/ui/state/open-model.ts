/**
 * Brings a model from files or from the library into a workspace, and what the workspace makes into
 * the library. Loaded when the first model is opened.
 */
import { inputSpecsInWorker, inspectInWorker } from '../../bridge/compressor.ts';
import type { TraceEntry } from '../../core/compress/compress.ts';
import { parseRecipe } from '../../core/compress/recipe.ts';
import { ModelError } from '../../core/errors.ts';
import type { Entry } from '../../store/entry.ts';
import type { ModelFile } from '../../store/model-file.ts';
import { presetOf, recipeSlug } from '../words.ts';
import { library } from './library.svelte.ts';
import type { ReadModel } from './read-model.ts';
import { bytesOf, type Result } from './result.ts';
import { Workspace } from './workspace.svelte.ts';

/** Beside a stored result, so that what changed can be shown without doing it again. */
const traceFile = 'trace.json';

export interface Stored {
  readonly id: string;
  readonly earlier?: Result;
}

/** The model of a stored entry; for a result that of its original, and the result. Errors: StoreError. */
export async function fromLibrary(
  id: string,
): Promise<{ file: ModelFile; original: string; earlier?: Result }> {
  await library.refresh();
  const entries = library.entries ?? [];
  const entry = entries.find((one) => one.id === id);
  const hasOriginal = entries.some((one) => one.id === entry?.madeFrom?.id);
  const original = (hasOriginal ? entry?.madeFrom?.id : undefined) ?? id;
  const file = await library.load(original);
  const [newest] = entries
    .filter((one) => one.madeFrom?.id === original)
    .sort((a, b) => b.added - a.added);
  const earlier = await resultOf(hasOriginal ? entry : newest);
  return { file, original, ...(earlier ? { earlier } : {}) };
}

/** A stored result; undefined where it is damaged or its recipe is no longer understood. */
async function resultOf(entry: Entry | undefined): Promise<Result | undefined> {
  if (!entry?.madeFrom) return undefined;
  try {
    const recipe = parseRecipe(entry.madeFrom.recipe);
    const { onnx, external, extras } = await library.load(entry.id);
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
  readonly #earlier: Result | undefined;
  #saving: Promise<unknown> = Promise.resolve();
  /** The newest result of a recipe without a name, which the next one replaces. */
  #draft: string | undefined;

  constructor(read: ReadModel, stored: Stored | undefined) {
    this.id = stored?.id;
    this.#earlier = stored?.earlier;
    this.workspace = new Workspace(read, (result) => {
      this.#saving = this.#saving.then(() => this.#keep(result)).catch(() => undefined);
    });
  }

  start(): void {
    this.isRunning = true;
    this.workspace.start(this.workspace.result ?? this.#earlier);
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
    this.#draft = undefined;
  }

  /** Stores a result under its original. */
  async #keep({ recipe, files, trace }: Result): Promise<void> {
    const { file } = this.workspace;
    if (this.id === undefined || trace.every(({ changes }) => changes.length === 0)) return;
    const extras = new Map(file.extras).set(traceFile, new Blob([JSON.stringify(trace)]));
    const name = `${file.name}-${recipeSlug(recipe)}`;
    const entry = await library.save({ name, ...files, extras }, { id: this.id, recipe });
    if (presetOf(recipe)) return;
    if (this.#draft !== undefined && this.#draft !== entry.id)
      await library.removeDraft(this.#draft);
    this.#draft = entry.id;
  }
}
