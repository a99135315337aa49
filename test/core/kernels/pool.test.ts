import { describe, expect, test } from 'vitest';

import { inlineCrew, shareable } from '../../../src/core/kernels/crew.ts';
import {
  answerTo,
  type JobOrder,
  type WorkerEvents,
} from '../../../src/core/kernels/crew-messages.ts';
import type { JobInput } from '../../../src/core/kernels/jobs.ts';
import { createPool, type PoolOptions } from '../../../src/core/kernels/pool.ts';
import { NonFiniteError } from '../../../src/core/math/blocks.ts';
import { isAbort } from '../../../src/core/errors.ts';

/** A worker that greets when told and does a job when told. */
class Double {
  readonly events: WorkerEvents;
  readonly orders: JobOrder[] = [];
  readonly busy: boolean[] = [];
  ended = false;

  constructor(events: WorkerEvents) {
    this.events = events;
  }

  post(order: JobOrder): void {
    this.orders.push(order);
  }

  end(): void {
    this.ended = true;
  }

  greet(): void {
    this.events.said({ kind: 'ready' });
  }

  /** Does the job in hand as a worker would: through plain data. */
  async work(): Promise<void> {
    const order = structuredClone(this.orders[this.orders.length - 1]!);
    this.events.said((await answerTo(order)).word);
  }
}

function poolOf(options: Partial<PoolOptions> = {}) {
  const workers: Double[] = [];
  const pool = createPool({
    size: 2,
    now: () => 0,
    pause: () => Promise.resolve(),
    // Workers from the first job on.
    patience: 0,
    start: (events) => {
      const worker = new Double(events);
      workers.push(worker);
      return {
        post: (o) => worker.post(o),
        end: () => worker.end(),
        busy: (is) => void worker.busy.push(is),
      };
    },
    ...options,
  });
  return { pool, workers };
}

const job = (start: number, count = 4): JobInput<'quantize-blocks'> => ({
  weights: Float32Array.from({ length: count }, (_, i) => start + i),
  layout: { outer: 1, axis: count, inner: 1 },
  options: { bits: 4, blockSize: 32, symmetric: true },
});
const go = new AbortController().signal;
const expected = (start: number) => inlineCrew.run('quantize-blocks', job(start), go);

/** Lets everything that waits for nothing happen. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('a pool', () => {
  test('gives jobs to workers that are there, each one at a time, in order', async () => {
    const { pool, workers } = poolOf();
    // While no worker is there the first job runs here.
    const first = pool.run('quantize-blocks', job(0), go);
    expect(workers.length).toBe(1);
    expect(await first).toEqual(await expected(0));
    workers[0]!.greet();
    const results = [1, 2, 3].map((start) => pool.run('quantize-blocks', job(start), go));
    expect(workers.length).toBe(2);
    workers[1]!.greet();
    expect(workers.map(({ orders }) => orders.length)).toEqual([1, 1]);
    await workers[1]!.work();
    expect(workers.map(({ orders }) => orders.length)).toEqual([1, 2]);
    await workers[0]!.work();
    await workers[1]!.work();
    expect(await Promise.all(results)).toEqual(await Promise.all([1, 2, 3].map(expected)));
    expect(workers[1]!.busy.at(-1)).toBe(false);
  });

  test('starts none for a moment’s work', async () => {
    let time = 0;
    const { pool, workers } = poolOf({ patience: 100, now: () => (time += 30) });
    for (let start = 0; start < 4; start++) {
      expect(await pool.run('quantize-blocks', job(start), go)).toEqual(await expected(start));
    }
    expect(workers.length).toBe(0);
    await pool.run('quantize-blocks', job(4), go);
    expect(workers.length).toBe(1);
  });

  test('does without workers where there are none', async () => {
    const start = () => {
      throw new Error('No workers here.');
    };
    const { pool } = poolOf({ start });
    const results = [1, 2, 3].map((from) => pool.run('quantize-blocks', job(from), go));
    expect(await Promise.all(results)).toEqual(await Promise.all([1, 2, 3].map(expected)));
  });

  test('does without workers that die before they say a word', async () => {
    const { pool, workers } = poolOf();
    const first = pool.run('quantize-blocks', job(0), go);
    workers[0]!.events.died('its script could not be loaded');
    await first;
    expect(await pool.run('quantize-blocks', job(1), go)).toEqual(await expected(1));
    expect(workers.length).toBe(1);
  });

  test('says that a worker died with its job, and goes on with another', async () => {
    const { pool, workers } = poolOf({ size: 2 });
    await pool.run('quantize-blocks', job(0), go);
    workers[0]!.greet();
    const lost = pool.run('quantize-blocks', job(1), go);
    workers[0]!.events.died('it ended with code 1');
    await expect(lost).rejects.toThrow(/ended by itself: it ended with code 1/);
    await expect(lost).rejects.toMatchObject({ name: 'RuntimeError' });
    expect(await pool.run('quantize-blocks', job(2), go)).toEqual(await expected(2));
  });

  test('an aborted job ends its worker, or leaves the queue', async () => {
    const { pool, workers } = poolOf();
    await pool.run('quantize-blocks', job(0), go);
    workers[0]!.greet();
    const stopper = new AbortController();
    const signals = [stopper.signal, go, stopper.signal];
    const [running, other, waiting] = signals.map((signal, start) =>
      pool.run('quantize-blocks', job(start), signal),
    );
    workers[1]!.greet();
    await settle();
    stopper.abort();
    expect(isAbort(await running!.catch((error: unknown) => error))).toBe(true);
    expect(isAbort(await waiting!.catch((error: unknown) => error))).toBe(true);
    expect(workers.map(({ ended }) => ended)).toEqual([true, false]);
    await workers[1]!.work();
    expect(await other).toEqual(await expected(1));
    await expect(pool.run('quantize-blocks', job(0), AbortSignal.abort())).rejects.toThrow();
  });

  test('errors of jobs come with their class', async () => {
    const { pool, workers } = poolOf();
    await pool.run('quantize-blocks', job(0), go);
    workers[0]!.greet();
    const failing = pool.run(
      'quantize-blocks',
      { ...job(0), weights: Float32Array.of(1, 2, NaN, 4) },
      go,
    );
    await workers[0]!.work();
    const error: unknown = await failing.catch((one: unknown) => one);
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error).toMatchObject({ index: 2 });
    expect(String(error)).toContain('Value 2 is NaN');
    const wrong = pool.run(
      'quantize-blocks',
      { ...job(0), layout: { outer: 2, axis: 2, inner: 2 } },
      go,
    );
    await workers[0]!.work();
    await expect(wrong).rejects.toBeInstanceOf(RangeError);
  });

  test('ends with its workers', async () => {
    const { pool, workers } = poolOf();
    await pool.run('quantize-blocks', job(0), go);
    workers[0]!.greet();
    const cut = pool.run('quantize-blocks', job(1), go);
    pool.end();
    await expect(cut).rejects.toMatchObject({ name: 'RuntimeError' });
    expect(workers[0]!.ended).toBe(true);
  });
});

test('shareable memory holds the same numbers, and is made once', () => {
  const values = Float64Array.of(1, 2, 3);
  const shared = shareable(values);
  expect([...shared]).toEqual([1, 2, 3]);
  expect(shared.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(shareable(shared)).toBe(shared);
});
