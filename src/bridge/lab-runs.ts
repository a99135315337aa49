/** Lets several sides answer one example, in turns, and carries what they compute to the lab's desk. */
import { transfer } from 'comlink';

import { isAbort } from '../core/errors.ts';
import type { SidePair } from '../tasks/evaluation/divergences.ts';
import type { RunEnd } from '../tasks/evaluation/examiner.ts';
import type { WrittenText } from '../tasks/evaluation/speed.ts';
import type { Chunk, Plan } from '../tasks/loops/loop.ts';
import type { LabApi } from '../../workers/lab.worker.ts';
import type { LiveWorker } from './live-worker.ts';
import type { Side } from './side.ts';

export type Desk = LiveWorker<LabApi>;

/** Sides by the names that pairs have them under. */
export type NamedSides = readonly (readonly [name: string, side: Side])[];

/** How long a side computes before it is another's turn; ms. */
const turnLength = 50;

/**
 * Runs an example. The side that has done least goes on first, so that rows which are to be compared
 * meet soon; `sides` says who begins. A side that fails has its reason in the end. Errors: WorkerCrash
 * of the desk, the signal's reason.
 */
export async function runExample(
  desk: Desk,
  index: number,
  pairs: readonly SidePair[],
  sides: NamedSides,
  signal: AbortSignal,
): Promise<Readonly<Record<string, RunEnd>>> {
  signal.throwIfAborted();
  let plan: Plan;
  try {
    plan = await desk.call('reading an example', (api) => api.ask(index, pairs) as Promise<Plan>);
  } catch (error) {
    // An example that can't be read fails for all; a desk that died does not answer the next call either.
    return Object.fromEntries(sides.map(([name]) => [name, { problem: wordsOf(error) }]));
  }
  const runs = sides.map(([name, side]) => new ExampleRun(name, side, plan));
  try {
    for (const run of runs) await run.begin();
    for (let next = leastDone(runs); next; next = leastDone(runs)) {
      signal.throwIfAborted();
      const chunks = await next.advance();
      const { name } = next;
      if (chunks.length === 0) continue;
      const handed = transfer(chunks, rowsIn(chunks));
      await desk.call('reading answers', (api) => api.take(name, handed));
    }
  } finally {
    for (const run of runs) await run.end();
  }
  return Object.fromEntries(runs.map((run) => [run.name, run.ended]));
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const rowsIn = (chunks: readonly Chunk[]): Transferable[] =>
  chunks.flatMap((chunk) =>
    'rank' in chunk && chunk.logits instanceof Float32Array
      ? [chunk.logits.buffer as ArrayBuffer]
      : [],
  );

/** The run with the fewest chunks among those that are not done, the first of equals. */
function leastDone(runs: readonly ExampleRun[]): ExampleRun | undefined {
  return runs
    .filter(({ done }) => !done)
    .reduce<ExampleRun | undefined>(
      (least, run) => (least && least.count <= run.count ? least : run),
      undefined,
    );
}

/** One side on its way through an example. */
class ExampleRun {
  readonly name: string;
  done = false;
  count = 0;
  #milliseconds = 0;
  #problem: string | undefined;
  readonly #side: Side;
  readonly #plan: Plan;

  constructor(name: string, side: Side, plan: Plan) {
    this.name = name;
    this.#side = side;
    this.#plan = plan;
  }

  get ended(): RunEnd {
    return this.#problem === undefined
      ? { milliseconds: this.#milliseconds }
      : { problem: this.#problem };
  }

  async begin(): Promise<void> {
    await this.#trying(() => this.#side.begin(this.#plan));
  }

  /** Its next chunks; none where it is done or has failed. Errors: AbortError. */
  async advance(): Promise<readonly Chunk[]> {
    const advanced = await this.#trying(() => this.#side.advance(turnLength));
    if (!advanced) return [];
    this.done = advanced.done;
    this.count += advanced.chunks.length;
    this.#milliseconds += advanced.milliseconds;
    return advanced.chunks;
  }

  /** Frees what the side holds; of a run that went to its end there is nothing. */
  async end(): Promise<void> {
    if (this.done && this.#problem === undefined) return;
    await this.#side.end().catch(() => undefined);
  }

  async #trying<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isAbort(error)) throw error;
      this.done = true;
      this.#problem = wordsOf(error);
      return undefined;
    }
  }
}

/** Lets a side write a text, for its speed. Errors: those of the side, the signal's reason. */
export async function writeText(side: Side, plan: Plan, signal: AbortSignal): Promise<WrittenText> {
  await side.begin(plan);
  try {
    const first = await side.advance(0);
    let { done, milliseconds } = first;
    let tokens = first.chunks.length;
    while (!done) {
      signal.throwIfAborted();
      const more = await side.advance(turnLength);
      milliseconds += more.milliseconds;
      tokens += more.chunks.length;
      done = more.done;
    }
    return { firstMilliseconds: first.milliseconds, milliseconds, tokens };
  } finally {
    await side.end().catch(() => undefined);
  }
}
