import { expect, test } from './fixtures.ts';
import { bothHaveRun, changeInSize, expectAccessible, look, pick, side } from './pages.ts';
import { fileOf, twoLayers } from './small-models.ts';

test('a reload finds the model, its recipe and its result', async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('kept.onnx', twoLayers()));
  await bothHaveRun(page);
  await page.getByRole('radio', { name: '2-bit', exact: true }).check();
  await expect(side(page, 'Compressed')).toContainText('2-bit weights');
  const change = await changeInSize(page);
  await expect(page).toHaveURL(/#\/model\/[0-9a-f]{64}$/);

  await page.goto(`${page.url().split('#')[0] ?? ''}#/`);
  const results = page.getByRole('listitem').filter({ hasText: 'kept' });
  await expect(results.getByRole('link', { name: /^2-bit/ })).toBeVisible();
  await page.goBack();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('kept');
  await expect(page.getByRole('radio', { name: '2-bit', exact: true })).toBeChecked();
  expect(await changeInSize(page)).toBe(change);
  await look(page, 'Inspect', 'What changed');
  await expect(page.getByRole('row', { name: /first\.weight/ })).toContainText('int2');
  await bothHaveRun(page);
});

test('results stand under their original, open with their recipe, and go with it', async ({
  page,
}) => {
  await page.goto('/');
  await pick(page, await fileOf('nested.onnx', twoLayers()));
  await changeInSize(page);
  await page.getByRole('radio', { name: '4-bit', exact: true }).check();
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');
  await page.getByRole('link', { name: 'Scrunch, all models' }).click();

  const shelf = page.getByRole('listitem').filter({ hasText: 'nested' }).first();
  await expect(shelf.getByRole('link')).toHaveCount(3);
  await expect(page.getByText(/about .* used/)).toBeVisible();
  await expectAccessible(page);
  await shelf.getByRole('link', { name: /^8-bit/ }).click();
  await expect(page.getByRole('radio', { name: '8-bit', exact: true })).toBeChecked();
  await expect(side(page, 'Compressed')).toContainText('8-bit weights');

  // Deleting asks first, and takes the results along.
  await page.getByRole('link', { name: 'Scrunch, all models' }).click();
  await page.getByRole('button', { name: 'Delete nested', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete nested?' });
  await expect(dialog).toContainText('2 results');
  await dialog.getByRole('button', { name: 'Keep' }).click();
  await expect(page.getByRole('link', { name: /^nested/ })).toBeVisible();
  await page.getByRole('button', { name: 'Delete nested', exact: true }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('Models that you open are kept here')).toBeVisible();
  await page.reload();
  await expect(page.getByText('Models that you open are kept here')).toBeVisible();
});

test('a model whose storage is gone says so at home', async ({ page }) => {
  await page.goto(`/#/model/${'0'.repeat(64)}`);
  await expect(page.getByRole('alert')).toContainText('This model is no longer stored here.');
  await expect(page.getByRole('button', { name: 'Open a model' })).toBeVisible();
});

test('without storage models still open and compress', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'indexedDB', {
      value: {
        open() {
          throw new DOMException('Storage is switched off.', 'SecurityError');
        },
      },
    });
  });
  await page.goto('/');
  await expect(page.getByText('This browser window has no storage')).toBeVisible();
  await pick(page, await fileOf('fleeting.onnx', twoLayers()));
  expect(await changeInSize(page)).toContain('−');
  await expect(page.getByText(/could not be stored|has no storage/)).toBeVisible();
});

test('where the storage is full the model stays open, and the page says so', async ({ page }) => {
  await page.addInitScript(() => {
    StorageManager.prototype.estimate = () => Promise.resolve({ usage: 0, quota: 100 });
  });
  await page.goto('/');
  await pick(page, await fileOf('large.onnx', twoLayers()));
  expect(await changeInSize(page)).toContain('−');
  await expect(page.getByText(/"large" needs .* of storage and 100 bytes are left/)).toBeVisible();
  await bothHaveRun(page);
});
