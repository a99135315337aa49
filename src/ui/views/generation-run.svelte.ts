/** The generation view's state: what is asked, and what both models write or say of it. */
import { isAbort } from '../../core/errors.ts';
import type { Chunk } from '../../tasks/loops/loop.ts';
import type {
  GenerationAnswer,
  GenerationInfo,
  GenerationInput,
} from '../../tasks/text-generation.ts';
import type { Names } from './names.ts';
import { readings, type Readings } from './text/side-reading.svelte.ts';
import { divergenceOf, keepTokens } from './text/tokens.ts';
import type { OpenTask, ViewProps } from './view.ts';

export type GenerationProps = ViewProps<
  OpenTask<GenerationInput, GenerationAnswer, GenerationInfo>
>;
export type Mode = GenerationInput['kind'];

/** What the fields hold. */
export interface Wish {
  readonly prompt: string;
  readonly chat: boolean;
  readonly limit: number;
  readonly sampled: boolean;
  readonly seed: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
}

/** Long enough to see two models part, short enough to wait for. */
const firstLimit = 60;
/** More than anyone reads here. */
const mostTokens = 4096;

/** A run, in hand or over. */
export interface Stream {
  readonly input: GenerationInput;
  readonly sides: Readings<GenerationAnswer>;
}

export class GenerationRun {
  wish = $state.raw<Wish>({
    prompt: '',
    chat: false,
    limit: firstLimit,
    sampled: false,
    seed: 1,
    temperature: 0.8,
    topK: 40,
    topP: 0.95,
  });
  mode = $state<Mode>('write');
  written = $state.raw<Stream | undefined>();
  scored = $state.raw<Stream | undefined>();
  /** The text that is scored is no side's own. */
  isGiven = $state(false);
  running = $state(false);
  /** The visitor ended the last run. */
  stopped = $state(false);
  /** A side was opened while a run went on that the visitor had begun. */
  outdated = $state(false);
  problem = $state<string | undefined>();
  /** The token that is looked at, by its index. */
  pointed = $state<number | undefined>();
  chosen = $state<number | undefined>();
  readonly #props: () => GenerationProps;
  #going: AbortController | undefined;
  #byItself = true;

  readonly stream = $derived(this.mode === 'write' ? this.written : this.scored);
  readonly original = $derived(this.stream?.sides.original.answer);
  readonly compressed = $derived(this.stream?.sides.compressed.answer);
  readonly divergence = $derived(
    this.mode === 'write' && this.original && this.compressed
      ? divergenceOf(this.original.tokens, this.compressed.tokens)
      : undefined,
  );
  /** Of which token the candidates are shown. */
  readonly looked = $derived(this.pointed ?? this.chosen ?? this.divergence);

  constructor(props: () => GenerationProps) {
    this.#props = props;
    const first = this.examples[0];
    if (first !== undefined) this.wish = { ...this.wish, prompt: first };
  }

  get names(): Names {
    return this.#props().names;
  }

  /** Prompts to begin with. */
  get examples(): readonly string[] {
    const inputs = this.#props().task.examples.map(({ input }) => input);
    return inputs.flatMap((it) => (it.kind === 'write' ? [it.prompt] : []));
  }

  /** Most tokens that may be asked for. */
  get most(): number {
    return Math.min(this.#props().task.info.context, mostTokens);
  }

  /** Does what the page hands over: writes on, or scores a text; begins anew where a side is opened meanwhile. */
  async take(input: GenerationInput): Promise<void> {
    const { prompt, chat = false } = input;
    this.change({ prompt, chat });
    if (input.kind === 'write') {
      const { limit, sampling } = input;
      this.change({ limit, sampled: sampling !== undefined, ...sampling });
      await this.write(true);
      return;
    }
    this.mode = 'score';
    this.isGiven = true;
    this.written = undefined;
    this.scored = this.#streamOf(input);
    await this.#run(this.scored, true);
  }

  change(part: Partial<Wish>): void {
    this.wish = { ...this.wish, ...part };
  }

  /** A side was opened: begins anew, unless the visitor's own run goes on. */
  async start(): Promise<void> {
    if (this.running && !this.#byItself) this.outdated = true;
    else if (this.mode === 'score' && this.isGiven && this.scored) await this.#again(this.scored);
    else if (this.mode === 'score' && this.written) await this.score(true);
    else await this.write(true);
  }

  /** The same text once more, on sides that are others now. */
  async #again({ input }: Stream): Promise<void> {
    this.scored = this.#streamOf(input);
    await this.#run(this.scored, true);
  }

  /** Both sides go on with the prompt. */
  async write(byItself = false): Promise<void> {
    const { prompt, chat, limit, sampled, seed, temperature, topK, topP } = this.wish;
    this.mode = 'write';
    this.isGiven = false;
    const input: GenerationInput = {
      kind: 'write',
      prompt,
      ...(chat ? { chat } : {}),
      limit: Math.min(limit, this.most),
      ...(sampled ? { sampling: { seed, temperature, topK, topP } } : {}),
    };
    const stream = this.#streamOf(input);
    this.written = stream;
    this.scored = undefined;
    await this.#run(stream, byItself);
  }

  /** Both sides say how likely they hold what the original has written. */
  async score(byItself = false): Promise<void> {
    const { written } = this;
    this.mode = 'score';
    const tokens = written?.sides.original.answer?.tokens ?? [];
    this.stop();
    if (!written || tokens.length === 0) return;
    this.isGiven = false;
    const { prompt, chat } = written.input;
    const input: GenerationInput = {
      kind: 'score',
      prompt,
      ...(chat ? { chat } : {}),
      continuation: tokens.map(({ id }) => id),
    };
    const stream = this.#streamOf(input);
    this.scored = stream;
    await this.#run(stream, byItself);
  }

  /** The text so far stays. */
  stop(): void {
    if (this.running) this.stopped = true;
    this.#going?.abort();
  }

  #streamOf(input: GenerationInput): Stream {
    const { task } = this.#props();
    const sides: Readings<GenerationAnswer> = readings(async (chunks, whole) => {
      const asked = whole ? chunks : chunks.map((chunk, index) => this.#lean(chunk, index));
      return task.answer(asked, input);
    }, keepAnswer);
    return { input, sides };
  }

  /** Candidates take most of the decoding, and few look at them while the text grows. */
  #lean(chunk: Chunk, index: number): Chunk {
    return 'candidates' in chunk && index !== this.looked
      ? ({ ...chunk, candidates: [] } as Chunk)
      : chunk;
  }

  async #run({ input, sides }: Stream, byItself: boolean): Promise<void> {
    const { task, runPlan, onInput } = this.#props();
    onInput?.(input);
    this.#going?.abort();
    const going = (this.#going = new AbortController());
    this.#begin(byItself);
    try {
      const plan = await task.plan(input);
      going.signal.throwIfAborted();
      await runPlan(plan, (news) => sides[news.side].hear(news), going.signal);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      if (!isAbort(error) && this.#going === going) this.problem = words;
    }
    await Promise.all([sides.original.finish(), sides.compressed.finish()]);
    if (this.#going === going) this.running = false;
  }

  #begin(byItself: boolean): void {
    this.#byItself = byItself;
    this.running = true;
    this.stopped = false;
    this.outdated = false;
    this.problem = undefined;
    this.pointed = undefined;
    this.chosen = undefined;
  }
}

const keepAnswer = (
  before: GenerationAnswer | undefined,
  after: GenerationAnswer,
): GenerationAnswer =>
  before ? { ...after, tokens: keepTokens(before.tokens, after.tokens) } : after;
