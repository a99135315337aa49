/** The bench by hand: steps as cards, the divider, the strip of variants; by mouse, by keyboard, with a thumb. */
import type { Locator, Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import {
  changeInSize,
  expectAccessible,
  expectNoSidewaysScroll,
  openRecipe,
  pick,
  side,
} from './pages.ts';
import { fileOf, twoLayers } from './small-models.ts';

const steps = (page: Page): Locator => page.getByRole('list', { name: 'Steps' });
const variants = (page: Page): Locator => page.getByRole('region', { name: 'Variants' });

/** The cards' names in the order that is seen. */
async function expectOrder(page: Page, ...names: readonly string[]): Promise<void> {
  const cards = names.map((name, index) => `${index + 1} ${name}`);
  await expect(steps(page).locator('[aria-expanded]')).toContainText(cards);
}

async function middleOf(of: Locator): Promise<{ x: number; y: number }> {
  await of.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await of.boundingBox())!;
  return { x: x + width / 2, y: y + height / 2 };
}

async function drag(page: Page, from: Locator, to: { x: number; y: number }): Promise<void> {
  const { x, y } = await middleOf(from);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move((x + to.x) / 2, (y + to.y) / 2);
  await page.mouse.move(to.x, to.y);
  await page.mouse.up();
}

test.beforeEach(async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  await changeInSize(page);
});

test('by mouse: a step is dragged, switched off and taken back; the divider gives room', async ({
  page,
}) => {
  await page.getByRole('button', { name: 'Customize' }).click();
  await page.getByRole('button', { name: 'Magnitude pruning' }).click();
  await expectOrder(page, 'Block quantization', 'Magnitude pruning');
  const first = await middleOf(steps(page).getByRole('listitem').first());
  await drag(page, page.getByRole('button', { name: 'Move step 2', exact: true }), first);
  await expectOrder(page, 'Magnitude pruning', 'Block quantization');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expectOrder(page, 'Block quantization', 'Magnitude pruning');

  await page.getByRole('checkbox', { name: 'Use step 1' }).uncheck();
  await expect(side(page, 'Compressed')).toContainText('50 % zeros');
  await expectOrder(page, 'Block quantization', 'Magnitude pruning');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('checkbox', { name: 'Use step 1' })).toBeChecked();

  // Every result is kept, and comes back by a click.
  await variants(page)
    .getByRole('button', { name: /^1 8-bit/ })
    .click();
  await expect(side(page, 'Compressed')).toContainText('8-bit weights');
  await expect(page.getByRole('radio', { name: '8-bit', exact: true })).toBeChecked();

  const divider = page.getByRole('separator', { name: /^Divider/ });
  await expect(divider).toHaveAttribute('aria-valuenow', '50');
  const { y } = await middleOf(divider);
  await drag(page, divider, { x: 400, y });
  await expect(divider).not.toHaveAttribute('aria-valuenow', '50');
  const width = async (name: 'Original' | 'Compressed'): Promise<number> =>
    (await side(page, name).boundingBox())!.width;
  expect(await width('Original')).toBeLessThan(await width('Compressed'));
  await divider.dblclick();
  await expect(divider).toHaveAttribute('aria-valuenow', '50');
});

test('by keyboard alone: steps, exceptions for layers, sides and variants', async ({ page }) => {
  const { keyboard } = page;
  await keyboard.press('r');
  await expect(page.getByRole('radio', { name: '8-bit', exact: true })).toBeFocused();
  await page.getByRole('button', { name: /Step$/ }).press('Enter');
  await page.getByRole('button', { name: 'Magnitude pruning' }).press('Enter');
  const handle = page.getByRole('button', { name: 'Move step 2', exact: true });
  await handle.press('Space');
  await keyboard.press('ArrowLeft');
  await keyboard.press('Escape');
  await expectOrder(page, 'Block quantization', 'Magnitude pruning');
  await handle.press('Space');
  await keyboard.press('ArrowLeft');
  await keyboard.press('Space');
  await expectOrder(page, 'Magnitude pruning', 'Block quantization');
  await expect(page.getByRole('button', { name: 'Move step 1', exact: true })).toBeFocused();
  await keyboard.press('Control+z');
  await expectOrder(page, 'Block quantization', 'Magnitude pruning');
  await keyboard.press('Control+z');
  await expect(steps(page).locator('[aria-expanded]')).toHaveCount(1);

  await page.getByText('The same options for all of them').press('Enter');
  await page.getByRole('button', { name: 'Other options for some layers' }).press('Enter');
  const exception = page.getByRole('group', { name: /^Exception 1/ });
  await exception.getByLabel('Names like').fill('second*');
  await keyboard.press('Tab');
  await exception.getByLabel('Give them another').selectOption('Bits');
  await expect(exception).toHaveAccessibleName('Exception 1: 1 weight');
  await exception.getByLabel('Bits').selectOption('2 bits');
  await expect(side(page, 'Compressed')).toContainText('8-bit weights and 2-bit weights');
  await expectAccessible(page);

  await page.getByRole('heading', { level: 1 }).getByRole('button').focus();
  await keyboard.press('x');
  await expect(page.getByRole('region', { name: 'Original', exact: true })).toContainText('×');
  await keyboard.press('x');
  await keyboard.press('v');
  await keyboard.press('End');
  await keyboard.press('F2');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('mixed by hand');
  await keyboard.press('Enter');
  await expect(variants(page).getByRole('button', { name: /^\d+ mixed by hand/ })).toBeVisible();
  await page.getByRole('separator', { name: /^Divider/ }).press('End');
  await keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await sheet.getByRole('checkbox').press('Space');
  await keyboard.press('Escape');
  await keyboard.press('?');
  await expect(sheet).toBeHidden();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('the recipe is a sheet from below, which says recipe and change while closed', async ({
    page,
  }) => {
    const bar = page.getByRole('button', { name: /^Recipe: 8-bit −\d+ %/ });
    await expect(bar).toBeInViewport();
    await expect(page.getByRole('radio', { name: '4-bit', exact: true })).toBeHidden();
    await openRecipe(page);
    await page.getByRole('radio', { name: '4-bit', exact: true }).check();
    await expect(side(page, 'Compressed')).toContainText('4-bit weights');
    await expect(page.getByRole('button', { name: /^Recipe: 4-bit/ })).toBeInViewport();
    await page.getByRole('button', { name: 'Customize' }).tap();
    await expect(page.getByRole('region', { name: /^Step 1/ })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('region', { name: /^Step 1/ })).toBeHidden();
  });
});
