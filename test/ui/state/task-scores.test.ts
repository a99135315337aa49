/** Examples on both sides for the report: fake sides that say 10 × x and 10 × x + error. */
import { expect, test } from 'vitest';

import type { Side } from '../../../src/bridge/side.ts';
import type { Chunk, ChunkOf, OnceRequest, Plan } from '../../../src/tasks/loops/loop.ts';
import { sumsOfOriginal, sumsOfTarget, type Figures } from '../../../src/tasks/tally.ts';
import { LatencyMeter } from '../../../src/ui/state/latency.svelte.ts';
import { Pair } from '../../../src/ui/state/pair.svelte.ts';
import { SideState } from '../../../src/ui/state/side.svelte.ts';
import {
  examine,
  examplesWords,
  type Examination,
  type JudgingTask,
} from '../../../src/ui/state/task-scores.ts';

const value = (x: number) => ({ dtype: 'float32', dims: [1], data: Float32Array.of(x) }) as const;
const planOf = (x: number): Plan => ({
  loop: 'once',
  request: { feeds: { x: value(x) }, more: [{ x: value(0) }] },
});
const fedBy = ({ request }: Plan): number => Number((request as OnceRequest).feeds['x']?.data[0]);
const valueIn = (chunk: Chunk | undefined): number =>
  Number((chunk as ChunkOf<'once'>)['y']?.data[0]);

const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

class FakeSide extends SideState {
  readonly doings: string[] = [];
  /** What to do before an advance, by what was fed. */
  readonly before: (x: number) => Promise<void>;
  readonly error: number;
  #fed = NaN;
  #advances = 0;

  constructor(error: number, before: (x: number) => Promise<void> = tick) {
    super(
      () => 'fake',
      () => undefined,
    );
    this.error = error;
    this.before = before;
  }

  override ready(): Promise<Side | undefined> {
    const side: Pick<Side, 'run' | 'begin' | 'advance' | 'end'> = {
      run: () => Promise.resolve({ outputs: { y: value(0) }, milliseconds: 1 }),
      begin: (plan) => {
        this.#fed = fedBy(plan);
        this.#advances = 0;
        this.doings.push(`begins ${this.#fed}`);
        return Promise.resolve();
      },
      advance: async () => {
        await this.before(this.#fed);
        const chunk: Chunk = { y: value(10 * this.#fed + this.error) };
        return { chunks: [chunk], done: ++this.#advances >= 2, milliseconds: 1 };
      },
      end: () => {
        this.doings.push(`ends ${this.#fed}`);
        return Promise.resolve();
      },
    };
    return Promise.resolve(side as Side);
  }
}

const figures: Figures<number> = {
  right: {
    label: 'right',
    unit: 'share',
    better: 'higher',
    ofTarget: (answer, target) => ({ sum: answer === target ? 1 : 0, count: 1 }),
  },
  apart: {
    label: 'apart from the original',
    unit: '',
    better: 'lower',
    ofOriginal: (answer, original) => ({ sum: Math.abs(answer - original), count: 1 }),
  },
};

const task: JudgingTask = {
  examples: [1, 2, 3].map((x) => ({ name: String(x), input: x, ...(x < 3 ? { target: 10 } : {}) })),
  plan: (input) => Promise.resolve(planOf(input as number)),
  answer: (chunks) => Promise.resolve(valueIn(chunks.at(-1))),
  judge: (answer, target) => Promise.resolve(sumsOfTarget(figures, answer as number, target)),
  compare: (answer, original) =>
    Promise.resolve(sumsOfOriginal(figures, answer as number, original as number)),
};

function examination(original = new FakeSide(0), compressed = new FakeSide(0.5)) {
  const pair = new Pair(
    () => ({ original, compressed }),
    new LatencyMeter(),
    () => true,
  );
  const given: Examination = {
    task,
    figures: figures,
    devices: { original: 'wasm', compressed: 'wasm' },
    runPlan: (plan, onNews, signal) => pair.runAside(plan, onNews, signal),
    isCurrent: () => true,
  };
  return { pair, given, original, compressed };
}

const never = new AbortController().signal;
const patiently = { signal: never, patience: 5000 };

test('figures of both sides and between them, with what they rest on', async () => {
  const told: string[] = [];
  const onProgress = (done: number, total: number) => told.push(`${done}/${total}`);
  const { scores, done, total } = await examine(examination().given, { ...patiently, onProgress });
  expect([done, total, told]).toEqual([3, 3, ['0/3', '1/3', '2/3']]);
  const known = { on: 'the task’s 3 examples in this browser', device: 'wasm' };
  expect(scores).toMatchObject([
    // 10 is right for the first of the two that have a right answer, and 10.5 for none.
    { label: 'right', original: 0.5, compressed: 0, n: 2, ...known },
    { label: 'apart from the original', compressed: 0.5, n: 3, ...known },
  ]);
  expect(scores[1]).not.toHaveProperty('original');
});

test('what the visitor runs comes first, and is not disturbed', async () => {
  const { pair, given, original } = examination();
  const view = pair.runPlan(planOf(7), () => undefined);
  const examining = examine(given, patiently);
  await view;
  expect(original.doings).toEqual(['begins 7', 'ends 7']);
  expect((await examining).done).toBe(3);
});

test('the newest input stays the visitor’s', async () => {
  const { pair, given } = examination();
  const feeds = { x: value(7) };
  await pair.run(feeds);
  await examine(given, patiently);
  expect(pair.feeds).toBe(feeds);
});

test('an example that the visitor’s run overtakes is run again', async () => {
  let view: Promise<void> | undefined;
  const { pair, given, original } = examination(
    new FakeSide(0, async (x) => {
      if (x === 2) view ??= pair.runPlan(planOf(7), () => undefined);
      await tick();
    }),
  );
  const { done, scores } = await examine(given, patiently);
  await view;
  expect(original.doings.filter((doing) => doing.startsWith('begins'))).toEqual(
    [1, 2, 7, 2, 3].map((x) => `begins ${x}`),
  );
  expect(done).toBe(3);
  expect(scores[1]).toMatchObject({ compressed: 0.5, n: 3 });
});

test('ends with what there is when time is up, though a side hangs', async () => {
  const hanging = new FakeSide(0.5, (x) => (x === 3 ? new Promise(() => undefined) : tick()));
  const { given } = examination(new FakeSide(0), hanging);
  const { scores, done } = await examine(given, { signal: never, patience: 150 });
  expect(done).toBe(2);
  expect(scores[1]).toMatchObject({
    n: 2,
    on: '2 of the task’s 3 examples in this browser',
  });
});

test('stops when it is told to, and leaves nothing running', async () => {
  const stop = new AbortController();
  const { given, original, compressed } = examination(
    new FakeSide(0, (x) => {
      if (x === 2) stop.abort();
      return tick();
    }),
  );
  const examining = examine(given, { signal: stop.signal, patience: 5000 });
  await expect(examining).rejects.toMatchObject({ name: 'AbortError' });
  for (let waits = 0; waits < 20; waits++) await tick();
  for (const { doings } of [original, compressed]) {
    expect(doings).toEqual(['begins 1', 'ends 1', 'begins 2', 'ends 2']);
  }
});

test('a side that fails, or was opened again, gives no figures', async () => {
  const failing = new FakeSide(0.5, () => Promise.reject(new Error('Out of memory.')));
  const { given } = examination(new FakeSide(0), failing);
  await expect(examine(given, patiently)).rejects.toThrow('Out of memory.');
  const other: Examination = { ...examination().given, isCurrent: () => false };
  await expect(examine(other, patiently)).rejects.toThrow('opened again');
});

test('sides on different devices are told apart', async () => {
  const { given } = examination();
  const mixed: Examination = { ...given, devices: { original: 'wasm', compressed: 'webgpu' } };
  const { scores } = await examine(mixed, patiently);
  expect(scores[0]?.on).toMatch(/in this browser, original on wasm, compressed on webgpu$/);
  expect(scores[0]).not.toHaveProperty('device');
});

test('in words', () => {
  expect(examplesWords(8, 8)).toBe('the task’s 8 examples');
  expect(examplesWords(3, 8)).toBe('3 of the task’s 8 examples');
  expect(examplesWords(1, 1)).toBe('the task’s one example');
});
