import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { env, pipeline } from '@huggingface/transformers';
import { unzipSync } from 'fflate';

import { decodeModel } from '../../src/core/coding/coded-model.ts';
import type { Report } from '../../src/core/export/report.ts';
import { saveFiles } from '../../src/node/save.ts';
import { expect, test } from './fixtures.ts';
import {
  changeInSize,
  expectAccessible,
  expectNoSidewaysScroll,
  openCard,
  pick,
  side,
} from './pages.ts';
import { fileOf, filesOf, twoLayers } from './small-models.ts';

test('the folder of an embedded model works in transformers.js as it is', async ({ page }) => {
  await openCard(page, 'Sentiment');
  await changeInSize(page);
  await page.getByRole('radio', { name: '4-bit', exact: true }).check();
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Download sentiment-int4' });
  await expect(dialog.getByRole('radio', { name: 'Folder for transformers.js' })).toBeChecked();
  await expect(dialog.getByRole('list', { name: 'Files' })).toContainText('onnx/model_q4.onnx');
  await expectAccessible(page);
  const total = 5;
  await expect(dialog).toContainText(
    `The report has figures of quality, from the task’s ${total} examples.`,
  );
  const started = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'As one zip file' }).click();
  const download = await started;
  expect(download.suggestedFilename()).toBe('sentiment-int4.zip');
  const files = unzipSync(await readFile(await download.path()));
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining(['tokenizer.json', 'recipe.json', 'report.json', 'README.md']),
  );
  const { scores } = JSON.parse(new TextDecoder().decode(files['report.json'])) as Report;
  expect(scores.map(({ label, n, device }) => [label, n, device])).toEqual([
    ['same answer as the original', total, 'wasm'],
    ['KL divergence from the original', total, 'wasm'],
  ]);

  const folder = await mkdtemp(join(tmpdir(), 'scrunch-story-'));
  const places = Object.entries(files).map(([path, bytes]): [string, Blob] => [
    join(folder, 'small', path),
    new Blob([bytes]),
  ]);
  await saveFiles(new Map(places));
  env.allowRemoteModels = false;
  env.localModelPath = folder;
  const classify = await pipeline('text-classification', 'small');
  expect(await classify(['a quiet triumph', 'a dull and lifeless mess'])).toMatchObject([
    { label: 'POSITIVE' },
    { label: 'NEGATIVE' },
  ]);
  await classify.dispose();
  await rm(folder, { recursive: true });
});

test('the report is a page of its own that loads nothing', async ({ page, context }) => {
  await page.goto('/');
  await pick(page, await fileOf('<b>bold<b>.onnx', twoLayers()));
  await changeInSize(page);
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  await page.getByRole('radio', { name: 'Folder for transformers.js' }).check();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('There is no config.json beside this model');
  const started = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Report alone' }).click();
  const text = await readFile(await (await started).path(), 'utf8');

  const report = await context.newPage();
  await report.setContent(text);
  await expect(report.getByRole('heading', { level: 1 })).toHaveText('<b>bold<b>-int8');
  await expect(report.getByText('became')).toBeVisible();
  expect(await report.locator('script, img, link, iframe').count()).toBe(0);
  await expectAccessible(report);
  await report.setViewportSize({ width: 390, height: 800 });
  await expectNoSidewaysScroll(report);
});

test('external data goes home beside the model, or inside one file where the visitor wants one', async ({
  page,
}) => {
  await page.goto('/');
  await pick(page, ...(await filesOf('split.onnx', twoLayers(2048))));
  await changeInSize(page);
  // One weight stays as it is, in the file that it came in.
  await page.getByRole('button', { name: 'Customize' }).click();
  await page.getByText('Applies to all 2 weights').click();
  await page.getByLabel('Without names like').fill('second*');
  await page.getByLabel('Without names like').blur();
  await expect(side(page, 'Compressed')).toContainText('8-bit weights and float32');
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Download split-quantize-block' });
  await expect(dialog.getByRole('radio', { name: 'Model and recipe' })).toBeChecked();
  await expect(dialog.getByRole('list', { name: 'Files' }).getByRole('listitem')).toHaveCount(3);
  await expect(dialog.getByRole('button', { name: 'As two files' })).toBeHidden();
  const zip = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'As one zip file' }).click();
  expect(Object.keys(unzipSync(await readFile(await (await zip).path())))).toHaveLength(3);

  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  await dialog.getByRole('radio', { name: 'Folder for transformers.js' }).check();
  await expect(dialog.getByText('onnx/model_quantized.onnx_data')).toBeVisible();
  await dialog.getByRole('radio', { name: 'One .onnx file' }).check();
  await expect(dialog.getByRole('list', { name: 'Files' }).getByRole('listitem')).toHaveCount(1);
  const started = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Save the file' }).click();
  const download = await started;
  expect(download.suggestedFilename()).toBe('split-quantize-block.onnx');

  const file = await readFile(await download.path());
  await page.getByRole('link', { name: 'Scrunch, all models' }).click();
  await pick(page, { name: 'whole.onnx', mimeType: 'application/octet-stream', buffer: file });
  await changeInSize(page);
});

test('a coded file is the smallest, and opens like any model', async ({ page }) => {
  await openCard(page, 'Digits');
  await changeInSize(page);
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'One coded file' }).check();
  const started = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Save the file' }).click();
  const download = await started;
  expect(download.suggestedFilename()).toBe('digits-int4.scrunch');
  const buffer = await readFile(await download.path());
  const inside = await decodeModel(new Blob([buffer]));
  expect(inside?.name).toBe('digits-int4.onnx');
  expect(buffer.length).toBeLessThan(0.95 * inside!.files.onnx.size);

  await page.getByRole('link', { name: 'Scrunch, all models' }).click();
  const mimeType = 'application/octet-stream';
  await pick(page, { name: 'again.scrunch', mimeType, buffer });
  await changeInSize(page);
  // Its preprocessing came along.
  await expect(page.getByText('preprocessor_config.json beside the model says so')).toBeVisible();
  await expect(page.getByRole('row', { name: /^coded/ })).toBeVisible();
});

test('into a folder: each file lies where transformers.js looks for it', async ({ page }) => {
  // A folder of the page's own stands in for one on the disk, which a dialog would ask for.
  await page.addInitScript(() => {
    Object.assign(globalThis, { showDirectoryPicker: () => navigator.storage.getDirectory() });
  });
  await openCard(page, 'Digits');
  await changeInSize(page);
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  await page.getByRole('button', { name: 'Into a folder …' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  const found = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<string[]> => {
      const names: string[] = [];
      for await (const [name, handle] of folder as unknown as AsyncIterable<
        [string, FileSystemHandle]
      >) {
        if (handle.kind === 'file') names.push(path + name);
        else names.push(...(await walk(handle as FileSystemDirectoryHandle, `${path}${name}/`)));
      }
      return names;
    };
    return walk(root, '');
  });
  expect(found.sort()).toEqual(
    [
      'README.md',
      'config.json',
      'onnx/model_q4.onnx',
      'preprocessor_config.json',
      'recipe.json',
      'report.html',
      'report.json',
    ].map((path) => `digits-int4/${path}`),
  );
});
