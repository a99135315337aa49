/** A recipe that runs the model, as the page follows and leads it: it calibrates, searches or trains. */
import type { CompressedFiles, Progress } from '../../bridge/compressor.ts';
import { startRecipe, type RecipeRun } from '../../bridge/recipe-run.ts';
import type { WebDevice } from '../../bridge/side.ts';
import { needsOf } from '../../core/compress/needs.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import type { SearchNews } from '../../core/compress/search.ts';
import type { ModelFile } from '../../store/model-file.ts';
import { noSamples } from '../../store/training-store.ts';
import { announcer } from './announcer.svelte.ts';
import { readSamples } from './samples-key.ts';
import { statisticsOf } from './statistics.ts';
import { TrainingMonitor } from './training.svelte.ts';

/** `preparing`: sessions are opened, samples are run, or steps before it are applied. */
export type RunPhase = 'idle' | 'preparing' | 'training' | 'searching' | 'paused' | 'stopping';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly device: WebDevice;
  readonly onProgress: (progress: Progress) => void;
}

export class RunMonitor {
  phase = $state<RunPhase>('idle');
  /** The visitor's own samples. */
  own = $state.raw<ReadonlyMap<string, Blob>>(noSamples);
  /** What the search in hand has told, or the last one. */
  search = $state.raw<readonly SearchNews[]>([]);
  readonly training = new TrainingMonitor(() => this.phase === 'idle');
  readonly #statistics = statisticsOf(() => this.training.model);
  #run: RecipeRun | undefined;
  /** The newest choice of samples. */
  #choice = 0;
  /** What is held or being ended. */
  #going: RunPhase = 'idle';
  /** How long it has been held, so that time that is left can be told without. */
  #paused = 0;
  #pausedAt = 0;

  /** Milliseconds on a clock that stands still while the work is held. */
  now(): number {
    return performance.now() - this.#paused;
  }

  /** Takes files as the visitor's samples, once they were read; false where others took their place meanwhile. */
  async take(own: ReadonlyMap<string, Blob>): Promise<boolean> {
    const choice = ++this.#choice;
    await readSamples(own);
    if (choice !== this.#choice) return false;
    this.own = own;
    return true;
  }

  /** Applies a recipe. Errors: those of the run. */
  async apply(
    { onnx, external, extras }: ModelFile,
    recipe: Recipe,
    { signal, device, onProgress }: RunOptions,
  ): Promise<CompressedFiles> {
    this.training.begin();
    // What an earlier search told stays while its recipe is edited by hand.
    if (needsOf(recipe).has('search')) this.search = [];
    this.phase = 'preparing';
    const run = startRecipe({ onnx, external }, recipe, {
      signal,
      device,
      beside: extras,
      own: this.own,
      checkpoints: this.training.checkpoints(recipe, this.own),
      statistics: this.#statistics,
      onProgress,
      onReport: (report) => {
        this.training.take(report);
        this.#goes('training', 'Training has begun.');
      },
      onSearch: (news) => {
        this.search = [...this.search, ...news];
        this.#goes('searching', 'The search has begun.');
      },
    });
    this.#run = run;
    try {
      return await run.result;
    } finally {
      // Another one may have taken its place.
      if (this.#run === run) {
        this.#run = undefined;
        this.phase = 'idle';
        await this.training.offer();
      }
    }
  }

  pause(): void {
    if (this.phase !== 'training' && this.phase !== 'searching') return;
    this.#going = this.phase;
    this.#pausedAt = performance.now();
    this.phase = 'paused';
    this.#run?.pause();
    const where = this.#going === 'training' ? ` at step ${this.training.latest?.step ?? 0}` : '';
    announcer.say(`Paused${where}.`);
  }

  resume(): void {
    if (this.phase !== 'paused') return;
    this.#paused += performance.now() - this.#pausedAt;
    this.phase = this.#going;
    this.#run?.resume();
    announcer.say(this.#going === 'training' ? 'Training goes on.' : 'The search goes on.');
  }

  /** Ends the training or the search in hand; its best so far becomes the result. */
  stop(): void {
    if (this.phase === 'training' || this.phase === 'searching') this.#going = this.phase;
    this.phase = 'stopping';
    this.#run?.stop();
  }

  /** Something goes on; what is held or being ended stays so. */
  #goes(phase: 'training' | 'searching', words: string): void {
    if (this.phase === phase || this.phase === 'paused') return;
    if (this.phase === 'stopping' && this.#going === phase) return;
    this.phase = phase;
    announcer.say(words);
  }
}
