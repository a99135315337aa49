/** Both sides' answers to one input while a plan runs: read at a pace that the page keeps up with. */
import { isAbort } from '../../core/errors.ts';
import type { Plan } from '../../tasks/loops/loop.ts';
import type { OpenTask, SideName, SideNews, ViewProps } from './view.ts';

/** Milliseconds between two readings of a side that is still going: often enough to look alive. */
const pace = 100;

export interface SideAnswer<Answer> {
  readonly answer: Answer;
  /** Time that this side has run. */
  readonly milliseconds: number;
  readonly done: boolean;
}

type Sides<Value> = Readonly<Partial<Record<SideName, Value>>>;

/** What it takes of a view's props. */
type PlanProps<Input, Answer> = Pick<
  ViewProps<OpenTask<Input, Answer>>,
  'task' | 'runPlan' | 'onInput'
>;

export class PlanRun<Input, Answer> {
  /** The newest answers; those of the run before stay until a side says something new. */
  answers = $state.raw<Sides<SideAnswer<Answer>>>({});
  /** Why a side stopped early. */
  problems = $state.raw<Sides<string>>({});
  /** Why nothing ran. */
  problem = $state<string | undefined>();
  running = $state(false);
  /** What the models were given last. */
  plan = $state.raw<Plan | undefined>();
  readonly #props: () => PlanProps<Input, Answer>;
  #turn = 0;
  #stopping = new AbortController();

  constructor(props: () => PlanProps<Input, Answer>) {
    this.#props = props;
  }

  /** Runs both sides on an input; a later call takes over. Never rejects. */
  async run(input: Input): Promise<void> {
    const turn = ++this.#turn;
    this.#stopping.abort();
    const { signal } = (this.#stopping = new AbortController());
    this.running = true;
    this.#props().onInput?.(input);
    try {
      await this.#run(input, turn, signal);
      if (turn === this.#turn) this.problem = undefined;
    } catch (error) {
      if (turn !== this.#turn || isAbort(error)) return;
      this.answers = {};
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      if (turn === this.#turn) this.running = false;
    }
  }

  /** Ends the run; what was answered stays. */
  stop(): void {
    this.#turn++;
    this.#stopping.abort();
    this.running = false;
  }

  async #run(input: Input, turn: number, signal: AbortSignal): Promise<void> {
    const { task, runPlan } = this.#props();
    const plan = await task.plan(input);
    if (turn !== this.#turn) return;
    this.plan = plan;
    const heard: SideName[] = [];
    const readers = { original: this.#reader(input, turn), compressed: this.#reader(input, turn) };
    const onNews = (news: SideNews): void => {
      if (!heard.includes(news.side)) heard.push(news.side);
      readers[news.side].take(news);
    };
    await runPlan(plan, onNews, signal);
    await Promise.all([readers.original.settled(), readers.compressed.settled()]);
    if (turn === this.#turn) this.#keepOnly(heard);
  }

  #reader(input: Input, turn: number): Reader {
    return new Reader(async (news) => {
      const { side, chunks, milliseconds, done, problem } = news;
      const answer = chunks.length > 0 ? await this.#props().task.answer(chunks, input) : undefined;
      if (turn !== this.#turn) return;
      this.answers = { ...this.answers, [side]: answer && { answer, milliseconds, done } };
      this.problems = { ...this.problems, [side]: problem };
    });
  }

  /** A side that said nothing has no answer to this input. */
  #keepOnly(heard: readonly SideName[]): void {
    const kept = <Value>(sides: Sides<Value>): Sides<Value> =>
      Object.fromEntries(
        Object.entries(sides).filter(([side]) => heard.includes(side as SideName)),
      );
    this.answers = kept(this.answers);
    this.problems = kept(this.problems);
  }
}

/** Reads one piece of news at a time, always the newest. */
class Reader {
  readonly #read: (news: SideNews) => Promise<void>;
  #newest: SideNews | undefined;
  #reading: Promise<void> | undefined;

  constructor(read: (news: SideNews) => Promise<void>) {
    this.#read = read;
  }

  take(news: SideNews): void {
    this.#newest = news;
    this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined));
    // Whoever waits for it hears of its failure.
    this.#reading.catch(() => undefined);
  }

  /** Resolves once everything taken is read. Errors: those of reading. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  async #readOn(): Promise<void> {
    while (this.#newest) {
      const news = this.#newest;
      this.#newest = undefined;
      await this.#read(news);
      if (!news.done) await new Promise((resolve) => setTimeout(resolve, pace));
    }
  }
}
