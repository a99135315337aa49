/** Searches: the heatmap fills, a recipe is chosen, taken in hand and edited cell by cell. */
import type { Locator, Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { changeInSize, expectAccessible, expectNoSidewaysScroll, pick } from './pages.ts';
import { chain, fileOf, twoLayers } from './small-models.ts';

const panel = (page: Page): Locator => page.getByRole('region', { name: 'Search', exact: true });
const grid = (page: Page): Locator => page.getByRole('grid', { name: 'Sensitivity' });
const cell = (page: Page, name: string | RegExp): Locator =>
  grid(page).getByRole('button', { name });
const selected = (page: Page): Locator => grid(page).getByRole('gridcell', { selected: true });
/** Where the cells are, without what is known of them: `layer 0, 4 bits`. */
const namesOf = async (buttons: Locator): Promise<string[]> =>
  (await buttons.evaluateAll((all) => all.map((one) => one.ariaLabel ?? ''))).map(
    (name) => name.split(': ')[0]!,
  );
const selectedNames = (page: Page): Promise<string[]> =>
  namesOf(selected(page).getByRole('button'));
const chosen = (page: Page): Locator => page.getByRole('region', { name: 'Chosen recipe' });
const patience = { timeout: 120_000 };

test.setTimeout(240_000);

/** Opens the panel and puts a search in place of the recipe. */
async function searchWith(page: Page, label: string): Promise<void> {
  await page.getByRole('tab', { name: 'Sensitivity' }).click();
  await page.getByRole('button', { name: label }).click();
}

test('widths are found, shown, taken in hand and edited', async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers(256)));
  await changeInSize(page);
  await searchWith(page, 'Mixed precision');
  // It takes minutes on other models, and waits.
  const start = panel(page).getByRole('button', { name: 'Find the best widths' });
  await start.focus();
  await page.keyboard.press('Enter');
  await expect(chosen(page)).toBeVisible(patience);
  await expect(chosen(page)).toContainText(/Loss, measured/);
  await expect(page.getByText(/Measured on .*random inputs/)).toBeVisible();
  // Each of the two layers is stored in one of the ways.
  await expect(selected(page)).toHaveCount(2);

  await chosen(page).getByRole('button', { name: 'Replace this step by its recipe' }).click();
  await expect(panel(page)).toBeHidden();
  await expect(chosen(page).getByRole('button')).toBeHidden();

  // By keyboard to the first ways of the second layer: Enter stores it so, undo takes that back.
  const second = grid(page).getByRole('row').last().getByRole('gridcell');
  const before = await selectedNames(page);
  await cell(page, /as it is/)
    .first()
    .focus();
  for (const key of ['ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
  await expect(second.nth(1).getByRole('button')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(second.nth(1)).toHaveAttribute('aria-selected', 'true');
  await expect(selected(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => selectedNames(page)).toEqual(before);

  // Another budget is weighed at once, without a run; Apply stores both layers as it says.
  const budget = page.getByRole('slider', { name: 'Bytes to spend' });
  await budget.focus();
  for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'ArrowRight']) {
    await page.keyboard.press(key);
  }
  await expect(budget).toHaveAttribute(
    'aria-valuetext',
    /^about .*bits for each weight, loss about/,
  );
  const planned = cell(page, /; within the budget$/);
  await expect(planned).toHaveCount(2);
  const wanted = await namesOf(planned);
  await page.getByRole('checkbox', { name: 'Numbers' }).check();
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect.poll(() => selectedNames(page)).toEqual(wanted);
  const apply = page.getByRole('button', { name: 'Apply', description: 'Move the slider first.' });
  await expect(apply).toBeDisabled();
});

test('a search is paused, and stopped with the best so far', async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('chain.onnx', chain(6, 96)));
  await changeInSize(page);
  await searchWith(page, 'Make it fit');
  await page.getByRole('button', { name: 'Customize' }).click();
  const megabytes = page.getByRole('spinbutton', { name: 'Megabytes' });
  await megabytes.fill('0.04');
  await megabytes.blur();
  await panel(page).getByRole('button', { name: 'Find the best recipe' }).click();
  const tried = page.getByRole('region', { name: 'Recipes tried' });
  await expect(tried.getByRole('row').nth(1)).toBeVisible(patience);
  await panel(page).getByRole('button', { name: 'Pause' }).click();
  await expect(panel(page)).toContainText('Paused.');
  await panel(page).getByRole('button', { name: 'Stop and keep best' }).click();
  await expect(chosen(page)).toBeVisible(patience);
  await expect(tried.getByText('best', { exact: true })).toHaveCount(1);
  await tried.getByRole('button', { name: /^Use/ }).first().click();
  await expect(panel(page)).toBeHidden();
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
});
