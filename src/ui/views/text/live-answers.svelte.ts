/** Both sides' answers to an input that keeps changing: at most one run at a time, and the latest wins. */
import { isAbort } from '../../../core/errors.ts';
import type { OpenTask, SideName, SideNews, ViewProps } from '../view.ts';
import { readings, type Readings } from './side-reading.svelte.ts';

/** A run as short as this follows every keystroke; ms. */
const fast = 150;
/** After a longer one, this much rest comes first; ms. */
const rest = 300;
/** Longer runs show what there is so far; ms. */
const patience = 300;

/** What both sides said of one input. */
export interface Shown<Input, Answer> {
  readonly input: Input;
  readonly original: Answer | undefined;
  readonly compressed: Answer | undefined;
  /** Why a side has no answer, or only a part of one. */
  readonly problems: Readonly<Partial<Record<SideName, string>>>;
}

/** What it takes of a view's props. */
export interface LiveProps<Input, Answer> {
  readonly task: Pick<OpenTask<Input, Answer>, 'plan' | 'answer'>;
  readonly runPlan: ViewProps['runPlan'];
  readonly onInput?: ViewProps['onInput'];
}

export class LiveAnswers<Input, Answer> {
  /** Stays while the next input is answered. */
  shown = $state.raw<Shown<Input, Answer> | undefined>();
  /** Why nothing was run. */
  problem = $state<string | undefined>();
  running = $state(false);
  readonly #props: () => LiveProps<Input, Answer>;
  #input: Input | undefined;
  #going: AbortController | undefined;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #took = 0;

  constructor(props: () => LiveProps<Input, Answer>) {
    this.#props = props;
  }

  /** Answers an input that is being changed: at once where the last run was fast, else after a pause. */
  change(input: Input): void {
    if (this.#took < fast) this.answer(input);
    else {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#going?.abort();
        this.answer(input);
      }, rest);
    }
  }

  /** Answers an input now, or right after the run in hand. */
  answer(input: Input): void {
    clearTimeout(this.#timer);
    this.#props().onInput?.(input);
    this.#input = input;
    this.#again = true;
    if (!this.#going) void this.#go();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#input = undefined;
    this.#going?.abort();
  }

  async #go(): Promise<void> {
    this.running = true;
    while (this.#again && this.#input !== undefined) {
      this.#again = false;
      this.#going = new AbortController();
      await this.#answer(this.#input, this.#going.signal);
    }
    this.#going = undefined;
    this.running = false;
  }

  async #answer(input: Input, signal: AbortSignal): Promise<void> {
    const { task, runPlan } = this.#props();
    const start = performance.now();
    const sides = readings<Answer>((chunks) => task.answer(chunks, input));
    const show = (): void => this.#show(input, sides);
    try {
      const plan = await task.plan(input);
      const onNews = (news: SideNews): void => {
        sides[news.side].hear(news);
        if (performance.now() - start > patience && this.#saysMore(sides)) show();
      };
      await runPlan(plan, onNews, signal);
      await Promise.all([sides.original.finish(), sides.compressed.finish()]);
      if (signal.aborted) return;
      show();
      this.#took = performance.now() - start;
      this.problem = undefined;
    } catch (error) {
      if (!isAbort(error)) this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  /** Whether no side would lose the answer that it shows: what was said before stays until then. */
  #saysMore({ original, compressed }: Readings<Answer>): boolean {
    const before = this.shown;
    const loses = (old: Answer | undefined, { answer }: typeof original): boolean =>
      old !== undefined && answer === undefined;
    return !loses(before?.original, original) && !loses(before?.compressed, compressed);
  }

  #show(input: Input, { original, compressed }: Readings<Answer>): void {
    this.shown = {
      input,
      original: original.answer,
      compressed: compressed.answer,
      problems: {
        ...(original.problem === undefined ? {} : { original: original.problem }),
        ...(compressed.problem === undefined ? {} : { compressed: compressed.problem }),
      },
    };
  }
}
