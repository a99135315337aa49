/** Talks to the page about a training: news that do not flood it, pause and stop, and what it keeps. */
import { packTraining, unpackTraining } from '../src/core/compress/training-state.ts';
import type { Samples, TrainingControl, TrainingNews } from '../src/core/compress/training.ts';
import { NewsBatch } from './news-batch.ts';
import { Reins } from './reins.ts';

/** News since the last report. */
export interface TrainingReport {
  readonly news: readonly TrainingNews[];
  /** The step that this session began at. */
  readonly from: number;
  /** How long it has trained since then, pauses left out. */
  readonly milliseconds: number;
}

/** A training as the page keeps it. */
export interface Checkpoint {
  readonly state: Blob;
  readonly step: number;
  readonly steps: number;
}

/** The page, seen from here. */
export interface TrainingPage {
  report(report: TrainingReport): Promise<void>;
  /** Keeps a training under its key. Never rejects: a full disk does not end a training. */
  save(key: string, checkpoint: Checkpoint): Promise<void>;
  load(key: string): Promise<Blob | undefined>;
  forget(key: string): Promise<void>;
}

/** Milliseconds between two saves: so much work a closed tab may cost. */
const patience = 10_000;

export class PageControl implements TrainingControl {
  readonly samples: (kind: string) => Promise<Samples>;
  readonly #page: TrainingPage;
  readonly #reins: Reins;
  readonly #batch: NewsBatch<TrainingNews>;
  #saved = performance.now();
  /** When training went on last, and how long it had trained before; undefined while it rests. */
  #since: number | undefined;
  #trained = 0;
  #step = 0;
  #from: number | undefined;
  /** Whether a state is to be kept, or was, before the training is held. */
  #keeping: 'no' | 'due' | 'done' = 'no';

  constructor(
    page: TrainingPage,
    samples: (kind: string) => Promise<Samples>,
    reins: Reins = new Reins(),
  ) {
    this.#page = page;
    this.samples = samples;
    this.#reins = reins;
    this.#batch = new NewsBatch((news) => this.#tell(news));
  }

  report(news: TrainingNews): void {
    this.#step = news.step;
    this.#batch.add(news);
  }

  async next(): Promise<'go' | 'stop'> {
    const asked: { resting: boolean } = { resting: false };
    const word = await this.#reins.next(() => {
      asked.resting = true;
      return this.#resting();
    });
    if (!asked.resting) this.#keeping = 'no';
    if (word === 'stop') return word;
    this.#since ??= performance.now();
    this.#from ??= this.#step;
    return word;
  }

  saveDue(): boolean {
    return this.#keeping === 'due' || performance.now() - this.#saved > patience;
  }

  async save(...[key, state]: Parameters<TrainingControl['save']>): Promise<void> {
    const steps = state.news.at(-1)?.steps ?? state.step;
    await this.#page.save(key, { state: packTraining(state), step: state.step, steps });
    this.#saved = performance.now();
    if (this.#keeping === 'due') this.#keeping = 'done';
  }

  async load(key: string): ReturnType<TrainingControl['load']> {
    const blob = await this.#page.load(key);
    return blob && unpackTraining(blob);
  }

  /** The training of this key is over. */
  async forget(key: string): Promise<void> {
    this.#rest();
    this.#batch.flush();
    this.#trained = 0;
    this.#from = undefined;
    await this.#page.forget(key);
  }

  /** One more step, and its state is kept: who holds a training may close the tab. */
  #resting(): 'more' | 'rest' {
    if (this.#keeping === 'no') {
      this.#keeping = 'due';
      return 'more';
    }
    this.#keeping = 'no';
    this.#rest();
    this.#batch.flush();
    return 'rest';
  }

  #rest(): void {
    if (this.#since !== undefined) this.#trained += performance.now() - this.#since;
    this.#since = undefined;
  }

  #tell(news: readonly TrainingNews[]): void {
    const current = this.#since === undefined ? 0 : performance.now() - this.#since;
    const milliseconds = this.#trained + current;
    void this.#page.report({ news, from: this.#from ?? this.#step, milliseconds });
  }
}
