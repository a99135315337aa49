import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { unzipSync } from 'fflate';

import { compress, open } from '../../src/node/api.ts';
import { expect, test } from './fixtures.ts';
import {
  bothHaveRun,
  changeInSize,
  expectAccessible,
  expectNoSidewaysScroll,
  look,
  openRecipe,
  pick,
  side,
} from './pages.ts';
import { chain, fileOf, twoLayers, withoutWeights } from './small-models.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('opening a model compresses it, runs both sides, and a preset changes the result', async ({
  page,
}) => {
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  await expect(page.getByRole('radio', { name: '8-bit', exact: true })).toBeChecked();
  const eight = await changeInSize(page);
  await bothHaveRun(page);
  await page.getByRole('radio', { name: '4-bit', exact: true }).check();
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');
  const four = await changeInSize(page);
  const percent = (text: string): number => Number(/−([\d.]+) %/.exec(text)?.[1]);
  expect(percent(four)).toBeGreaterThan(percent(eight));

  const receipt = page.getByRole('tabpanel', { name: 'Receipt' });
  await expect(receipt.getByRole('row', { name: /^scales/ })).toBeVisible();
  await expect(receipt.getByRole('row', { name: /^total stored/ })).toContainText('−');
  await expect(receipt).toContainText('unpacked to float32 at load');
  await expectAccessible(page);

  await look(page, 'Inspect', 'What changed');
  await expect(page.getByRole('row', { name: /first\.weight/ })).toContainText('int4 16×64');
  await expectAccessible(page);
  await look(page, 'Inspect', 'Weights');
  await expect(page.getByRole('row', { name: /second\.weight/ })).toContainText('64×8');
  await look(page, 'Lab', 'Speed');
  await page.getByRole('button', { name: 'Measure' }).click();
  await expect(page.getByText('20 runs of each side in turns')).toBeVisible();
  await expect(page.getByRole('row', { name: /^Compressed/ })).toContainText('20');
});

test('the page and Node make the same bytes of the same recipe', async ({ page }) => {
  const file = await fileOf('same.onnx', twoLayers());
  await page.goto('/');
  await pick(page, file);
  await changeInSize(page);
  await page.getByRole('radio', { name: '4-bit', exact: true }).check();
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');

  await page.getByRole('button', { name: 'Download', exact: true }).click();
  const started = page.waitForEvent('download');
  await page.getByRole('button', { name: 'As one zip file' }).click();
  const download = await started;
  expect(download.suggestedFilename()).toBe('same-int4.zip');
  const files = unzipSync(await readFile(await download.path()));
  expect(Object.keys(files)).toEqual(['same-int4.onnx', 'recipe.json']);

  const recipe: unknown = JSON.parse(new TextDecoder().decode(files['recipe.json']));
  expect(recipe).toMatchObject({ version: 1, seed: 0 });
  const made = await compress(await open(file.buffer), 'int4');
  const bytes = new Uint8Array(await made.files.onnx.arrayBuffer());
  expect(sha256(files['same-int4.onnx']!)).toBe(sha256(bytes));
});

test('steps are added, changed, moved, taken back, copied and pasted', async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('steps.onnx', twoLayers()));
  await changeInSize(page);
  await page.getByRole('button', { name: 'Customize' }).click();
  const first = page.getByRole('region', { name: /^Step 1/ });
  await first.getByLabel('Bits', { exact: true }).selectOption('4 bits');
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');
  await page.getByRole('button', { name: 'Magnitude pruning' }).click();
  await page.getByRole('button', { name: 'Move step 2 up' }).click();
  await expect(first).toHaveAccessibleName('Step 1: Magnitude pruning');
  await first.getByRole('spinbutton', { name: 'Sparsity' }).fill('0.75');
  await first.getByRole('spinbutton', { name: 'Sparsity' }).blur();
  await look(page, 'Inspect', 'What changed');
  await expect(page.getByRole('row', { name: /first\.weight/ }).first()).toContainText(
    '75.0 % zeros',
  );

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(first.getByRole('spinbutton', { name: 'Sparsity' })).toHaveValue('0.5');
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(first.getByRole('spinbutton', { name: 'Sparsity' })).toHaveValue('0.75');
  await first.getByRole('spinbutton', { name: 'Sparsity' }).fill('7');
  await first.getByRole('spinbutton', { name: 'Sparsity' }).blur();
  await expect(first.getByRole('alert')).toContainText('give a number from 0 to 0.99');

  await page.getByRole('button', { name: 'Paste recipe' }).click();
  const dialog = page.getByRole('dialog', { name: 'Recipe as JSON' });
  const text = dialog.getByRole('textbox');
  expect(JSON.parse(await text.inputValue())).toMatchObject({
    steps: [{ technique: 'prune-magnitude', options: { sparsity: 0.75 } }, {}],
  });
  await text.fill('{"version":1,"steps":[{"technique":"melt"}]}');
  await dialog.getByRole('button', { name: 'Use this recipe' }).click();
  await expect(dialog.getByRole('alert')).toContainText('steps[0].technique is "melt"');
  await text.fill(
    '{"version":1,"steps":[{"technique":"quantize-block","options":{"bits":2},"select":{"include":["first*"]}}]}',
  );
  await dialog.getByRole('button', { name: 'Use this recipe' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Applies to 1 of 2 weights')).toBeVisible();
  await expect(side(page, 'Compressed')).toContainText('2-bit weights and float32');
});

test('any two variants stand side by side, change places, come back, and are there after a reload', async ({
  page,
}) => {
  const onThe = (place: 'left' | 'right', name: string) =>
    page.getByRole('button', { name: `Variant on the ${place}: ${name}`, exact: true });
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  await changeInSize(page);
  for (const name of ['2-bit', '4-bit']) {
    await page.getByRole('radio', { name, exact: true }).check();
    await expect(onThe('right', name)).toBeVisible();
  }
  await onThe('left', 'Original').click();
  await page.getByRole('menuitemradio').filter({ hasText: '2-bit' }).click();
  const four = page.getByRole('region', { name: '4-bit', exact: true });
  await expect(four).toContainText(/larger than 2-bit/);
  await expect(page.getByRole('region', { name: '2-bit', exact: true })).toContainText(
    '2-bit weights',
  );

  await page.getByRole('button', { name: 'Swap the sides' }).click();
  await expect(onThe('left', '4-bit')).toBeVisible();
  await expect(onThe('right', '2-bit')).toBeVisible();
  await expect(page.getByRole('radio', { name: '4-bit', exact: true })).toBeChecked();

  const undo = page.getByRole('button', { name: 'Undo' });
  await undo.click();
  await undo.click();
  await expect(onThe('left', '8-bit')).toBeVisible();
  await onThe('left', '8-bit').click();
  await page.getByRole('menuitem', { name: 'Put the same on the right' }).click();
  await expect(onThe('right', '8-bit')).toBeVisible();
  await expect(page.getByRole('region', { name: '8-bit, right', exact: true })).toContainText(
    'p50',
  );

  await page.reload();
  for (const place of ['left', 'right'] as const) {
    await expect(onThe(place, '8-bit')).toBeVisible();
  }
  await expect(page.getByRole('region', { name: 'Variants' })).toContainText('3 variants');
});

test('a long compression shows the layer in hand and can be stopped', async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('long.onnx', chain(12, 512)));
  const before = await changeInSize(page);
  await page.getByRole('radio', { name: /^Low rank/ }).check();
  await expect(page.getByText(/layer\d+\.weight \(\d+ of 12\)/)).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Not applied: the result of “8-bit” is shown.')).toBeVisible();
  expect(await changeInSize(page)).toBe(before);
});

test('a model without weights says why nothing can be done', async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('bare.onnx', withoutWeights()));
  await expect(page.getByText(/changes nothing here/)).toBeVisible();
  await page.getByRole('button', { name: 'Customize' }).click();
  await expect(
    page.getByText(
      /Block quantization, .*: this model has no weights that this technique can change\./,
    ),
  ).toBeVisible();
  await expect(
    page.getByRole('button', { name: 'Block quantization', exact: true }),
  ).toBeDisabled();
});

test('the keyboard alone is enough', async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  await changeInSize(page);
  await page.getByRole('radio', { name: '8-bit', exact: true }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');
  await page.getByRole('button', { name: 'Customize' }).press('Enter');
  await expect(page.getByRole('region', { name: /^Step 1/ })).toBeVisible();
  await page.getByRole('tab', { name: 'Receipt' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Inspect' })).toHaveAttribute('aria-selected', 'true');
  await page.getByRole('button', { name: 'Download', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: /^Download/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Download', exact: true })).toBeFocused();
});

test('a worker that dies takes only its side along, and restarts', async ({ page }) => {
  // Every worker that is told to open a model is kept, so that the story can end one as the browser would.
  await page.addInitScript(() => {
    const alive: Worker[] = [];
    globalThis.Worker = class extends Worker {
      override postMessage(
        message: unknown,
        options?: Transferable[] | StructuredSerializeOptions,
      ) {
        const { path } = (message ?? {}) as { path?: readonly string[] };
        if (path?.[0] === 'open') alive.push(this);
        super.postMessage(message, options as Transferable[]);
      }
    };
    Object.assign(globalThis, { runWorkers: alive });
  });
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  await bothHaveRun(page);
  await page.evaluate(() => {
    const { runWorkers } = globalThis as unknown as { runWorkers: Worker[] };
    for (const worker of runWorkers.slice(-1)) worker.terminate();
  });
  const compressed = side(page, 'Compressed');
  await expect(compressed.getByRole('alert')).toContainText('This side stopped.');
  await expect(side(page, 'Original').getByRole('alert')).toBeHidden();
  await compressed.getByRole('button', { name: 'Restart' }).click();
  await bothHaveRun(page);
  await expect(compressed.getByRole('alert')).toBeHidden();
});

test('a device that is not there is disabled, and the page says why', async ({ page }) => {
  // Sessions run in workers, so that is where the page looks for devices.
  await page.route(/run\.worker.*\.js$/, async (route) => {
    const response = await route.fetch();
    const without =
      "Object.defineProperty(WorkerNavigator.prototype, 'gpu', { value: undefined });";
    await route.fulfill({ response, body: `${without}\n${await response.text()}` });
  });
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  const select = side(page, 'Compressed').getByRole('combobox');
  await expect(select.getByRole('option', { name: /WebGPU, not available/ })).toBeDisabled();
  await expect(select).toHaveAccessibleDescription(/This browser offers no WebGPU/);
  await page.getByRole('button', { name: 'Device' }).click();
  await expect(page.getByRole('dialog')).toContainText(
    'Not available. This browser offers no WebGPU',
  );
});

test('at 200 % zoom nothing scrolls sideways', async ({ page }) => {
  await page.setViewportSize({ width: 720, height: 450 });
  await page.goto('/');
  await expectNoSidewaysScroll(page);
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  await bothHaveRun(page);
  await openRecipe(page);
  await openRecipe(page);
  await page.getByRole('button', { name: 'Customize' }).click();
  await expectNoSidewaysScroll(page);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('sides stack, original above, and nothing scrolls sideways', async ({ page }) => {
    await page.goto('/');
    await pick(page, await fileOf('two-layers.onnx', twoLayers()));
    await bothHaveRun(page);
    const top = async (name: 'Original' | 'Compressed'): Promise<number> =>
      (await side(page, name).boundingBox())?.y ?? NaN;
    expect(await top('Original')).toBeLessThan(await top('Compressed'));
    await expectNoSidewaysScroll(page);
    await openRecipe(page);
    await page.getByRole('button', { name: 'Customize' }).tap();
    await expectNoSidewaysScroll(page);
    await page.keyboard.press('Escape');
    for (const section of ['What changed', 'Model']) {
      await look(page, 'Inspect', section);
      await expectNoSidewaysScroll(page);
    }
    await expectAccessible(page);
  });
});

test.describe('on a plain static host under a sub-path', () => {
  test.use({ serviceWorkers: 'allow' });

  test('both sides run, with the service worker', async ({ page, plainSite }) => {
    await page.goto(plainSite.url);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await pick(page, await fileOf('two-layers.onnx', twoLayers()));
    await bothHaveRun(page);
  });

  test.describe('without service workers', () => {
    test.use({ serviceWorkers: 'block' });

    test('both sides run on one thread, and the page says so', async ({ page, plainSite }) => {
      await page.goto(plainSite.url);
      await pick(page, await fileOf('two-layers.onnx', twoLayers()));
      await bothHaveRun(page);
      await page.getByRole('button', { name: 'Device' }).click();
      await expect(page.getByRole('dialog')).toContainText('Runs every model, on one thread');
    });
  });
});
