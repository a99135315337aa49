/**
 * Brings a model from files or from the library into a workspace, and what the workspace makes into
 * the library. Loaded when the first model is opened.
 */
import { inputSpecsInWorker, inspectInWorker } from '../../bridge/compressor.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import { ModelError } from '../../core/errors.ts';
import { openBenches } from '../../store/database.ts';
import type { ModelFile } from '../../store/model-file.ts';
import type { SideName } from '../views/view.ts';
import { presetOf, recipeSlug } from '../words.ts';
import { Keeping } from './keeping.svelte.ts';
import { library } from './library.svelte.ts';
import { takesLong } from './making.ts';
import type { ReadModel } from './read-model.ts';
import { resultOf, resultsOf, traceFile } from './stored-results.ts';
import { originalId, type Variant } from './variant.ts';
import { Workspace, type Shown } from './workspace.svelte.ts';

/** What took longer than this is not made twice; ms. */
const longEnough = 10_000;

/** A model that lies in the library. */
export interface Stored {
  readonly id: string;
  /** The result that was asked for, as an entry of the library; absent where the model was. */
  readonly result?: string;
  /** The variant that was asked for, where it lies nowhere but in the list of them. */
  readonly variant?: string;
}

/** The model of a stored entry; for a result that of its original. Errors: StoreError. */
export async function fromLibrary(id: string): Promise<Stored & { file: ModelFile }> {
  await library.refresh();
  const entries = library.entries ?? [];
  const original = entries.find((one) => one.id === id)?.madeFrom?.id;
  const isResult = entries.some((one) => one.id === original);
  if (original === undefined || !isResult) return { id, file: await library.load(id) };
  return { id: original, result: id, file: await library.load(original) };
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
  const open = new OpenModel(read);
  if (stored) await open.recall(stored);
  return open;
}

/** A workspace and its place in the library. */
export class OpenModel {
  readonly workspace: Workspace;
  isRunning = false;
  /** Undefined until stored. */
  id: string | undefined;
  /** What stood on the bench in an earlier session. */
  #shown: Shown | undefined;
  /** The side whose recipe was edited then. */
  #editing: SideName | undefined;
  readonly #keeping: Keeping;
  #saving: Promise<unknown> = Promise.resolve();
  /** Variants that are not to be made twice. */
  readonly #worth = new Set<string>();
  /** Variants whose storing was tried. */
  readonly #tried = new Set<string>();
  /** Entries of the library by the variants that lie there. */
  #entries: ReadonlyMap<string, string> = new Map();

  constructor(read: ReadModel) {
    const keeping = new Keeping(openBenches(), () => {
      const { variants, standing, editing } = this.workspace;
      return { variants, shown: standing, editing };
    });
    this.#keeping = keeping;
    this.workspace = new Workspace(read, {
      load: resultOf,
      made: (variant, milliseconds) => {
        if (isWorthStoring(variant, milliseconds)) this.#worth.add(variant.id);
        this.#changed();
      },
      changed: () => this.#changed(),
      get words() {
        return keeping.words;
      },
    });
  }

  /** Where nothing stood on the bench before, `first` is made; nothing at all where `bare`. */
  start({ bare = false, first }: { readonly bare?: boolean; readonly first?: Recipe } = {}): void {
    this.isRunning = true;
    const empty = bare ? { original: originalId, compressed: '' } : undefined;
    this.workspace.start({
      earlier: this.#shown ?? empty,
      editing: this.#editing,
      first,
    });
    if (this.id !== undefined) this.workspace.identify(this.id);
  }

  stop(): void {
    if (this.isRunning) this.workspace.close();
    this.isRunning = false;
    void this.#keeping.flush();
  }

  /** Writes what was not written yet, before the page goes. */
  flush(): void {
    void this.#keeping.flush();
  }

  /** Brings back what was made of the model, and what stood on the bench. Never rejects. */
  async recall({ id, result, variant }: Stored): Promise<void> {
    this.id = id;
    const found = await this.#keeping.begin(id);
    const entries = new Set(library.entries?.map((one) => one.id));
    const { variants } = this.workspace;
    variants.join(
      (found?.variants ?? []).map(({ entry, ...one }) =>
        entry !== undefined && entries.has(entry) ? { ...one, entry } : one,
      ),
    );
    const results = resultsOf(id);
    variants.join(results);
    for (const one of results) variants.place(one.id, one.entry);
    const asked = variant === undefined ? undefined : variants.get(variant);
    const chosen = asked ?? results.find(({ entry }) => result !== undefined && entry === result);
    // Nothing on the right: it was not ready when the list was written.
    const last = chosen ?? (found?.shown.compressed ? undefined : results.at(-1));
    const stood = found?.shown.compressed ? found.shown : undefined;
    this.#shown = last ? { original: originalId, compressed: last.id } : stood;
    this.#editing = last ? undefined : found?.editing;
  }

  /** Stores the original, and gives its id. Errors: StoreError. */
  async store(): Promise<string> {
    const saving = library.save(this.workspace.file).then(async ({ id }) => {
      await this.recall({ id });
      this.#tried.clear();
      this.workspace.identify(id);
      this.#changed();
      return id;
    });
    this.#saving = saving.catch(() => undefined);
    return saving;
  }

  /** The original was deleted elsewhere: what is made from now on has no place. */
  lose(): void {
    this.id = undefined;
    this.#keeping.end();
  }

  /** Of the library's entries only these are left. */
  keepOnly(entries: ReadonlySet<string>): void {
    const { variants } = this.workspace;
    for (const { id, entry } of variants.all) {
      if (entry === undefined || entries.has(entry)) continue;
      // Whoever deleted it does not want it back.
      this.#tried.add(id);
      variants.place(id, undefined);
    }
  }

  /** What the visitor named or pinned is stored, and what they deleted is deleted there too. */
  #changed(): void {
    const { variants, shown } = this.workspace;
    for (const { id, recipe, name, pinned, entry } of variants.all) {
      const isPreset = Object.values(shown).includes(id) && presetOf(recipe) !== undefined;
      const isWanted = pinned || name !== '' || isPreset || this.#worth.has(id);
      if (id === originalId || entry !== undefined || !isWanted) continue;
      const variant = this.#tried.has(id) ? undefined : this.workspace.atHand(id);
      if (variant) this.#store(variant);
    }
    const before = this.#entries;
    this.#entries = new Map(
      variants.all.flatMap(({ id, entry }) => (entry === undefined ? [] : [[id, entry]])),
    );
    const gone = [...before].filter(([id]) => !variants.get(id)).map(([, entry]) => entry);
    if (gone.length > 0) void library.remove(gone).catch(() => undefined);
    this.#keeping.changed();
  }

  #store(variant: Variant): void {
    if (this.id === undefined) return;
    this.#tried.add(variant.id);
    // It can be made again where there is no room for it.
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

/** The others are made again from their recipes when they are looked at, but for presets that were shown. */
const isWorthStoring = ({ recipe, samples }: Variant, milliseconds: number): boolean =>
  takesLong(recipe) || milliseconds > longEnough || samples !== '';
