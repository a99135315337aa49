/** The same file and input on both devices: agreement is said, and a wrong output is named. */
import { expect, living, open, test } from './harness/fixtures.ts';

test('WASM and WebGPU agree on a chain of products', async ({ page, isolated }) => {
  await open(page, isolated);
  const check = await page.evaluate(async () => {
    const { checkBackends, models, openSide } = window.harness;
    const files = models.chain(2, 64);
    const side = await openSide(files, 'wasm');
    const found = await checkBackends(files, side, { feeds: { x: models.ones(64) } });
    const random = await checkBackends(files, side);
    side.close();
    return { found, random };
  });
  expect(check.found).toMatchObject({ done: true, random: false, agreement: { agree: true } });
  expect(check.random).toMatchObject({
    done: true,
    random: true,
    agreement: { agree: true, outputs: [{ name: 'y', differs: false }] },
  });
  // Both devices' workers have ended.
  await living(page).toBe(0);
});

test('a device that computes wrongly is found, and the output named', async ({
  page,
  isolated,
}) => {
  await open(page, isolated);
  const check = await page.evaluate(async () => {
    const { checkBackends, models, openSide } = window.harness;
    const files = models.chain(1, 64);
    const side = await openSide(files, 'wasm');
    const wrong: typeof side.run = async (feeds) => {
      const made = await side.run(feeds);
      (made.outputs['y']?.data as Float32Array)[7]! += 5;
      return made;
    };
    const found = await checkBackends(
      files,
      { ...side, run: wrong },
      { feeds: { x: models.ones(64) } },
    );
    side.close();
    return found;
  });
  expect(check).toMatchObject({
    done: true,
    agreement: { agree: false, outputs: [{ name: 'y', differs: true }] },
  });
});

test('a model that the other device can not open says why', async ({ page, isolated }) => {
  await open(page, isolated);
  const check = await page.evaluate(async () => {
    const { checkBackends, models, openSide } = window.harness;
    const side = await openSide(models.chain(1, 64), 'wasm');
    const found = await checkBackends(models.unknownOperator(), side, {
      feeds: { x: models.ones(64) },
    });
    side.close();
    return found;
  });
  expect(check.done).toBe(false);
  expect(check.done ? '' : check.unable).not.toBe('');
});
