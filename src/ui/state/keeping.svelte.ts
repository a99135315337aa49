/** Keeps the list of an open model's variants in the browser's storage, a moment after each change. */
import {
  loadBench,
  saveBench,
  type BenchStorage,
  type FoundBench,
} from '../../store/variants-store.ts';
import type { SideName } from '../views/view.ts';
import { counted } from '../words.ts';
import { announcer } from './announcer.svelte.ts';
import type { VariantRecord } from './variant.ts';
import type { Variants } from './variants.svelte.ts';
import type { Shown } from './workspace.svelte.ts';

/** Milliseconds without a further change before the list is written: short, for a tab may be closed at once. */
const debounce = 100;

/** What is written: the variants, where they stand, and which side is edited. */
interface Kept {
  readonly variants: Variants;
  readonly shown: Shown;
  /** The side whose recipe is edited. */
  readonly editing: SideName;
}

export class Keeping {
  /** What the visitor should know of it; '' for nothing. */
  words = $state('');
  readonly #storage: BenchStorage;
  readonly #kept: () => Kept;
  /** The model's entry in the library; '' where it has none, and nothing is kept. */
  #model = '';
  /** The list as it lies in storage, as far as this tab knows. */
  #base: readonly VariantRecord[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(storage: BenchStorage, kept: () => Kept) {
    this.#storage = storage;
    this.#kept = kept;
  }

  /** Reads the list of a model, and keeps it from now on; undefined where there is none, or no storage. Never rejects. */
  async begin(model: string): Promise<FoundBench | undefined> {
    this.#model = model;
    const found = await loadBench(this.#storage, model).catch(() => undefined);
    this.#base = found?.variants ?? [];
    if (found && found.dropped > 0) {
      this.words = `${counted(found.dropped, 'variant')} of this model could not be read and ${found.dropped === 1 ? 'is' : 'are'} left out.`;
    }
    return found;
  }

  /** The model has no place any more: nothing is kept. */
  end(): void {
    clearTimeout(this.#timer);
    this.#model = '';
  }

  /** Something changed. */
  changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), debounce);
  }

  /** Writes what was not written yet. Never rejects: `words` says why it was not kept. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    return (this.#saving = this.#saving.then(() => this.#save()));
  }

  async #save(): Promise<void> {
    const model = this.#model;
    if (model === '') return;
    const { variants, shown, editing } = this.#kept();
    const mine = variants.all;
    try {
      const bench = { variants: mine, shown, editing, at: Date.now() };
      const merged = await saveBench(this.#storage, model, this.#base, bench);
      if (model !== this.#model) return;
      variants.settle(this.#base, mine, merged);
      this.#base = merged;
      if (this.#failed) this.words = '';
      this.#failed = false;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Said once: the next change is tried again. */
  #fail(error: unknown): void {
    const isFull = error instanceof Error && error.name === 'QuotaExceededError';
    const words = `${isFull ? 'The storage is full' : 'The browser refused to store'}: new variants last as long as this tab.`;
    if (this.#failed) return;
    this.#failed = true;
    this.words = words;
    announcer.say(words);
  }
}
