/** Models run in workers of a real browser, on both devices. */
import { expect, living, open, test } from './harness/fixtures.ts';

test.describe('on WASM', () => {
  for (const threads of [1, 2]) {
    test(`opens and runs a model on ${threads} thread${threads > 1 ? 's' : ''}`, async ({
      page,
      isolated,
    }) => {
      await open(page, isolated);
      const result = await page.evaluate(async (threads) => {
        const { models, openSide } = window.harness;
        const side = await openSide(models.chain(1, 64), 'wasm', { threads });
        const { outputs } = await side.run({ x: models.ones(64) });
        const specs = await side.inputSpecs();
        return {
          side: { ...side, inputs: side.inputs, specs },
          y: Array.from(outputs['y']?.data as Float32Array),
          expected: models.columnSums(64),
        };
      }, threads);
      expect(result.y).toEqual(result.expected);
      expect(result.side).toMatchObject({
        device: 'wasm',
        threads,
        inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', 64] }],
        outputs: [{ name: 'y' }],
        specs: [{ name: 'x' }],
        forms: [],
      });
      expect(result.side.heapBytes).toBeGreaterThan(2 ** 20);
      // onnxruntime starts a worker for each further thread.
      expect(page.workers()).toHaveLength(threads);
      await page.evaluate(() => window.harness.workers.forEach((worker) => worker.terminate()));
      await living(page).toBe(0);
    });
  }

  test('runs on one thread where the page is not isolated', async ({ page, plain }) => {
    await open(page, plain);
    const result = await page.evaluate(async () => {
      const { findDevices, models, openSide } = window.harness;
      const side = await openSide(models.chain(1, 64), 'wasm');
      const { outputs } = await side.run({ x: models.ones(64) });
      return {
        isolated: crossOriginIsolated,
        threads: side.threads,
        y: Array.from(outputs['y']?.data as Float32Array),
        expected: models.columnSums(64),
        devices: await findDevices(),
      };
    });
    expect(result).toMatchObject({ isolated: false, threads: 1, y: result.expected });
    expect(result.devices.wasm).toEqual({ available: true, threads: 1, isolated: false });
  });

  test('holds several models beside each other in one worker, for the scrubber', async ({
    page,
    isolated,
  }) => {
    await open(page, isolated);
    const result = await page.evaluate(async () => {
      const { createShelf, models, outcome } = window.harness;
      const shelf = createShelf('wasm');
      // The second multiplies by the same weights once more.
      const sides = await Promise.all([1, 2].map((layers) => shelf.open(models.chain(layers, 64))));
      const [first, second] = sides as [(typeof sides)[0], (typeof sides)[0]];
      const runs = await Promise.all(sides.map((side) => side.run({ x: models.ones(64) })));
      second.close();
      const closed = await outcome(second.run({ x: models.ones(64) }));
      const again = await first.run({ x: models.ones(64) });
      const answers = [...runs, again].map(({ outputs }) =>
        Array.from(outputs['y']?.data as Float32Array),
      );
      shelf.close();
      const after = await outcome(first.run({ x: models.ones(64) }));
      return { answers, closed, after, expected: models.columnSums(64) };
    });
    const [one, two, again] = result.answers;
    expect(one).toEqual(result.expected);
    expect(two).not.toEqual(one);
    expect(again).toEqual(one);
    expect(result.closed).toMatchObject({ name: 'RuntimeError' });
    expect(result.after).toMatchObject({ name: 'AbortError' });
    await living(page).toBe(0);
  });

  test('passes strings, 64-bit integers, float16 and truth values', async ({ page, isolated }) => {
    await open(page, isolated);
    const same = await page.evaluate(async () => {
      const { models, openSide } = window.harness;
      const side = await openSide(models.passing(), 'wasm', { threads: 1 });
      const { outputs } = await side.run({
        text: { dtype: 'string', dims: [2], data: ['', 'naïve 数'] },
        long: { dtype: 'int64', dims: [2], data: BigInt64Array.of(-(2n ** 63n), 5n) },
        half: { dtype: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0x8001) },
        flag: { dtype: 'bool', dims: [2], data: Uint8Array.of(0, 1) },
      });
      return Object.entries(outputs).map(([name, { dtype, dims, data }]) => [
        name,
        dtype,
        dims.join(),
        data.constructor.name,
        Array.from(data as Iterable<unknown>, String),
      ]);
    });
    expect(same).toEqual([
      ['sameText', 'string', '2', 'Array', ['', 'naïve 数']],
      ['sameLong', 'int64', '2', 'BigInt64Array', ['-9223372036854775808', '5']],
      ['sameHalf', 'float16', '2', 'Uint16Array', ['15360', '32769']],
      ['sameFlag', 'bool', '2', 'Uint8Array', ['0', '1']],
    ]);
  });

  test('takes external data as Blobs, and a large single file with little more memory', async ({
    page,
    isolated,
  }) => {
    await open(page, isolated);
    const megabytes = 6 * 4;
    const heaps = await page.evaluate(async () => {
      const { models, openSide } = window.harness;
      const heaps: number[] = [];
      for (const external of [false, true]) {
        const files = models.chain(6, 1024, external);
        if (files.external.size !== Number(external))
          throw new Error('not the files that were wanted');
        const side = await openSide(files, 'wasm', { threads: 1 });
        await side.run({ x: models.ones(1024) });
        heaps.push(await side.memory());
        side.close();
      }
      return heaps;
    });
    for (const heap of heaps) expect(heap / 2 ** 20).toBeLessThan(16 + 2.2 * megabytes);
    await living(page).toBe(0);
  });
});

test.describe('on WebGPU, with the software adapter', () => {
  test('finds the adapter, and the same numbers as on WASM', async ({ page, isolated }) => {
    await open(page, isolated);
    const result = await page.evaluate(async () => {
      const { findDevices, models, openSide } = window.harness;
      const side = await openSide(models.chain(1, 64), 'webgpu');
      const { outputs } = await side.run({ x: models.ones(64) });
      return {
        webgpu: (await findDevices()).webgpu,
        y: Array.from(outputs['y']?.data as Float32Array),
        expected: models.columnSums(64),
      };
    });
    expect(result.webgpu).toMatchObject({ available: true, software: true, f16: false });
    expect(result.y).toEqual(result.expected);
  });

  test('a lost device ends the side with a reason, and can be opened again', async ({
    page,
    isolated,
    browser,
  }) => {
    await open(page, isolated);
    await page.evaluate(async () => {
      const { models, openSide } = window.harness;
      window.side = await openSide(models.chain(1, 64), 'webgpu');
    });
    const devtools = await browser.newBrowserCDPSession();
    await devtools.send('Browser.crashGpuProcess').catch(() => undefined);
    const result = await page.evaluate(async () => {
      const { models, openSide, outcome } = window.harness;
      const side = window.side!;
      const lost = await outcome(side.lost);
      const run = await outcome(side.run({ x: models.ones(64) }));
      side.close();
      const again = await openSide(models.chain(1, 64), 'webgpu');
      const { outputs } = await again.run({ x: models.ones(64) });
      return { lost, run, dims: outputs['y']?.dims };
    });
    expect(result.lost).toMatchObject({
      value: expect.stringMatching(/graphics device was lost/),
    });
    expect(result.run).toMatchObject({
      name: 'RuntimeError',
      hasClass: true,
      message: expect.stringMatching(/graphics device was lost/),
    });
    expect(result.dims).toEqual([1, 64]);
  });

  test('is missing where there is no adapter, and the reason is said', async ({
    playwright,
    launchOptions,
    isolated,
  }) => {
    const browser = await playwright.chromium.launch({ ...launchOptions, args: [] });
    const page = await browser.newPage();
    await open(page, isolated);
    const result = await page.evaluate(async () => {
      const { findDevices, models, openSide, outcome } = window.harness;
      return {
        devices: await findDevices(),
        side: await outcome(openSide(models.chain(1, 64), 'webgpu')),
      };
    });
    expect(result.devices.webgpu).toEqual({
      available: false,
      reason: expect.stringMatching(/no graphics adapter/),
    });
    expect(result.side).toMatchObject({
      name: 'RuntimeError',
      message: expect.stringMatching(/no graphics adapter.*Choose WASM/),
    });
    await living(page).toBe(0);
    await browser.close();
  });
});
