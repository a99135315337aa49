/** Models are compressed in a worker of a real browser. */
import { expect, living, open, test } from './harness/fixtures.ts';

test.describe('compressing', () => {
  test('gives files that open on both devices and outlive the worker', async ({
    page,
    isolated,
  }) => {
    // On the software adapter each shader of the probes takes its time.
    test.slow();
    await open(page, isolated);
    const result = await page.evaluate(async () => {
      const { compressInWorker, inspectInWorker, ledgerInWorker, models, openSide, workers } =
        window.harness;
      const files = models.chain(2, 128);
      const recipe = {
        version: 1,
        seed: 0,
        steps: [{ technique: 'quantize-block', options: { bits: 4, blockSize: 32 } }],
      };
      const done: number[] = [];
      const made = await compressInWorker(files, recipe, {
        onProgress: (at) => done.push(at.done),
      });
      const again = await compressInWorker(files, recipe);
      const inspection = await inspectInWorker(made);
      const ledger = await ledgerInWorker(made);
      const spawned = workers.length;
      for (const worker of workers) worker.terminate();
      const sides = [];
      for (const device of ['wasm', 'webgpu'] as const) {
        const side = await openSide(made, device, { threads: 1 });
        const { outputs } = await side.run({ x: models.ones(128) });
        side.close();
        const forms = side.forms.map(({ form }) => form);
        sides.push({ forms, y: Array.from(outputs['y']?.data as Float32Array) });
      }
      return {
        sizes: [files.onnx.size, made.onnx.size, (await made.onnx.arrayBuffer()).byteLength],
        stored: ledger.stored,
        weights: inspection.weights.map(({ dtype }) => dtype),
        done,
        cached: [made, again].map(({ trace }) => trace.map((entry) => entry.cached)),
        hashes: [made.sha256, again.sha256],
        spawned,
        sides,
        after: await compressInWorker(files, { version: 1, seed: 0, steps: [] }),
      };
    });
    const [original = 0, compressed = 0, read] = result.sizes;
    expect(compressed).toBeLessThan(original / 5);
    expect([read, result.stored]).toEqual([compressed, compressed]);
    expect(result.weights).toEqual(['int4', 'int4']);
    expect(result.done.at(-1)).toBe(2);
    expect(result.cached).toEqual([[false], [true]]);
    expect(result.hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(result.hashes[1]).toBe(result.hashes[0]);
    expect(result.spawned).toBe(1);
    const [wasm, webgpu] = result.sides;
    expect([...wasm!.forms, ...webgpu!.forms]).toEqual([
      ...['fold-dequantize', 'fold-dequantize'],
      ...['matmul-nbits-4', 'matmul-nbits-4'],
    ]);
    wasm!.y.forEach((y, at) => expect(webgpu!.y[at]).toBeCloseTo(y, 5));
  });

  test('cancelled, rejects at once, and the worker is there for the next job', async ({
    page,
    isolated,
  }) => {
    await open(page, isolated);
    const result = await page.evaluate(async () => {
      const { compressInWorker, models, outcome, workers } = window.harness;
      const files = models.chain(64, 512);
      const steps = [{ technique: 'quantize-block', options: { bits: 4, blockSize: 32 } }];
      const recipe = { version: 1, seed: 0, steps };
      const stop = new AbortController();
      let aborted = 0;
      const onProgress = (): void => {
        aborted ||= performance.now();
        stop.abort();
      };
      const ended = await outcome(
        compressInWorker(files, recipe, { signal: stop.signal, onProgress }),
      );
      const latency = performance.now() - aborted;
      // Long enough for a worker that pauses, and for one that does not to be ended.
      await new Promise((resolve) => setTimeout(resolve, 400));
      const next = await outcome(compressInWorker(models.chain(1, 8), recipe));
      return { ended, latency, next, spawned: workers.length };
    });
    expect(result.ended).toMatchObject({ name: 'AbortError' });
    expect(result.latency).toBeLessThan(100);
    expect(result.next).toHaveProperty('value');
    expect(result.spawned).toBe(1);
  });

  test('a worker that does not stop when asked is ended', async ({ page, isolated }) => {
    await open(page, isolated);
    const result = await page.evaluate(async () => {
      const { outcome, warmFaulty } = window.harness;
      const warm = warmFaulty();
      const stop = new AbortController();
      await warm.call('answering', (api) => api.answer());
      setTimeout(() => stop.abort(), 50);
      return outcome(warm.call('spinning', (api) => api.spin(), stop.signal));
    });
    expect(result).toMatchObject({ name: 'AbortError' });
    await living(page).toBe(0);
  });

  test('cancelled before it starts, starts nothing', async ({ page, isolated }) => {
    await open(page, isolated);
    const result = await page.evaluate(async () => {
      const { compressInWorker, models, openSide, outcome } = window.harness;
      const signal = AbortSignal.abort();
      return [
        await outcome(compressInWorker(models.chain(1, 8), {}, { signal })),
        await outcome(openSide(models.chain(1, 8), 'wasm', { signal })),
      ];
    });
    expect(result).toMatchObject([{ name: 'AbortError' }, { name: 'AbortError' }]);
    expect(page.workers()).toHaveLength(0);
  });
});
