/** Talks to the page about a training: news that do not flood it, pause and stop, and what it keeps. */
import { packTraining, unpackTraining } from '../src/core/compress/training-state.ts';
import type { Samples, TrainingControl, TrainingNews } from '../src/core/compress/training.ts';

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

/** Milliseconds between two reports. */
const rhythm = 100;

/** Milliseconds between two saves: so much work a closed tab may cost. */
const patience = 10_000;

export class PageControl implements TrainingControl {
  readonly samples: (kind: string) => Promise<Samples>;
  readonly #page: TrainingPage;
  #news: TrainingNews[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #told = -Infinity;
  #saved = performance.now();
  #stops = false;
  #pause: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  /** When training went on last, and how long it had trained before; undefined while it rests. */
  #since: number | undefined;
  #trained = 0;
  #step = 0;
  #from: number | undefined;

  constructor(page: TrainingPage, samples: (kind: string) => Promise<Samples>) {
    this.#page = page;
    this.samples = samples;
  }

  report(news: TrainingNews): void {
    this.#news.push(news);
    this.#step = news.step;
    const wait = this.#told + rhythm - performance.now();
    if (wait <= 0) this.#tell();
    else this.#timer ??= setTimeout(() => this.#tell(), wait);
  }

  async next(): Promise<'go' | 'stop'> {
    // Words of the page wait behind the steps until the worker takes a breath.
    await breath();
    if (this.#pause) {
      this.#rest();
      this.#tell();
      await this.#pause.over;
    }
    if (this.#stops) {
      this.#stops = false;
      return 'stop';
    }
    this.#since ??= performance.now();
    this.#from ??= this.#step;
    return 'go';
  }

  pause(): void {
    if (this.#pause) return;
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    this.#pause = { over, end };
  }

  resume(): void {
    this.#pause?.end();
    this.#pause = undefined;
  }

  /** Ends the training in hand with its best state so far. */
  stop(): void {
    this.#stops = true;
    this.resume();
  }

  saveDue(): boolean {
    return performance.now() - this.#saved > patience;
  }

  async save(...[key, state]: Parameters<TrainingControl['save']>): Promise<void> {
    const steps = state.news.at(-1)?.steps ?? state.step;
    await this.#page.save(key, { state: packTraining(state), step: state.step, steps });
    this.#saved = performance.now();
  }

  async load(key: string): ReturnType<TrainingControl['load']> {
    const blob = await this.#page.load(key);
    return blob && unpackTraining(blob);
  }

  /** The training of this key is over. */
  async forget(key: string): Promise<void> {
    this.#rest();
    this.#tell();
    this.#trained = 0;
    this.#from = undefined;
    await this.#page.forget(key);
  }

  #rest(): void {
    if (this.#since !== undefined) this.#trained += performance.now() - this.#since;
    this.#since = undefined;
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#news.length === 0) return;
    const now = performance.now();
    const current = this.#since === undefined ? 0 : now - this.#since;
    this.#told = now;
    const milliseconds = this.#trained + current;
    void this.#page.report({ news: this.#news, from: this.#from ?? this.#step, milliseconds });
    this.#news = [];
  }
}

/** Lets waiting messages in; a timer would cost milliseconds. */
function breath(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
