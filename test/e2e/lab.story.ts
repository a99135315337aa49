/** The lab: variants are evaluated, told apart with intervals, and opened from where they stand in a plot. */
import type { Locator, Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { bothHaveRun, expectAccessible, expectNoSidewaysScroll, openCard, side } from './pages.ts';

const section = (page: Page, name: string): Locator =>
  page.getByRole('radio', { name, exact: true });
const figures = (page: Page): Locator => page.getByRole('region', { name: 'Figures of the task' });
const dot = (page: Page, name: RegExp): Locator =>
  page.getByRole('button', { name }).and(page.locator('svg *'));
const patience = { timeout: 120_000 };

test.setTimeout(240_000);

/** Digits in 4 and in 2 bits, both evaluated on 100 drawn examples. */
async function evaluated(page: Page): Promise<void> {
  await openCard(page, 'Digits');
  await bothHaveRun(page);
  for (const bits of [4, 2]) {
    await page.getByRole('radio', { name: `${bits}-bit`, exact: true }).check();
    await expect(side(page, 'Compressed')).toContainText(`${bits}-bit weights`);
  }
  await page.getByRole('tab', { name: 'Lab' }).click();
  await page.getByLabel('How many examples').selectOption('100');
  await page.getByRole('checkbox', { name: /^4-bit/ }).check();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(figures(page)).toContainText('n = 100', patience);
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeVisible(patience);
}

test('figures have intervals, a disagreement opens in the view, a dot opens by keyboard', async ({
  page,
}) => {
  await evaluated(page);
  const right = figures(page).getByRole('row', { name: /^right answers/ });
  await expect(right.getByRole('cell')).toHaveCount(3);
  await expect(right).toContainText(/\d+\.\d to \d+\.\d %, n = 100/);
  await expect(page.getByRole('list', { name: 'Tests' })).toContainText(/with n = 100|same 100/);
  await expectAccessible(page);

  await section(page, 'Disagreements').click();
  const cases = page.getByRole('list', { name: 'Disagreements' });
  const first = cases.getByRole('listitem').first();
  const said = /says\s+(\d).*says\s+(\d)/s.exec(await first.innerText());
  await first.getByRole('button', { name: /^Open/ }).click();
  const [, original, compressed] = said ?? [];
  await expect(page.getByText(/^(They differ|Both say)/)).toContainText(
    original === compressed
      ? `Both say ${original}`
      : `original says ${original}, the compressed says ${compressed}`,
  );

  await section(page, 'Pareto').click();
  // Where Tab leads is what stands on the right: the smallest. One step on stands the larger one.
  await expect(dot(page, /^2-bit, on the right/)).toHaveAttribute('tabindex', '0');
  await dot(page, /^2-bit/).focus();
  await page.keyboard.press('ArrowRight');
  await expect(dot(page, /^4-bit/)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');
  await expect(dot(page, /^4-bit, on the right/)).toBeFocused();
  await expectAccessible(page);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test('it runs and is stopped, and what was measured stays', async ({ page }) => {
    await openCard(page, 'Digits');
    await bothHaveRun(page);
    await page.getByRole('tab', { name: 'Lab' }).click();
    await page.getByLabel('How many examples').selectOption('1000');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect(figures(page)).toBeVisible(patience);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect(page.getByText(/^\d+ of 1000 examples/)).toBeVisible();
    for (const name of ['Calibration', 'Speed', 'Pareto']) {
      await section(page, name).click();
      await expectNoSidewaysScroll(page);
    }
  });
});
