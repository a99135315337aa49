/** Asks models the examples of a set and takes note of their answers. Models run elsewhere: plans go out, chunks come in. */
import { ModelError } from '../../core/errors.ts';
import type { Choice } from '../../core/evaluate/choice.ts';
import { countNonFinite } from '../../core/evaluate/values.ts';
import type { Value } from '../../core/runtime.ts';
import type { AnyTask } from '../index.ts';
import type { Chunk, Plan, ScoredToken } from '../loops/loop.ts';
import type { ExampleRecord, PairRecord, WorstDecision } from '../record.ts';
import { sumsOfOriginal, sumsOfTarget } from '../tally.ts';
import type { Example, PreparedTask } from '../task.ts';
import { Divergences, type SidePair } from './divergences.ts';

/** Longer answers are cut in records; characters. */
const mostWords = 300;

/** How a side's run of an example ended. */
export type RunEnd = { readonly milliseconds: number } | { readonly problem: string };

/** An example that is being asked. */
interface Asked {
  readonly index: number;
  readonly pairs: readonly SidePair[];
  readonly chunks: Map<string, Chunk[]>;
  readonly divergences: Divergences;
}

/** What a side said to an example that is asked again and again; `end` is there when it has said all. */
interface Kept {
  readonly index: number;
  readonly side: string;
  readonly chunks: Chunk[];
  bytes: number;
  end?: RunEnd;
}

/** Whole distributions of a text's tokens are large: more than this is not kept. */
const mostKept = 2 ** 26;

/** A side's answer, or why there is none. */
interface Answered {
  readonly answer: unknown;
  readonly milliseconds: number;
  readonly choices: readonly Choice[];
  readonly nonFinite: boolean;
}

export class Examiner {
  readonly task: AnyTask;
  readonly prepared: PreparedTask<unknown, unknown, unknown>;
  examples: readonly Example<unknown>[] = [];
  #asked: Asked | undefined;
  #kept: Kept | undefined;

  constructor(task: AnyTask, prepared: PreparedTask<unknown, unknown, unknown>) {
    this.task = task;
    this.prepared = prepared;
  }

  /** Errors: ModelError where the set has no such example. */
  example(index: number): Example<unknown> {
    const found = this.examples[index];
    if (found) return found;
    throw new ModelError(
      `The set has ${this.examples.length} examples, and none of number ${index + 1}.`,
    );
  }

  /** Begins an example: how to run it. `pairs` will be compared, by the names of their sides. Errors: ModelError. */
  async ask(index: number, pairs: readonly SidePair[]): Promise<Plan> {
    const { input } = this.example(index);
    this.#asked = { index, pairs, chunks: new Map(), divergences: new Divergences(pairs) };
    if (this.#kept && this.keeps(index, this.#kept.side)) {
      this.#hear(this.#kept.side, this.#kept.chunks);
    }
    const plan = await this.prepared.plan(input);
    if (plan.loop !== 'score' || !this.task.choices) return plan;
    return { ...plan, request: { ...plan.request, logits: true } };
  }

  /** From now on what this side says to the example is kept, for comparing it with many others. */
  keep(index: number, side: string): void {
    if (this.#kept?.index === index && this.#kept.side === side) return;
    this.#kept = { index, side, chunks: [], bytes: 0 };
  }

  /** Whether a side need not run again: it has said all there is, and that was not too much to keep. */
  keeps(index: number, side: string): boolean {
    const kept = this.#kept;
    return kept?.index === index && kept.side === side && kept.end !== undefined;
  }

  /** Forgets what was kept. */
  letGo(): void {
    this.#kept = undefined;
  }

  /** Takes what a side has computed. */
  take(side: string, chunks: readonly Chunk[]): void {
    const kept = this.#kept;
    if (kept?.side === side && kept.index === this.#asking().index && !kept.end) {
      kept.chunks.push(...chunks);
      kept.bytes += chunks.reduce((sum, chunk) => sum + bytesIn(chunk), 0);
      if (kept.bytes > mostKept) this.letGo();
    }
    this.#hear(side, chunks);
  }

  #hear(side: string, chunks: readonly Chunk[]): void {
    const asked = this.#asking();
    const own = asked.chunks.get(side) ?? [];
    asked.chunks.set(side, own);
    for (const chunk of chunks) {
      const { logits, ...rest } = chunk as ScoredToken;
      // A model may have an output of that name: only rows of a text are let go.
      if (!('rank' in chunk) || !(logits instanceof Float32Array)) own.push(chunk);
      else {
        asked.divergences.add(side, logits);
        own.push(rest);
      }
    }
  }

  /** What the pairs come to, in their order. Never fails for what a model said: that is in the record. */
  async settle(ends: Readonly<Record<string, RunEnd>>): Promise<readonly PairRecord[]> {
    const asked = this.#asking();
    this.#asked = undefined;
    const answers = new Map<string, Answered | { readonly problem: string }>();
    for (const [side, end] of this.#endsOf(asked, ends)) {
      answers.set(side, 'problem' in end ? end : await this.#answerOf(asked, side, end));
    }
    const none = { problem: 'It was not run.' };
    return asked.pairs.map((pair) => {
      const [reference, variant] = pair.map((side) => answers.get(side) ?? none);
      return this.#recordOf(asked, pair, reference ?? none, variant ?? none);
    });
  }

  /** With that of the side that was kept; and keeps the end of one that is to be. */
  #endsOf(
    { index }: Asked,
    ends: Readonly<Record<string, RunEnd>>,
  ): readonly (readonly [side: string, end: RunEnd])[] {
    const kept = this.#kept;
    const entries = Object.entries(ends);
    if (kept?.index !== index) return entries;
    const own = entries.find(([side]) => side === kept.side)?.[1];
    if (!own) return kept.end ? [...entries, [kept.side, kept.end]] : entries;
    if ('problem' in own) this.letGo();
    else kept.end = own;
    return entries;
  }

  #asking(): Asked {
    if (this.#asked) return this.#asked;
    throw new ModelError('No example is being asked. Begin one first.');
  }

  async #answerOf(
    { index, chunks }: Asked,
    side: string,
    { milliseconds }: { readonly milliseconds: number },
  ): Promise<Answered | { readonly problem: string }> {
    const { input, target } = this.example(index);
    const own = chunks.get(side) ?? [];
    try {
      const answer = await this.prepared.answer(own, input);
      const choices = this.task.choices?.(answer, target) ?? [];
      const nonFinite =
        choices.some(({ confidence }) => Number.isNaN(confidence)) || own.some(holdsNonFinite);
      return { answer, milliseconds, choices, nonFinite };
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  }

  #recordOf(
    { index, divergences }: Asked,
    pair: SidePair,
    reference: Answered | { readonly problem: string },
    variant: Answered | { readonly problem: string },
  ): PairRecord {
    const example = this.example(index);
    const before = 'problem' in reference ? undefined : reference;
    const first = before ? this.#record(before, example) : (reference as { problem: string });
    if ('problem' in variant) return { index, reference: first, variant };
    const between = before ? sumsOfOriginal(this.task.figures, variant.answer, before.answer) : {};
    const rows = divergences.of(pair);
    // A single decision's distributions are in the answers, and the task's figure has compared them.
    const own = rows.length > 0 ? rows : variant.choices.length === 1 ? [between['kl']?.sum] : [];
    const second = {
      ...this.#record(variant, example),
      between,
      divergences: own.filter((one) => one !== undefined),
    };
    const worst = before && this.#worst(before, variant, rows);
    return { index, reference: first, variant: second, ...(worst ? { worst } : {}) };
  }

  #wordsOf(answer: unknown, input: unknown): string {
    const words = this.task.brief?.(answer, input) ?? this.prepared.words(answer);
    return words.length <= mostWords ? words : `${words.slice(0, mostWords)} …`;
  }

  #record(
    { answer, milliseconds, choices, nonFinite }: Answered,
    { input, target }: Example<unknown>,
  ): ExampleRecord {
    return {
      judged: target === undefined ? {} : sumsOfTarget(this.task.figures, answer, target),
      between: {},
      choices,
      divergences: [],
      words: this.#wordsOf(answer, input),
      nonFinite,
      milliseconds,
    };
  }

  /** The decision with the largest divergence among those that changed; among all where none did. */
  #worst(
    reference: Answered,
    variant: Answered,
    divergences: readonly number[],
  ): WorstDecision | undefined {
    const { task } = this;
    const length = Math.min(reference.choices.length, variant.choices.length, divergences.length);
    if (!task.placeOf || length < 2) return undefined;
    const all = Array.from({ length }, (_, at) => at);
    const changed = all.filter(
      (at) => reference.choices[at]?.chosen !== variant.choices[at]?.chosen,
    );
    const among = changed.length > 0 ? changed : all;
    const at = among.reduce((best, one) =>
      (divergences[one] ?? 0) > (divergences[best] ?? 0) ? one : best,
    );
    const { before, target, chosen } = task.placeOf(reference.answer, at);
    const other = task.placeOf(variant.answer, at);
    return { at, before, target, reference: chosen, variant: other.chosen };
  }
}

/** About what a chunk takes in memory. */
function bytesIn(chunk: Chunk): number {
  const { logits } = chunk as ScoredToken;
  return logits instanceof Float32Array ? logits.byteLength : 64;
}

/** Of a single run's outputs. */
function holdsNonFinite(chunk: Chunk): boolean {
  const values = Object.values(chunk).filter(isValue);
  return values.some((value) => countNonFinite(value) > 0);
}

const isValue = (one: unknown): one is Value =>
  typeof one === 'object' && one !== null && 'dtype' in one && 'dims' in one && 'data' in one;
