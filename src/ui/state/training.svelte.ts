/** A training as the page follows it: how far it is, how it does, and what was kept of earlier ones. */
import type { Checkpoints, TrainingReport } from '../../bridge/recipe-run.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import type { TrainingNews } from '../../core/compress/training.ts';
import { openTrainings } from '../../store/database.ts';
import { findTraining, saveTraining, type StoredTraining } from '../../store/training-store.ts';

export class TrainingMonitor {
  /** Of the training in hand, or of the last one. */
  news = $state.raw<readonly TrainingNews[]>([]);
  /** Where this session took up the training; 0 for one that began here. */
  from = $state(0);
  /** A training of this model that an earlier session left. */
  unfinished = $state.raw<StoredTraining | undefined>();
  /** Why a closed tab would lose the training; '' where it would not. */
  unkept = $state('');
  /** The model's entry in the library; '' where it is not stored. */
  model = '';
  #milliseconds = $state(0);
  /** What the training in hand is kept under. */
  #key: string | undefined;
  readonly #isIdle: () => boolean;
  readonly #table = openTrainings();

  readonly latest = $derived(this.news.at(-1));
  /** Steps in a second; undefined while nobody knows. */
  readonly speed = $derived.by(() => {
    const steps = (this.latest?.step ?? 0) - this.from;
    return steps > 0 && this.#milliseconds > 0 ? (1000 * steps) / this.#milliseconds : undefined;
  });

  /** `isIdle` says whether nothing is under way, so that what an earlier session left may be offered. */
  constructor(isIdle: () => boolean) {
    this.#isIdle = isIdle;
  }

  /** Another recipe begins. */
  begin(): void {
    this.news = [];
    this.from = 0;
    this.#milliseconds = 0;
    this.unkept = '';
    this.unfinished = undefined;
  }

  take({ news, from, milliseconds }: TrainingReport): void {
    const [first] = news;
    // A recipe may train twice: the second training begins where the first one did.
    const isAnother = first && this.latest && first.step < this.latest.step;
    this.news = isAnother ? news : [...this.news, ...news];
    this.from = from;
    this.#milliseconds = milliseconds;
  }

  /** A training that was interrupted can be gone on with. */
  async offer(): Promise<void> {
    if (this.#key !== undefined) await this.find(this.model);
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
    if (this.#isIdle()) this.unfinished = found;
  }

  /** Forgets the training that an earlier session left. */
  async discard(): Promise<void> {
    const { unfinished } = this;
    this.unfinished = undefined;
    if (unfinished) await this.#forget(unfinished.key);
  }

  /** Where trainings of a recipe on the visitor's samples are kept. */
  checkpoints(recipe: Recipe, own: StoredTraining['own']): Checkpoints {
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
