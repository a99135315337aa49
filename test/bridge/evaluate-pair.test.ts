/** Two models on a set, with sides and a desk that live in this process: turns, crashes, stopping. */
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { WorkerCrash } from '../../src/bridge/errors.ts';
import { evaluatePair } from '../../src/bridge/evaluate-pair.ts';
import type { Contender, Progress } from '../../src/bridge/evaluation.ts';
import type { Desk } from '../../src/bridge/lab-runs.ts';
import { openSide, type Side } from '../../src/bridge/side.ts';
import type { ModelFiles } from '../../src/core/runtime.ts';
import { EvaluationBook, type RunFacts } from '../../src/tasks/evaluation/book.ts';
import { Examiner, type RunEnd } from '../../src/tasks/evaluation/examiner.ts';
import type { SidePair } from '../../src/tasks/evaluation/divergences.ts';
import { tasks } from '../../src/tasks/index.ts';
import type { Chunk } from '../../src/tasks/loops/loop.ts';

vi.mock('../../src/bridge/side.ts', () => ({ openSide: vi.fn() }));

/** What every side does, by the name of its model, and what was done in which order. */
const behaviors = new Map<string, (example: number) => number>();
let runs: string[] = [];
let opened: string[] = [];
let closed: string[] = [];

const contender = (name: string): Contender => ({
  id: name,
  name,
  files: { onnx: new Blob([name]), external: new Map() },
});

/** A model of ten classes that chooses what its behavior says. */
async function fakeSide(files: ModelFiles): Promise<Side> {
  const name = await files.onnx.text();
  if (name === 'broken') throw new Error('This file is damaged.');
  opened.push(name);
  let die: (why: string) => void = () => undefined;
  let example = 0;
  return {
    device: 'wasm',
    threads: 1,
    loadMilliseconds: 7,
    heapBytes: 1,
    residentBytes: 2,
    lost: new Promise((resolve) => (die = resolve)),
    begin: (plan: { request: { feeds: { x: { data: readonly number[] } } } }) => {
      example = plan.request.feeds.x.data[0]!;
      return Promise.resolve();
    },
    advance() {
      runs.push(`${name} ${example}`);
      const chosen = behaviors.get(name)!(example);
      if (chosen < 0) {
        die('it ran out of memory');
        return Promise.reject(new WorkerCrash('running the model', 'it ran out of memory'));
      }
      const data = Float32Array.from({ length: 10 }, (_, at) => (at === chosen ? 5 : 0));
      const chunk = { y: { dtype: 'float32', dims: [1, 10], data } };
      return Promise.resolve({ chunks: [chunk], done: true, milliseconds: 3 });
    },
    end: () => Promise.resolve(),
    memory: () => Promise.resolve(5),
    close: () => void closed.push(name),
  } as unknown as Side;
}

/** The desk of digits whose pixels say which example they are: the right answer is that. */
function deskOf(count: number): Desk {
  const prepared = {
    plan: (input: number) =>
      Promise.resolve({
        loop: 'once',
        request: { feeds: { x: { dtype: 'float32', dims: [1], data: [input] } } },
      }),
    answer: (chunks: readonly { y: { data: Float32Array } }[]) => {
      const powers = Array.from(chunks[0]!.y.data, Math.exp);
      const sum = powers.reduce((a, b) => a + b);
      return Promise.resolve({ probabilities: powers.map((power) => power / sum) });
    },
    words: () => 'words',
  };
  const examiner = new Examiner(tasks.digits, prepared as never);
  examiner.examples = Array.from({ length: count }, (_, at) => ({
    name: `${at}`,
    input: at,
    target: at % 10,
  }));
  const set = { id: 'own', label: 'test', source: '', n: count, labelled: count } as const;
  const book = new EvaluationBook(examiner.task, set, [], []);
  const api = {
    ask: (index: number, pairs: readonly SidePair[]) => examiner.ask(index, pairs),
    take: (side: string, chunks: readonly Chunk[]) => examiner.take(side, chunks),
    settle: (ends: Readonly<Record<string, RunEnd>>) => examiner.settle(ends),
    speedPlans: () => [],
    begin: (facts: RunFacts) => book.begin(facts),
    update: (facts: RunFacts) => book.update(facts),
    report: (variant: string) => book.report(variant),
    async note(variant: string, ends: Readonly<Record<string, RunEnd>>) {
      const [record] = await examiner.settle(ends);
      book.add(variant, record!);
    },
  };
  const call = (_: string, job: (remote: never) => unknown) =>
    Promise.resolve().then(() => job(api as never));
  return { call, end: () => undefined, lost: new Promise(() => undefined) } as unknown as Desk;
}

const right = (example: number): number => example % 10;

beforeEach(() => {
  [runs, opened, closed] = [[], [], []];
  vi.mocked(openSide).mockImplementation(fakeSide);
  behaviors.set('whole', right);
  behaviors.set('small', (example) => (example % 5 === 4 ? 0 : right(example)));
});

const evaluate = (variant: string, count: number, options: object = {}) =>
  evaluatePair(deskOf(count), contender('whole'), contender(variant), {
    device: 'wasm',
    signal: new AbortController().signal,
    ...options,
  });

describe('an evaluation', () => {
  test('lets both answer every example, who begins taking turns, after a warm-up', async () => {
    const report = await evaluate('small', 10);
    expect(report).toMatchObject({ done: 10, total: 10, failed: { reference: 0, variant: 0 } });
    expect(report.choices?.flips.rightToWrong.count).toBe(2);
    const warm = ['whole 0', 'small 0', 'whole 0', 'small 0'];
    const first = ['whole 0', 'small 0', 'small 1', 'whole 1', 'whole 2', 'small 2'];
    expect(runs.slice(0, 10)).toEqual([...warm, ...first]);
    expect(report.speed?.reference).toMatchObject({ load: 7, heapBytes: 5, run: { n: 10 } });
    // The first is opened again, with the code warm: both load alike then.
    expect(opened).toEqual(['whole', 'small', 'whole']);
    expect(closed.sort()).toEqual(['small', 'whole', 'whole']);
  });

  test('says how far it is and about how long it takes', async () => {
    const told: Progress[] = [];
    await evaluate('small', 5, { onProgress: (one: Progress) => told.push(one) });
    expect(told.map(({ doing }) => doing).slice(0, 4)).toEqual([
      'opening whole',
      'opening small',
      'warming up',
      'example 1 of 5',
    ]);
    expect(told[told.length - 1]).toMatchObject({ done: 5, total: 5, left: 0 });
  });

  test('a side that dies once is opened again; the example is counted as failed', async () => {
    let died = false;
    behaviors.set('small', (example) => {
      if (example !== 3 || died) return right(example);
      died = true;
      return -1;
    });
    const report = await evaluate('small', 6);
    expect(report).toMatchObject({ done: 6, failed: { reference: 0, variant: 1 } });
    expect(report.failed.why).toContain('it ran out of memory');
    expect(report.stopped).toBeUndefined();
    expect(opened).toEqual(['whole', 'small', 'whole', 'small']);
  });

  test('one that always dies is given up, and what there is stays', async () => {
    behaviors.set('small', (example) => (example > 1 ? -1 : right(example)));
    const report = await evaluate('small', 50);
    expect(report.stopped).toMatch(/small stopped 4 times.*ran out of memory/);
    expect(report).toMatchObject({ done: 6, failed: { variant: 4 } });
    expect(report.choices?.decisions).toBe(2);
  });

  test('a model that can’t be opened is no exception', async () => {
    const report = await evaluate('broken', 5);
    expect(report).toMatchObject({ done: 0, total: 5, stopped: 'This file is damaged.' });
    expect(closed).toEqual(['whole']);
  });

  test('stopping keeps what was measured', async () => {
    const control = new AbortController();
    behaviors.set('small', (example) => {
      if (example === 4) control.abort();
      return right(example);
    });
    const report = await evaluate('small', 50, { signal: control.signal });
    expect(report.stopped).toBe('It was stopped.');
    expect(report.done).toBeGreaterThanOrEqual(4);
    expect(report.done).toBeLessThan(6);
    expect(closed.sort()).toEqual(['small', 'whole', 'whole']);
  });
});
