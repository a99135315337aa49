/** What goes wrong in a worker is said, and the page goes on. */
import { expect, living, open, test } from './harness/fixtures.ts';

test.describe('what goes wrong is said', () => {
  test('a bad file, a bad operator and bad feeds, with the class of the error', async ({
    page,
    isolated,
  }) => {
    await open(page, isolated);
    const results = await page.evaluate(async () => {
      const { compressInWorker, models, openSide, outcome } = window.harness;
      const garbage = {
        onnx: new Blob(['<html>not found</html>']),
        external: new Map<string, Blob>(),
      };
      const recipe = { version: 1, seed: 0, steps: [] };
      const side = await openSide(models.chain(1, 64), 'wasm', { threads: 1 });
      return {
        file: await outcome(openSide(garbage, 'wasm')),
        compressed: await outcome(compressInWorker(garbage, recipe)),
        recipe: await outcome(compressInWorker(models.chain(1, 64), { version: 7 })),
        operator: await outcome(openSide(models.unknownOperator(), 'wasm')),
        shape: await outcome(side.run({ x: models.ones(63) })),
        missing: await outcome(side.run({})),
        // The side lives on.
        right: await outcome(side.run({ x: models.ones(64) }).then(() => 'ran')),
      };
    });
    const error = (name: string, message: RegExp) =>
      expect.objectContaining({
        hasClass: true,
        name,
        message: expect.stringMatching(message),
      }) as object;
    expect(results).toEqual({
      file: error('ModelError', /HTML|web page/i),
      compressed: error('ModelError', /HTML|web page/i),
      recipe: error('RecipeError', /version/),
      operator: error('RuntimeError', /operator Nonsense \(node "n1"\)/),
      shape: error('RuntimeError', /Input "x" was given the shape \[1, 63\]/),
      missing: error('RuntimeError', /Input "x" is missing/),
      right: expect.objectContaining({ value: 'ran' }) as object,
    });
  });

  test('memory that there is not, and the side lives on', async ({ page, isolated }) => {
    await open(page, isolated);
    const results = await page.evaluate(async () => {
      const { models, openSide, outcome } = window.harness;
      const side = await openSide(models.zeros(), 'wasm', { threads: 1 });
      const run = (count: bigint) =>
        outcome(
          side
            .run({ shape: { dtype: 'int64', dims: [1], data: BigInt64Array.of(count) } })
            .then(({ outputs }) => outputs['y']?.data.length),
        );
      // Just under the 4 GiB that WebAssembly can address, and beyond it.
      return [await run(1_073_000_000n), await run(2n ** 31n), await run(4n)];
    });
    const memory = {
      name: 'RuntimeError',
      message: expect.stringMatching(/not enough memory/),
    };
    expect(results).toMatchObject([memory, memory, { value: 4 }]);
  });
});

test.describe('a worker that dies', () => {
  test('by an error, by closing itself, or for want of memory: every call says so', async ({
    page,
    isolated,
  }) => {
    await open(page, isolated);
    const results = await page.evaluate(async () => {
      const { outcome, startFaulty } = window.harness;
      const results: Record<string, unknown[]> = {};
      for (const how of ['break', 'vanish', 'devour'] as const) {
        const worker = startFaulty();
        const call = await outcome(worker.call('working', (api) => api[how]()));
        results[how] = [call, await outcome(worker.call('resting', (api) => api.answer()))];
      }
      const worker = startFaulty();
      results['refuse'] = [
        await outcome(worker.call('working', (api) => api.refuse())),
        await outcome(worker.call('resting', (api) => api.answer())),
      ];
      return results;
    });
    const crash = (message: RegExp) => ({
      name: 'WorkerCrash',
      message: expect.stringMatching(message),
    });
    expect(results).toMatchObject({
      break: [crash(/while working: .*out of order/), crash(/while resting: .*out of order/)],
      vanish: [crash(/while working: the browser stopped it/), crash(/while resting/)],
      devour: [crash(/while working: there was not enough memory/), { value: 42 }],
      refuse: [{ name: 'ModelError', hasClass: true }, { value: 42 }],
    });
  });

  test('while it is busy, and its script that is not there', async ({ page, isolated }) => {
    await open(page, isolated);
    const results = await page.evaluate(async () => {
      const { outcome, startFaulty, startWorker, workers } = window.harness;
      const busy = startFaulty();
      await busy.call('answering', (api) => api.answer());
      const call = outcome(busy.call('spinning', (api) => api.spin()));
      setTimeout(() => workers[0]!.terminate(), 100);
      const absent = startWorker<{ answer(): number }>(
        () => new Worker('./absent.js', { type: 'module' }),
      );
      return [await call, await outcome(absent.call('loading', (api) => api.answer()))];
    });
    expect(results).toMatchObject([
      { name: 'WorkerCrash', message: expect.stringMatching(/while spinning/) },
      {
        name: 'WorkerCrash',
        message: expect.stringMatching(/script could not be loaded/),
      },
    ]);
    await living(page).toBe(0);
  });
});

test.describe('sides', () => {
  test('cancelled while opening, or closed while running: the call ends and the worker is gone', async ({
    page,
    isolated,
  }) => {
    await open(page, isolated);
    const results = await page.evaluate(async () => {
      const { models, openSide, outcome } = window.harness;
      const stop = new AbortController();
      const opening = outcome(openSide(models.chain(1, 64), 'wasm', { signal: stop.signal }));
      setTimeout(() => stop.abort(), 50);
      const side = await openSide(models.chain(24, 1024), 'wasm', { threads: 1 });
      const run = outcome(side.run({ x: models.ones(1024) }));
      side.close();
      return [await opening, await run, await outcome(side.lost, 200)];
    });
    expect(results).toMatchObject([
      { name: 'AbortError' },
      { name: 'AbortError' },
      { pending: true },
    ]);
    await living(page).toBe(0);
  });

  test('one that is killed says so, and does not hold up the other', async ({ page, isolated }) => {
    await open(page, isolated);
    const result = await page.evaluate(async () => {
      const { models, openSide, outcome, workers } = window.harness;
      const first = await openSide(models.chain(24, 1024), 'wasm', { threads: 1 });
      const second = await openSide(models.chain(1, 64), 'wasm', { threads: 1 });
      const running = outcome(first.run({ x: models.ones(1024) }));
      const waiting = outcome(second.run({ x: models.ones(64) }).then(() => 'ran'));
      workers[0]?.terminate();
      return {
        running: await running,
        waiting: await waiting,
        lost: await outcome(first.lost),
        later: await outcome(first.run({ x: models.ones(1024) })),
      };
    });
    const crash = {
      name: 'WorkerCrash',
      message: expect.stringMatching(/while running the model on WASM/),
    };
    expect(result).toMatchObject({
      running: crash,
      waiting: { value: 'ran' },
      lost: { value: expect.stringMatching(/The worker stopped/) },
      later: crash,
    });
  });

  test('run in turns when measured, and give latencies', async ({ page, isolated }) => {
    await open(page, isolated);
    const result = await page.evaluate(async () => {
      const { alternate, models, openSide } = window.harness;
      const [a, b] = [
        await openSide(models.chain(1, 64), 'wasm', { threads: 1 }),
        await openSide(models.chain(8, 512), 'wasm', { threads: 1 }),
      ];
      return alternate(
        [
          { side: a, feeds: { x: models.ones(64) } },
          { side: b, feeds: { x: models.ones(512) } },
        ],
        { warmups: 2, laps: 10 },
      );
    });
    expect(result.map(({ n }) => n)).toEqual([10, 10]);
    // The second has 512 times the multiplications.
    expect(result[1]!.p50).toBeGreaterThan(result[0]!.p50);
  });
});
