/** The tensors view: random input or one's own, and how far the outputs lie apart. */
import type { Page } from '@playwright/test';

import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { expect, test } from './fixtures.ts';
import { changeInSize, expectAccessible, expectNoSidewaysScroll, pick } from './pages.ts';
import { fileOf, twoLayers } from './small-models.ts';

const figures = (page: Page) => page.getByRole('row', { name: /^y/ });

async function openTwoLayers(page: Page): Promise<void> {
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  await changeInSize(page);
  await expect(page.getByText('Compared on 8 random samples, seed 0.')).toBeVisible();
}

test('outputs are compared; sizes, samples and seed can be changed', async ({ page }) => {
  await openTwoLayers(page);
  await expect(figures(page)).toContainText('1 × 8');
  await expect(page.getByRole('columnheader', { name: 'Largest error' })).toBeVisible();
  const before = await figures(page).innerText();
  await page.getByLabel('batch').fill('5');
  await page.getByLabel('batch').blur();
  await expect(figures(page)).toContainText('5 × 8');
  await page.getByLabel('Seed').fill('3');
  await page.getByLabel('Samples').fill('12');
  await page.getByLabel('Samples').blur();
  await expect(page.getByText('Compared on 12 random samples, seed 3.')).toBeVisible();
  expect(await figures(page).innerText()).not.toBe(before);
  await page.getByText('Values of the last sample').click();
  await expect(page.getByText('The first 16 values of y')).toBeVisible();
});

test('fewer bits lie further apart', async ({ page }) => {
  await openTwoLayers(page);
  const largest = async (): Promise<number> => {
    await expect(page.getByText('Compared on 8 random samples')).toBeVisible();
    return Number(await figures(page).getByRole('cell').first().innerText());
  };
  const errors: number[] = [];
  for (const preset of ['8-bit', '4-bit', '2-bit']) {
    await page.getByRole('radio', { name: preset, exact: true }).check();
    await expect.poll(async () => errors.includes(await largest())).toBe(false);
    errors.push(await largest());
  }
  expect(errors).toEqual([...errors].sort((a, b) => a - b));
});

test('an input of text is explained, and the model stays open', async ({ page }) => {
  const texts = model(
    graph({
      nodes: [node('Identity', ['words'], ['same'])],
      inputs: [value('words', 'string', [2])],
      outputs: [value('same', 'string', [2])],
    }),
  );
  await page.goto('/');
  await pick(page, await fileOf('texts.onnx', texts));
  await expect(page.getByText('Input "words" takes text')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'texts' })).toBeVisible();
});

const upload = (page: Page, ...files: readonly { name: string; text: string }[]) =>
  page.getByTestId('input').setInputFiles(
    files.map(({ name, text }) => ({
      name,
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(text, 'latin1'),
    })),
  );

/** Sixteen float32 values of 1, as NumPy saves an array of 1 × 16. */
function ones(): string {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 16), }".padEnd(117) + '\n';
  const size = String.fromCharCode(header.length, 0);
  return `\x93NUMPY\x01\x00${size}${header}${'\x00\x00\x80\x3f'.repeat(16)}`;
}

test('own input takes the place of random values, and goes again; what does not fit is explained', async ({
  page,
}) => {
  await openTwoLayers(page);
  await upload(page, { name: 'short.json', text: '{"x": [[1, 2, 3]]}' });
  await expect(page.getByRole('alert')).toContainText('short.json');
  await upload(page, { name: 'other.json', text: '{"z": [[1]]}' });
  await expect(page.getByRole('alert')).toContainText('"z", which is no input of this model');
  await expect(page.getByText('Compared on 8 random samples, seed 0.')).toBeVisible();

  await upload(page, { name: 'ones.npy', text: ones() });
  await expect(page.getByText('Compared on your own input, ones.npy.')).toBeVisible();
  await expect(figures(page)).toContainText('1 × 8');
  const fromNumpy = await figures(page).innerText();
  const rows = [Array.from({ length: 16 }, () => 1)];
  await upload(page, { name: 'same.json', text: JSON.stringify({ x: rows }) });
  await expect(page.getByText('Compared on your own input, ones.npy, same.json.')).toBeVisible();
  expect(await figures(page).innerText()).toBe(fromNumpy);
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await page.getByRole('button', { name: 'Back to random values' }).click();
  await expect(page.getByText('Compared on 8 random samples, seed 0.')).toBeVisible();
});

test('inputs may come in several files, and the missing ones are named', async ({ page }) => {
  const sum = model(
    graph({
      nodes: [node('Add', ['a', 'b'], ['y'])],
      inputs: [value('a', 'float32', [2]), value('b', 'float32', [2])],
      outputs: [value('y', 'float32', [2])],
    }),
  );
  await page.goto('/');
  await pick(page, await fileOf('sum.onnx', sum));
  await upload(page, { name: 'first.json', text: '{"a": [1, 2]}' });
  await expect(page.getByText('Still without values: b.')).toBeVisible();
  await upload(page, { name: 'second.json', text: '{"b": [10, 20]}' });
  await page.getByText('Values of the last sample').click();
  await expect(page.getByRole('row', { name: /^1 22/ })).toBeVisible();
});
