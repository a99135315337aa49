/** A training as the page follows it: how far it is, how it does, and what was kept of earlier ones. */
import type { CompressedFiles, Progress } from '../../bridge/compressor.ts';
import {
  startTraining,
  type Checkpoints,
  type Training,
  type TrainingReport,
} from '../../bridge/trainer.ts';
import type { WebDevice } from '../../bridge/side.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import type { TrainingNews } from '../../core/compress/training.ts';
import { openTrainings } from '../../store/database.ts';
import type { ModelFile } from '../../store/model-file.ts';
import {
  findTraining,
  noSamples,
  saveTraining,
  type StoredTraining,
} from '../../store/training-store.ts';
import { announcer } from './announcer.svelte.ts';

/** `preparing`: sessions are opened, or steps before it are applied. */
export type TrainingPhase = 'idle' | 'preparing' | 'training' | 'paused' | 'stopping';

export interface TrainingRunOptions {
  readonly signal: AbortSignal;
  readonly device: WebDevice;
  readonly onProgress: (progress: Progress) => void;
}

export class TrainingMonitor {
  phase = $state<TrainingPhase>('idle');
  /** Of the training in hand, or of the last one. */
  news = $state.raw<readonly TrainingNews[]>([]);
  /** Where this session took up the training; 0 for one that began here. */
  from = $state(0);
  /** The visitor's own samples. */
  own = $state.raw<ReadonlyMap<string, Blob>>(noSamples);
  /** A training of this model that an earlier session left. */
  unfinished = $state.raw<StoredTraining | undefined>();
  /** Why a closed tab would lose the training; '' where it would not. */
  unkept = $state('');
  /** The model's entry in the library; '' where it is not stored. */
  model = '';
  #milliseconds = $state(0);
  #training: Training | undefined;
  /** What the training in hand is kept under. */
  #key: string | undefined;
  readonly #table = openTrainings();

  readonly latest = $derived(this.news.at(-1));
  /** Steps in a second; undefined while nobody knows. */
  readonly speed = $derived.by(() => {
    const steps = (this.latest?.step ?? 0) - this.from;
    return steps > 0 && this.#milliseconds > 0 ? (1000 * steps) / this.#milliseconds : undefined;
  });

  /** Applies a recipe that trains. Errors: those of the training. */
  async run(
    { onnx, external, extras }: ModelFile,
    recipe: Recipe,
    { signal, device, onProgress }: TrainingRunOptions,
  ): Promise<CompressedFiles> {
    this.news = [];
    this.from = 0;
    this.#milliseconds = 0;
    this.unkept = '';
    this.phase = 'preparing';
    this.unfinished = undefined;
    const training = startTraining({ onnx, external }, recipe, {
      signal,
      device,
      beside: extras,
      own: this.own,
      checkpoints: this.#checkpoints(recipe),
      onProgress,
      onReport: (report) => this.#take(report),
    });
    this.#training = training;
    try {
      return await training.result;
    } finally {
      // Another one may have taken its place.
      if (this.#training === training) {
        this.#training = undefined;
        this.phase = 'idle';
        // It was interrupted and can be gone on with.
        if (this.#key !== undefined) await this.find(this.model);
      }
    }
  }

  pause(): void {
    if (this.phase !== 'training') return;
    this.phase = 'paused';
    this.#training?.pause();
    announcer.say(`Paused at step ${this.latest?.step ?? 0}.`);
  }

  resume(): void {
    if (this.phase !== 'paused') return;
    this.phase = 'training';
    this.#training?.resume();
    announcer.say('Training goes on.');
  }

  /** Ends the training in hand; its best state so far becomes the result. */
  stop(): void {
    this.phase = 'stopping';
    this.#training?.stop();
  }

  /** Forgets what is kept of the training in hand: the visitor does not want it. */
  drop(): void {
    this.news = [];
    if (this.#key !== undefined) void this.#forget(this.#key);
  }

  /** Looks for a training of the model that an earlier session left. */
  async find(model: string): Promise<void> {
    this.model = model;
    if (model === '') return;
    const found = await findTraining(this.#table, model).catch(() => undefined);
    if (this.phase === 'idle') this.unfinished = found;
  }

  /** Forgets the training that an earlier session left. */
  async discard(): Promise<void> {
    const { unfinished } = this;
    this.unfinished = undefined;
    if (unfinished) await this.#forget(unfinished.key);
  }

  #take({ news, from, milliseconds }: TrainingReport): void {
    const [first] = news;
    // A recipe may train twice: the second training begins where the first one did.
    const isAnother = first && this.latest && first.step < this.latest.step;
    this.news = isAnother ? news : [...this.news, ...news];
    this.from = from;
    this.#milliseconds = milliseconds;
    if (this.phase === 'preparing') {
      this.phase = 'training';
      announcer.say('Training has begun.');
    }
  }

  #checkpoints(recipe: Recipe): Checkpoints {
    const { own } = this;
    return {
      save: async (key, checkpoint) => {
        this.#key = key;
        const kept = { ...checkpoint, key, model: this.model, recipe, own, saved: Date.now() };
        try {
          await saveTraining(this.#table, kept);
          this.unkept = '';
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          this.unkept = `A closed tab loses this training: it could not be kept (${why}).`;
        }
      },
      load: async (key) => {
        const kept = await this.#table.get(key).catch(() => undefined);
        if (kept) this.#key = key;
        return kept?.state;
      },
      forget: (key) => this.#forget(key),
    };
  }

  async #forget(key: string): Promise<void> {
    if (this.#key === key) this.#key = undefined;
    await this.#table.delete(key).catch(() => undefined);
  }
}
