/** Makes variants by their recipes, and gets their bytes again when they are gone. */
import { compressInWorker, type Progress } from '../../bridge/compressor.ts';
import { ahead } from '../../bridge/calm.ts';
import { createRecentCache } from '../../bridge/recent-cache.ts';
import { usesOwnSamples } from '../../bridge/recipe-run.ts';
import type { WebDevice } from '../../bridge/side.ts';
import { needsOf } from '../../core/compress/needs.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import { createTurns } from '../../core/turns.ts';
import type { ModelFile } from '../../store/model-file.ts';
import { bytesOf, type Result } from './result.ts';
import type { RunMonitor } from './run.svelte.ts';
import { samplesKey } from './samples-key.ts';
import { originalId, type Variant, type VariantRecord } from './variant.ts';
import type { Variants } from './variants.svelte.ts';

export interface MakeOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What a variant was made from, and where its steps run. */
interface Way extends MakeOptions {
  /** The variant whose recipe was changed into this one. */
  readonly parent?: string;
  readonly device?: WebDevice;
  /** Not where that would train or search, which takes minutes. */
  readonly onlyIfQuick?: boolean;
}

/** Bytes of the variants that are at hand though nobody looks at them. */
const most = 2 ** 29;

export class Making {
  readonly #file: ModelFile;
  readonly #run: RunMonitor;
  readonly #variants: Variants;
  readonly #load: (entry: string) => Promise<Result | undefined>;
  readonly #made: (variant: Variant, milliseconds: number) => void;
  readonly #recent = createRecentCache<Result>(most, ({ bytes }) => bytes);
  readonly #held: (id: string) => Result | undefined;
  /** Recipes that run the model go one after the other. */
  readonly #inTurn = createTurns();

  /**
   * `load` reads a result of the library; `made` hears of every variant that was made, not found;
   * `held` gives what stands on the bench.
   */
  constructor(
    model: { readonly file: ModelFile; readonly run: RunMonitor; readonly variants: Variants },
    load: (entry: string) => Promise<Result | undefined>,
    made: (variant: Variant, milliseconds: number) => void,
    held: (id: string) => Result | undefined,
  ) {
    this.#held = held;
    this.#file = model.file;
    this.#run = model.run;
    this.#variants = model.variants;
    this.#load = load;
    this.#made = made;
  }

  /** The variant that a recipe makes with the samples in hand, where it was made before. */
  known(recipe: Recipe): VariantRecord | undefined {
    return this.#variants.find(recipe, this.samplesFor(recipe));
  }

  recipeOf(id: string): Recipe | undefined {
    return this.#variants.get(id)?.recipe;
  }

  /** A variant whose bytes are at hand this moment. */
  atHand(id: string): Variant | undefined {
    const record = this.#variants.get(id);
    const held = id === originalId ? this.#original() : this.#held(id);
    const result = held ?? this.#recent.get(id);
    return record && result && { ...result, ...record };
  }

  /** Finds or makes what a recipe gives. Errors: those of the recipe, the signal's reason. */
  async make(recipe: Recipe, way: Way = {}): Promise<Variant> {
    const known = this.known(recipe);
    if (known) return this.bring(known.id, way);
    const samples = this.samplesFor(recipe);
    const begun = performance.now();
    const result = await this.#apply(recipe, way);
    const { bytes } = result;
    const isNew = !this.#variants.find(recipe, samples);
    const record = this.#variants.add({ recipe, samples, bytes, parent: way.parent ?? originalId });
    this.#recent.set(record.id, result);
    const variant = { ...record, ...result };
    if (isNew) this.#made(variant, performance.now() - begun);
    return variant;
  }

  /** A variant with its bytes: those at hand, those of the library, or made again. Errors: as `make`, or that it is gone. */
  async bring(id: string, way: Way = {}): Promise<Variant> {
    const record = this.#variants.get(id);
    if (!record) throw new Error('This variant was deleted. Make it again by its recipe.');
    const atHand = this.atHand(id);
    if (atHand) return atHand;
    const stored = await this.#stored(record);
    way.signal?.throwIfAborted();
    if (!stored && way.onlyIfQuick && takesLong(record.recipe)) {
      throw new Error(
        'Its bytes are no longer here, and its recipe trains or searches. Apply the recipe to make it again.',
      );
    }
    if (!stored && record.samples !== this.samplesFor(record.recipe)) {
      throw new Error(
        'This variant was made on samples of yours that this tab no longer has. Choose the same files again.',
      );
    }
    const result = stored ?? (await this.#apply(record.recipe, way));
    this.#recent.set(id, result);
    return { ...(this.#variants.get(id) ?? record), ...result };
  }

  /** What lies in the library; where it is gone or damaged, that is noted. */
  async #stored({ id, entry }: VariantRecord): Promise<Result | undefined> {
    if (entry === undefined) return undefined;
    const stored = await this.#load(entry);
    if (!stored) this.#variants.place(id, undefined);
    return stored;
  }

  #original(): Result {
    const { onnx, external } = this.#file;
    const files = { onnx, external };
    return {
      recipe: this.#variants.get(originalId)!.recipe,
      files,
      bytes: bytesOf(files),
      trace: [],
    };
  }

  /** Which samples of the visitor's own a recipe would be made on now; '' for none. */
  samplesFor(recipe: Recipe): string {
    return usesOwnSamples(recipe) ? samplesKey(this.#run.own) : '';
  }

  async #apply(recipe: Recipe, { signal, onProgress, device = 'wasm' }: Way): Promise<Result> {
    const work =
      needsOf(recipe).size === 0
        ? ahead(() =>
            compressInWorker(this.#file, recipe, {
              ...(signal ? { signal } : {}),
              ...(onProgress ? { onProgress } : {}),
            }),
          )
        : this.#inTurn(() => {
            signal?.throwIfAborted();
            return this.#run.apply(this.#file, recipe, {
              signal: signal ?? new AbortController().signal,
              device,
              onProgress: (progress) => onProgress?.(progress),
            });
          });
    const { trace, onnx, external } = await work;
    const files = { onnx, external };
    return { recipe, files, bytes: bytesOf(files), trace };
  }
}

/** The recipe trains or searches: that takes minutes. */
export function takesLong(recipe: Recipe): boolean {
  const needs = needsOf(recipe);
  return needs.has('training') || needs.has('search');
}
