/** Runs two models over the lab's set, example by example. */
import { isAbort } from '../core/errors.ts';
import type { EvaluationReport } from '../tasks/evaluation/report.ts';
import type { RunFacts } from '../tasks/evaluation/book.ts';
import type { WrittenText } from '../tasks/evaluation/speed.ts';
import type { Contender, EvaluateOptions } from './evaluation.ts';
import { runExample, writeText, type Desk, type NamedSides } from './lab-runs.ts';
import { LabSide } from './lab-sides.ts';

/** Figures so far are reckoned at most this often, and for no more than a tenth of the time; ms. */
const reportEvery = 1000;
const reportShare = 10;

/** Progress is told at most this often; ms. */
const progressEvery = 100;

/** A first run as long as this is warm-up enough; ms. */
const longRun = 500;

/** Rounds of the texts that are written for speed, after one that is not counted. */
const writingRounds = 2;
/** Slow models write fewer texts; ms. */
const longestWriting = 10_000;

const pair = ['reference', 'variant'] as const;

/** Never rejects for what a model does: the report tells. Errors: WorkerCrash of the desk. */
export async function evaluatePair(
  desk: Desk,
  reference: Contender,
  variant: Contender,
  options: EvaluateOptions,
): Promise<EvaluationReport> {
  const run = new PairEvaluation(desk, reference, variant, options);
  return run.through();
}

class PairEvaluation {
  readonly #desk: Desk;
  readonly #contenders: readonly [Contender, Contender];
  readonly #options: EvaluateOptions;
  readonly #sides: readonly [LabSide, LabSide];
  readonly #written: Record<(typeof pair)[number], WrittenText[]> = { reference: [], variant: [] };
  #stopped: string | undefined;
  #nextReport = 0;
  #told = -Infinity;

  constructor(desk: Desk, reference: Contender, variant: Contender, options: EvaluateOptions) {
    this.#desk = desk;
    this.#contenders = [reference, variant];
    this.#options = options;
    const { device } = options;
    this.#sides = [
      new LabSide('reference', reference, device),
      new LabSide('variant', variant, device),
    ];
  }

  async through(): Promise<EvaluationReport> {
    const { signal } = this.#options;
    const begun = await this.#facts();
    await this.#desk.call('beginning', (api) => api.begin(begun));
    const { total } = await this.#report();
    try {
      await this.#warmUp(total);
      await this.#examples(total);
      await this.#write(total);
    } catch (error) {
      this.#stopped = signal.aborted || isAbort(error) ? 'It was stopped.' : wordsOf(error);
    } finally {
      await this.#update();
      for (const side of this.#sides) side.close();
    }
    const report = await this.#report();
    this.#options.onReport?.(report);
    return report;
  }

  async #warmUp(total: number): Promise<void> {
    if (total === 0) return;
    for (const [at, side] of this.#sides.entries()) {
      this.#tell(0, total, `opening ${this.#contenders[at]?.name ?? ''}`);
      await side.ready(this.#options.signal);
    }
    await this.#sides[0].reopen(this.#options.signal);
    this.#tell(0, total, 'warming up');
    for (let round = 0; round < 2; round++) {
      const ends = await runExample(
        this.#desk,
        0,
        [pair],
        await this.#open(0),
        this.#options.signal,
      );
      await this.#desk.call('warming up', (api) => api.settle(ends));
      const long = Object.values(ends).some(
        (end) => 'problem' in end || end.milliseconds > longRun,
      );
      if (long) return;
    }
  }

  async #examples(total: number): Promise<void> {
    const { signal } = this.#options;
    const start = performance.now();
    this.#nextReport = start + reportEvery;
    for (let index = 0; index < total; index++) {
      const passed = performance.now() - start;
      const left = index < 3 ? undefined : (passed / index) * (total - index);
      this.#tell(index, total, `example ${index + 1} of ${total}`, left);
      const ends = await runExample(this.#desk, index, [pair], await this.#open(index), signal);
      await this.#desk.call('noting answers', (api) => api.note(this.#contenders[1].id, ends));
      await this.#reportNow();
    }
    this.#tell(total, total, 'summing up', 0);
  }

  /** Who comes first finds a processor that has rested: the sides take turns at that too. */
  async #open(index: number): Promise<NamedSides> {
    const { signal } = this.#options;
    const named: (readonly [string, Awaited<ReturnType<LabSide['ready']>>])[] = [];
    for (const side of this.#sides) named.push([side.name, await side.ready(signal)]);
    return index % 2 === 0 ? named : named.reverse();
  }

  /** Texts of language models, for the time to the first token and tokens per second. */
  async #write(total: number): Promise<void> {
    const { signal } = this.#options;
    const plans = await this.#desk.call('measuring speed', (api) => api.speedPlans());
    const start = performance.now();
    for (let round = 0; round <= writingRounds; round++) {
      for (const [at, plan] of plans.entries()) {
        this.#tell(total, total, `writing for speed, ${round} of ${writingRounds} rounds`);
        for (const [name, side] of await this.#open(round + at)) {
          const text = await writeText(side, plan, signal);
          if (round > 0) this.#written[name as (typeof pair)[number]].push(text);
        }
        // One text warms up.
        if (round === 0) break;
        if (performance.now() - start > longestWriting) return;
      }
    }
  }

  async #reportNow(): Promise<void> {
    const { onReport } = this.#options;
    const start = performance.now();
    if (!onReport || start < this.#nextReport) return;
    await this.#update();
    onReport(await this.#report());
    const now = performance.now();
    this.#nextReport = now + Math.max(reportEvery, reportShare * (now - start));
  }

  async #update(): Promise<void> {
    const facts = await this.#facts();
    await this.#desk.call('summing up', (api) => api.update(facts));
  }

  async #facts(): Promise<RunFacts> {
    const [reference, variant] = this.#contenders;
    const [first, second] = [await this.#sides[0].facts(), await this.#sides[1].facts()];
    const written = this.#written;
    return {
      reference: reference.id,
      variant: variant.id,
      ...(this.#stopped === undefined ? {} : { stopped: this.#stopped }),
      ...(first && second
        ? {
            sides: {
              reference: { ...first, written: written.reference },
              variant: { ...second, written: written.variant },
            },
          }
        : {}),
    };
  }

  async #report(): Promise<EvaluationReport> {
    const { id } = this.#contenders[1];
    const report = await this.#desk.call('summing up', (api) => api.report(id));
    if (report) return report;
    throw new Error('No examples are loaded. Choose a set first.');
  }

  #tell(done: number, total: number, doing: string, left?: number): void {
    const now = performance.now();
    // Small models answer hundreds of examples in a second: nobody reads as fast.
    if (left !== undefined && done < total && now - this.#told < progressEvery) return;
    this.#told = now;
    this.#options.onProgress?.({ done, total, left, doing });
  }
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
