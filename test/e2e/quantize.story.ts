/** Recipes that look at samples: they run by themselves, say on what, and ask for what they lack. */
import type { Locator, Page } from '@playwright/test';

import { npy } from '../tasks/samples/npy-file.ts';
import { expect, test } from './fixtures.ts';
import {
  changeInSize,
  expectAccessible,
  expectNoSidewaysScroll,
  look,
  pick,
  side,
} from './pages.ts';
import { fileOf, twoLayers } from './small-models.ts';

const bar = (page: Page): Locator => page.getByRole('region', { name: 'Recipe', exact: true });
const step = (page: Page, place: number): Locator =>
  page.getByRole('region', { name: new RegExp(`^Step ${place}`) });

test('the best 4 bits are found on samples, without a word, and more steps are offered', async ({
  page,
}) => {
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers(256)));
  await changeInSize(page);
  await page.getByRole('radio', { name: 'Best 4-bit' }).check();
  await look(page, 'Inspect', 'What changed');
  await expect(page.getByRole('heading', { name: '1. GPTQ' })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/random inputs/).first()).toBeVisible();
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');

  await page.getByRole('button', { name: 'Customize' }).click();
  const data = step(page, 1).getByLabel('Data');
  await expect(data).toHaveValue('auto');
  for (const reason of [/this model came without samples/, /only language models write text/]) {
    await expect(data.getByRole('option', { name: reason })).toBeDisabled();
  }

  // Files that are not there yet are asked for; once chosen, the recipe goes on by itself.
  await data.selectOption('own');
  await expect(bar(page)).toContainText('GPTQ looks at your own samples. Choose their files');
  const values = Float32Array.from({ length: 40 * 16 }, (_, at) => Math.sin(at));
  await step(page, 1)
    .getByLabel('Your samples')
    .setInputFiles({
      name: 'x.npy',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(npy('<f4', [40, 16], values)),
    });
  await expect(page.getByText(/\b40 (of )?.*x\.npy/).first()).toBeVisible({ timeout: 60_000 });

  // Further steps are offered by what they are for.
  const add = page.getByRole('region', { name: 'Add a step' });
  const group = (name: string): Locator => add.getByRole('group', { name });
  await expect(group('Round weights').getByRole('button', { name: 'GPTQ' })).toBeEnabled();
  await expect(group('Search').getByRole('button', { name: 'Mixed precision' })).toBeEnabled();
  // There is nothing to fold in two layers, and the page says so once for all such techniques.
  const fold = group('Prepare').getByRole('button', { name: 'Fold batch normalization' });
  await expect(fold).toBeDisabled();
  await expect(
    add.getByText(/Fold batch normalization.*: this model has no weights/),
  ).toBeVisible();
  await group('Round activations too').getByRole('button', { name: 'Dynamic int8' }).click();
  await expect(page.getByRole('region', { name: 'Step 2: Dynamic int8' })).toBeVisible();
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});

test('what a device computes is tried when asked for, form by form', async ({ page }) => {
  test.setTimeout(240_000);
  await page.goto('/');
  await page.getByRole('button', { name: 'Device' }).click();
  const dialog = page.getByRole('dialog', { name: 'What this browser can do' });
  await expect(dialog).toContainText(/Runs every model, on \d+ thread/);
  await expect(dialog).toContainText('WebGPU, the graphics adapter');
  const forms = page.getByRole('region', { name: 'Forms of compressed weights' });
  await expect(forms.getByText('Not tried yet').first()).toBeVisible();
  // WebGPU's forms take the software adapter a minute; tests of forms try each of them there.
  await page.getByRole('button', { name: 'Try all forms on WASM' }).click();
  await expect(page.getByRole('progressbar', { name: 'Trying' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try all forms on WASM' })).toBeHidden();
  await expect(page.getByRole('button', { name: /^Try all forms/ })).toHaveCount(1, {
    timeout: 120_000,
  });
  const wasm = (name: RegExp): Locator =>
    forms.getByRole('row', { name }).first().getByRole('cell').first();
  await expect(wasm(/^MatMulNBits/)).toContainText('Folded at load');
  await expect(wasm(/^Integer products/)).toContainText(/Runs natively.*the speed of float32/);
  await expect(forms.getByRole('cell').filter({ hasText: 'Not tried yet' }).first()).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});
