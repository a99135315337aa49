/** One card's question and both models' answers: recorded ones first, live ones once the visitor touches it. */
import { isAbort } from '../../../core/errors.ts';
import type { ModelCard } from '../../../zoo/card.ts';
import type { Glimpse, GlimpseKind, GlimpseOf } from '../../../zoo/glimpse.ts';
import { announcer } from '../../state/announcer.svelte.ts';
import type { SideName } from '../../views/view.ts';
import type { LiveModel } from './live-model.ts';

export type InputOf<K extends GlimpseKind> = K extends 'digit'
  ? GlimpseOf<K>['input'] | LiveInputs['digit']
  : GlimpseOf<K>['input'];

/** What live models are asked: drawings in place of the number of a sample. */
export interface LiveInputs {
  readonly digit: readonly (readonly { readonly x: number; readonly y: number }[])[];
  readonly text: string;
  readonly likeness: readonly [string, string];
  readonly story: string;
}
export type AnswerOf<K extends GlimpseKind> = GlimpseOf<K>['original'];

export type Status = 'recorded' | 'starting' | 'live' | 'failed';

/** The card whose models run: one at a time, for the memory's sake. */
let awake: { sleep(): void } | undefined;

function wake(card: { sleep(): void }): void {
  if (awake !== card) awake?.sleep();
  awake = card;
}

export class CardAnswers<K extends GlimpseKind = GlimpseKind> {
  readonly card: ModelCard;
  readonly glimpse: GlimpseOf<K>;
  status = $state<Status>('recorded');
  /** What is being done, or what went wrong. */
  words = $state('');
  /** Between 0 and 1, while it starts. */
  share = $state(0);
  /** Undefined while a question is new and this side has not answered. */
  original = $state.raw<AnswerOf<K> | undefined>();
  compressed = $state.raw<AnswerOf<K> | undefined>();
  /** The visitor's own question, once there is one. */
  asked = $state.raw<LiveInputs[K] | undefined>();
  /** The models are at work. */
  running = $state(false);
  #model: LiveModel | undefined;
  #life: AbortController | undefined;
  #run: AbortController | undefined;
  #wanted: LiveInputs[K] | undefined;

  constructor(card: ModelCard, glimpse: GlimpseOf<K>) {
    this.card = card;
    this.glimpse = glimpse;
    this.original = glimpse.original as AnswerOf<K>;
    this.compressed = glimpse.compressed as AnswerOf<K>;
  }

  /** Asks both models, which start first where they do not run. Never rejects. */
  ask(input: LiveInputs[K]): void {
    this.asked = input;
    this.#wanted = input;
    // A story takes its time; the others are over sooner than they could be stopped.
    if (this.glimpse.kind === 'story') this.#run?.abort();
    if (!this.running) void this.#answer();
  }

  /** Starts the models, so that they are there when the visitor has drawn or typed. */
  wake(): void {
    if (this.status !== 'starting' && this.status !== 'live') void this.#start();
  }

  /** Ends the workers; the last answers stay. */
  sleep(): void {
    this.#life?.abort();
    this.#run?.abort();
    this.#model?.close();
    this.#model = undefined;
    if (this.status !== 'failed') this.status = 'recorded';
    this.words = '';
    if (awake === this) awake = undefined;
  }

  async #start(): Promise<void> {
    wake(this);
    const life = (this.#life = new AbortController());
    this.status = 'starting';
    this.share = 0;
    this.words = 'Fetching what runs models …';
    try {
      const { startLive } = await import('./live-model.ts');
      const model = await startLive(this.card, this.glimpse as Glimpse, {
        signal: life.signal,
        onStage: (words, share) => {
          if (life.signal.aborted) return;
          this.words = words;
          this.share = share;
        },
        onLost: (reason) => this.#fail(reason),
      });
      if (life.signal.aborted) {
        model.close();
        return;
      }
      this.#model = model;
      this.status = 'live';
      this.words = '';
      announcer.say(`${this.card.label}: both models run here now.`);
      if (this.#wanted !== undefined && !this.running) void this.#answer();
    } catch (error) {
      if (!life.signal.aborted && !isAbort(error)) this.#fail(wordsOf(error));
    }
  }

  async #answer(): Promise<void> {
    const model = this.#model;
    if (!model) {
      this.wake();
      return;
    }
    this.running = true;
    while (this.#wanted !== undefined && this.#model === model) {
      const input = this.#wanted;
      this.#wanted = undefined;
      const run = (this.#run = new AbortController());
      try {
        await model.ask(
          input,
          (side, answer) => this.#hear(side, answer as AnswerOf<K>),
          run.signal,
        );
      } catch (error) {
        if (!run.signal.aborted && !isAbort(error)) this.words = wordsOf(error);
      }
    }
    this.running = false;
  }

  #hear(side: SideName, answer: AnswerOf<K>): void {
    this.words = '';
    if (side === 'original') this.original = answer;
    else this.compressed = answer;
  }

  #fail(reason: string): void {
    this.sleep();
    this.status = 'failed';
    this.words = reason;
    announcer.say(`${this.card.label}: ${reason}`);
  }
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
