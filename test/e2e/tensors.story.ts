/** The tensors view: seeded random input by declared shape, and how far the outputs lie apart. */
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
  await expectAccessible(page);
});

test('fewer bits lie further apart', async ({ page }) => {
  await openTwoLayers(page);
  const largest = async (): Promise<number> => {
    await expect(page.getByText('Compared on 8 random samples')).toBeVisible();
    return Number(await figures(page).getByRole('cell').first().innerText());
  };
  const errors: number[] = [];
  for (const preset of ['8-bit', '4-bit', '2-bit']) {
    await page.getByRole('radio', { name: preset }).check();
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

test('on a phone nothing runs off the side', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await openTwoLayers(page);
  await expectNoSidewaysScroll(page);
});
