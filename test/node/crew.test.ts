import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';

import { afterAll, expect, test } from 'vitest';

import { inlineCrew, shareable } from '../../src/core/kernels/crew.ts';
import type { JobInput } from '../../src/core/kernels/jobs.ts';
import { isAbort } from '../../src/core/errors.ts';
import { createPool } from '../../src/core/kernels/pool.ts';
import { nodeCrew, startThread } from '../../src/node/crew.ts';
import { correlatedRows, gridOf, meanGram, normals } from '../core/math/gptq-cases.ts';

let greeted: () => void = () => undefined;
const ready = new Promise<void>((resolve) => (greeted = resolve));
const crew = createPool({
  ...{ size: 2, patience: 0, now: () => performance.now(), pause: setImmediate },
  start: ({ said, died }) =>
    startThread({
      died,
      said: (word) => {
        said(word);
        if (word.kind === 'ready') greeted();
      },
    }),
});
afterAll(() => crew.end());

const axis = 64;
const gram = shareable(meanGram(correlatedRows('crew', 300, axis), axis));
const go = new AbortController().signal;
const damped: JobInput<'gptq-factors'> = {
  ...{ gram, axis, groups: 1, damping: 0.1, order: 'activation' },
};

async function layerJob(part: number, rows = 16): Promise<JobInput<'gptq'>> {
  const factors = await inlineCrew.run('gptq-factors', damped, go);
  const weights = normals(`part ${part}`, axis * rows);
  const shape = { axis, rows, groups: 1, blockSize: 32 };
  const layer = { ...shape, weights, grid: gridOf(4), gram, heldOut: gram };
  return { layer, factors, sweeps: 1 };
}

test('threads give the same bytes as the caller’s own loop, in whatever order they finish', async () => {
  const inputs = await Promise.all([0, 1, 2, 3, 4, 5].map((part) => layerJob(part)));
  const here = await Promise.all(inputs.map((input) => inlineCrew.run('gptq', input, go)));
  // The first round begins while the threads start, the second has them.
  for (let round = 0; round < 2; round++) {
    const there = await Promise.all(inputs.map((input) => crew.run('gptq', input, go)));
    expect(there).toEqual(here);
    expect(await crew.run('gptq-factors', damped, go)).toEqual(
      await inlineCrew.run('gptq-factors', damped, go),
    );
    await ready;
  }
}, 20_000);

test('a job that is stopped answers at once; the next gets another thread', async () => {
  await ready;
  const long = { ...(await layerJob(0, 1000)), sweeps: 100 };
  const stopper = new AbortController();
  const running = crew.run('gptq', long, stopper.signal);
  setTimeout(() => stopper.abort(), 50);
  const start = performance.now();
  expect(isAbort(await running.catch((error: unknown) => error))).toBe(true);
  expect(performance.now() - start).toBeLessThan(400);
  const input = await layerJob(7);
  expect(await crew.run('gptq', input, go)).toEqual(await inlineCrew.run('gptq', input, go));
});

test('the process’s crew is one, as large as the machine, and gives the same bytes', async () => {
  expect(nodeCrew()).toBe(nodeCrew());
  expect(nodeCrew().size).toBe(availableParallelism());
  const input = await layerJob(8);
  expect(await nodeCrew().run('gptq', input, go)).toEqual(await inlineCrew.run('gptq', input, go));
});
