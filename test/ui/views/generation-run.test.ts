import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { abortError } from '../../../src/bridge/errors.ts';
import type { Chunk, GeneratedToken, Plan } from '../../../src/tasks/loops/loop.ts';
import type { GenerationAnswer, GenerationInput } from '../../../src/tasks/text-generation.ts';
import {
  GenerationRun,
  type GenerationProps,
} from '../../../src/ui/views/generation-run.svelte.ts';

const sides = ['original', 'compressed'] as const;

/** Both sides count upwards, a token each 10 ms; the compressed one strays at its fourth. */
function counting() {
  const planned: GenerationInput[] = [];
  const decoded: (readonly Chunk[])[] = [];
  const token = (id: number): GeneratedToken => ({
    id,
    probability: 0.5,
    candidates: [{ id, probability: 0.5 }],
  });
  const runPlan: GenerationProps['runPlan'] = async (plan, onNews, signal) => {
    const count = lengthOf(plan);
    for (let at = 1; at <= count; at++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (signal?.aborted) throw abortError('Stopped.');
      for (const side of sides) {
        const ids = Array.from({ length: at }, (_, i) =>
          side === 'compressed' && i === 3 ? 100 : i,
        );
        const times = { milliseconds: 10 * at, firstMilliseconds: 10 };
        onNews({ side, chunks: ids.map(token), ...times, done: at === count });
      }
    }
  };
  const task: GenerationProps['task'] = {
    info: { context: 512, hasChatTemplate: false, hasCache: true },
    examples: [{ name: 'start', input: { kind: 'write', prompt: 'One', limit: 100 } }],
    plan(input) {
      planned.push(input);
      return Promise.resolve(planOf(input));
    },
    answer(chunks) {
      decoded.push(chunks);
      return Promise.resolve(answerOf(chunks as readonly GeneratedToken[]));
    },
    inputFrom: () => Promise.reject(new Error('Nothing is given here.')),
  };
  const names = { original: 'Original', compressed: 'Compressed' };
  const rest = { inputs: [], outputs: [], names, generation: 0 };
  const runPair = () => Promise.reject(new Error('Pairs are not run here.'));
  const run = new GenerationRun(() => ({ ...rest, task, runPlan, runPair }));
  return { run, planned, decoded };
}

const planOf = (input: GenerationInput): Plan =>
  input.kind === 'score'
    ? {
        loop: 'score',
        request: { ids: input.continuation, from: 1, context: 512, candidates: 5 },
      }
    : {
        loop: 'generate',
        request: { prompt: [0], limit: input.limit, context: 512, ends: [], candidates: 5 },
      };

const lengthOf = (plan: Plan): number =>
  plan.loop === 'generate'
    ? plan.request.limit
    : plan.loop === 'score'
      ? plan.request.ids.length
      : 0;

const answerOf = (chunks: readonly GeneratedToken[]): GenerationAnswer => ({
  text: chunks.map(({ id }) => ` ${id}`).join(''),
  tokens: chunks.map(({ id, probability, candidates }) => ({
    id,
    probability,
    text: ` ${id}`,
    candidates: candidates.map((it) => ({ ...it, text: ` ${it.id}` })),
  })),
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('writing', () => {
  test('begins by itself with the first example and a modest limit', async () => {
    const { run, planned } = counting();
    void run.start();
    await pass(2000);
    expect(planned).toEqual([{ kind: 'write', prompt: 'One', limit: 60 }]);
    expect(run.running).toBe(false);
    expect(run.original?.tokens).toHaveLength(60);
    expect(run.divergence).toBe(3);
    // Where they part is looked at until someone looks elsewhere.
    expect(run.looked).toBe(3);
    run.chosen = 5;
    expect(run.looked).toBe(5);
  });

  test('decodes candidates only at the end', async () => {
    const { run, decoded } = counting();
    run.change({ limit: 40 });
    void run.write();
    await pass(2000);
    const told = decoded.map((chunks) =>
      (chunks as readonly GeneratedToken[]).reduce((sum, it) => sum + it.candidates.length, 0),
    );
    // Once for each side; before only those of the token that is looked at.
    expect(told.filter((count) => count === 40)).toHaveLength(2);
    expect(told.every((count) => count <= 1 || count === 40)).toBe(true);
    expect(decoded.length).toBeLessThan(2 * (400 / 50) + 4);
    expect(run.original?.tokens[7]?.candidates).toHaveLength(1);
  });

  test('samples only where asked, and not beyond the context', async () => {
    const { run, planned } = counting();
    run.change({ limit: 4000, sampled: true, seed: 7 });
    void run.write();
    await pass(10);
    expect(planned[0]).toMatchObject({
      limit: 512,
      sampling: { seed: 7, temperature: 0.8, topK: 40, topP: 0.95 },
    });
    run.stop();
    await pass(1000);
  });

  test('that is stopped keeps its text, with its candidates', async () => {
    const { run } = counting();
    void run.write();
    await pass(105);
    run.stop();
    await pass(500);
    expect(run.running).toBe(false);
    expect(run.stopped).toBe(true);
    expect(run.original?.tokens).toHaveLength(10);
    expect(run.original?.tokens[9]?.candidates).toHaveLength(1);
  });

  test('begins anew when a side was opened, unless the visitor began it and it goes on', async () => {
    const { run, planned } = counting();
    void run.start();
    await pass(100);
    void run.start();
    await pass(5000);
    expect(planned).toHaveLength(2);
    void run.write();
    await pass(100);
    void run.start();
    expect(planned).toHaveLength(3);
    expect(run.outdated).toBe(true);
    await pass(5000);
    void run.start();
    await pass(5000);
    expect(planned).toHaveLength(4);
    expect(run.outdated).toBe(false);
  });
});

test('what the page hands over is written anew when a side was opened meanwhile', async () => {
  const { run, planned } = counting();
  void run.take({ kind: 'write', prompt: 'Two', limit: 20 });
  await vi.advanceTimersByTimeAsync(50);
  expect(run.running).toBe(true);
  void run.start();
  await vi.advanceTimersByTimeAsync(1000);
  expect([run.outdated, run.running]).toEqual([false, false]);
  expect(planned.map((input) => 'prompt' in input && input.prompt)).toEqual(['Two', 'Two']);
});

describe('scoring', () => {
  test('gives both sides what the original has written', async () => {
    const { run, planned } = counting();
    run.change({ limit: 6 });
    void run.write();
    await pass(1000);
    void run.score();
    await pass(1000);
    expect(planned[1]).toEqual({ kind: 'score', prompt: 'One', continuation: [0, 1, 2, 3, 4, 5] });
    expect(run.compressed?.tokens).toHaveLength(6);
    expect(run.divergence).toBeUndefined();
    // The text that was written is still there.
    run.mode = 'write';
    expect(run.divergence).toBe(3);
  });

  test('waits for something to be written', async () => {
    const { run, planned } = counting();
    await run.score();
    expect(planned).toEqual([]);
    expect(run.original).toBeUndefined();
  });

  test('is done anew when a side was opened', async () => {
    const { run, planned } = counting();
    run.change({ limit: 6 });
    void run.write();
    await pass(1000);
    void run.score();
    await pass(1000);
    void run.start();
    await pass(1000);
    expect(planned.map(({ kind }) => kind)).toEqual(['write', 'score', 'score']);
  });
});
