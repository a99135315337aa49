/** What several stories do with the page, by the words that a visitor sees. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';

import { expect } from './fixtures.ts';
import type { OpenedFile } from './small-models.ts';

/** Opens files as the file picker gives them. */
export async function pick(page: Page, ...files: readonly OpenedFile[]): Promise<void> {
  await page.getByTestId('files').setInputFiles([...files]);
}

/** Opens one of the models that come with the page. */
export async function openCard(page: Page, label: string): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: `Open ${label}`, exact: true }).click();
}

/** One side's facts: its format, size, device and latency. */
export const side = (page: Page, name: 'Original' | 'Compressed'): Locator =>
  page.getByRole('region', { name, exact: true });

/** Opens the sheet that the recipe lies in on phones. */
export async function openRecipe(page: Page): Promise<void> {
  const bar = page.getByRole('button', { name: /^Recipe:/ });
  if ((await bar.getAttribute('aria-expanded')) === 'false') await bar.click();
}

/** Waits until the recipe's result is there, and gives the words for the change in size. */
export async function changeInSize(page: Page): Promise<string> {
  const change = side(page, 'Compressed').getByLabel('Change in size');
  await expect(change).toBeVisible();
  return change.innerText();
}

/** Looks at one section of Inspect, or of the lab. */
export async function look(page: Page, panel: 'Inspect' | 'Lab', section: string): Promise<void> {
  await page.getByRole('tab', { name: panel }).click();
  await page.getByRole('radio', { name: section, exact: true }).click();
}

/** Waits until both sides have run. */
export async function bothHaveRun(page: Page): Promise<void> {
  for (const name of ['Original', 'Compressed'] as const) {
    await expect(side(page, name)).toContainText(/p50/, { timeout: 30_000 });
  }
}

/** What of axe's rules depends on the colors, and so on the scheme. */
const colorRules = ['color-contrast', 'link-in-text-block'];

/**
 * Nothing that axe finds fault with, in light and in dark: names, roles and structure are the same in
 * both, so dark is asked for its colors alone. A screen needs one such look in all the stories.
 */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Colors change over some frames, more of them on a busy machine: meanwhile text of the new
    // scheme may stand on the old paper. A fault that stays is one.
    await expect(async () => {
      expect(await faultsIn(page, colorScheme === 'dark'), `axe, ${colorScheme}`).toEqual([]);
    }).toPass({ timeout: 60_000 });
  }
}

async function faultsIn(page: Page, colorsOnly: boolean): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    // Else a second page is opened to put frames together, and these pages have none.
    .setLegacyMode()
    .options({
      // The rest is not read, and is long.
      resultTypes: ['violations'],
      ...(colorsOnly ? { runOnly: { type: 'rule', values: colorRules } } : {}),
    })
    .analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join('\n  ')}`,
  );
}

/** The page is no wider than its window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  // A phone zooms out where a page is too wide, and its window then counts as wide as the page.
  const over = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(over, 'pixels that the page is too wide').toBeLessThanOrEqual(0);
}
