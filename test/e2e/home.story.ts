import type { JSHandle, Locator, Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { changeInSize, expectAccessible, expectNoSidewaysScroll, pick, side } from './pages.ts';
import { fileOf, filesOf, opened, twoLayers, type OpenedFile } from './small-models.ts';

test('the first visit says what this is and offers one thing to do', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    /Make a neural network smaller\.\s*See what it costs\./,
  );
  await expect(page.getByText('Nothing leaves this tab.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Open a model' })).toBeVisible();
  await expect(page.getByText('Models that you open are kept here')).toBeVisible();
  await expect(page.getByRole('article')).toHaveCount(5);
  await expect(page.getByRole('article', { name: 'Digits', exact: true })).toContainText('−85 %');
  await expectAccessible(page);
});

const card = (page: Page, name: string): Locator =>
  page.getByRole('article', { name, exact: true });

test('a digit drawn on its card is answered by both models, and goes along into the workspace', async ({
  page,
}) => {
  const runtime: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/ort/')) runtime.push(request.url());
  });
  await page.goto('/');
  const digits = card(page, 'Digits');
  await expect(digits).toContainText('recorded');
  await expect(digits).toContainText('Both say 7.');
  expect(runtime, 'before anything is touched').toEqual([]);
  const { x, y, width, height } = (await digits.getByRole('application').boundingBox())!;
  await page.mouse.move(x + 0.5 * width, y + 0.2 * height);
  await page.mouse.down();
  await page.mouse.move(x + 0.5 * width, y + 0.8 * height, { steps: 8 });
  await page.mouse.up();
  await expect(digits.getByText('live', { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(digits).toContainText('Both say 1.');
  // The keyboard's way in.
  await digits.getByRole('button', { name: 'Open Digits' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('digits');
  await expect(page.getByText('Both say 1.')).toBeVisible({ timeout: 60_000 });
});

test('the story writes itself until it is paused, and stands still for who wants it so', async ({
  page,
}) => {
  await page.goto('/');
  const story = card(page, 'Storyteller');
  await story.getByRole('button', { name: 'Pause' }).click();
  await expect(story.getByRole('button', { name: 'Play' })).toBeVisible();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await expect(story.getByRole('button', { name: 'Play' })).toHaveCount(0);
  await expect(story).toContainText(/They part after \d+ tokens\./);
});

test('a model opens through the file picker', async ({ page }) => {
  await page.goto('/');
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open a model' }).click();
  await (await chooser).setFiles(await fileOf('two-layers.onnx', twoLayers()));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('two-layers');
  await expect(side(page, 'Original')).toContainText('float32');
});

/** What a drop of this file carries. */
function transferOf(page: Page, { name, buffer }: OpenedFile): Promise<JSHandle<DataTransfer>> {
  return page.evaluateHandle(
    ({ name, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], name));
      return data;
    },
    { name, bytes: [...buffer] },
  );
}

test('a model opens by being dropped anywhere on the page', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const transfer = await transferOf(page, await fileOf('dropped.onnx', twoLayers()));
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await expect(page.getByText('Drop to open the model')).toBeVisible();
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await expect(page.getByText('Drop to open the model')).toBeHidden();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('dropped');
});

test('over an open model the page says that another one is being read', async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('first.onnx', twoLayers()));
  await changeInSize(page);
  const transfer = await transferOf(page, await fileOf('second.onnx', twoLayers()));
  // As slow as a large file on a slow disk.
  await page.evaluate(() => {
    const worker = Worker.prototype as {
      postMessage: (this: Worker, ...message: unknown[]) => void;
    };
    const post = worker.postMessage;
    worker.postMessage = function (...message) {
      setTimeout(() => post.apply(this, message), 500);
    };
  });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  // Once to the eye, once to a screen reader.
  const note = page.getByText('Reading second.onnx …');
  await expect(note).toHaveCount(2);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('second');
  await expect(note).toHaveCount(0);
});

test('a folder with several models asks which', async ({ page }, info) => {
  const { mkdir, writeFile } = await import('node:fs/promises');
  const folder = info.outputPath('models');
  await mkdir(folder, { recursive: true });
  for (const name of ['large.onnx', 'small.onnx']) {
    const { buffer } = await fileOf(name, twoLayers(name === 'large.onnx' ? 128 : 32));
    await writeFile(`${folder}/${name}`, buffer);
  }
  await page.goto('/');
  await page.getByTestId('folder').setInputFiles(folder);
  const dialog = page.getByRole('dialog', { name: 'Which model?' });
  await expect(dialog).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: /small\.onnx/ }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('small');
});

test('external data that is opened together is found, and missing data is named', async ({
  page,
}) => {
  const files = await filesOf('split.onnx', twoLayers());
  await page.goto('/');
  await pick(page, files[0]!);
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('split.onnx_data');
  await pick(page, ...files);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('split');
  expect(await changeInSize(page)).toContain('−');
});

test('a web page in place of a model is explained, and the page goes on', async ({ page }) => {
  await page.goto('/');
  const html = new Blob(['<!doctype html><html><title>Not found</title></html>']);
  await pick(page, await opened('model.onnx', html));
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('Could not open model.onnx.');
  await expect(alert).toContainText('This file is a web page, not a model.');
  await expect(alert).toContainText('use its direct download link');
  await expect(alert.getByText('Details')).toBeVisible();
  await expectAccessible(page);
  await alert.getByRole('button', { name: 'Dismiss' }).click();
  await expect(alert).toBeHidden();
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('two-layers');
});

test('files without a model are explained', async ({ page }) => {
  await page.goto('/');
  const text = new Blob(['hello']);
  await pick(page, await opened('a.txt', text), await opened('b.txt', text));
  await expect(page.getByRole('alert')).toContainText('There is no .onnx file among 2 files');
});

test('the colors follow the system until the visitor chooses', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('/');
  const paper = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  expect(await paper()).toBe('rgb(21, 22, 21)');
  await page.getByRole('button', { name: 'Switch to light colors' }).click();
  expect(await paper()).toBe('rgb(251, 251, 250)');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await paper()).toBe('rgb(251, 251, 250)');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('home fits', async ({ page }) => {
    await page.goto('/');
    await expect(page.getByRole('button', { name: 'Open a folder' })).toBeVisible();
    await expectNoSidewaysScroll(page);
  });
});
