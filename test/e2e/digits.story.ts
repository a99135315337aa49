/** The digits view: drawing by mouse, finger and keyboard moves the probabilities of both sides. */
import type { Locator, Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { bothHaveRun, expectAccessible, expectNoSidewaysScroll, pick, side } from './pages.ts';
import { digitTemplates, fileOf } from './small-models.ts';

const pad = (page: Page): Locator => page.getByRole('application', { name: 'Drawing pad' });
const bars = (page: Page, name: string): Locator => page.getByRole('table', { name });

test.beforeEach(async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('templates.onnx', digitTemplates()));
  await bothHaveRun(page);
});

/** The middle of the pad, and its width, in pixels of the page. */
async function middle(page: Page): Promise<{ x: number; y: number; width: number }> {
  await pad(page).scrollIntoViewIfNeeded();
  const box = await pad(page).boundingBox();
  if (!box) throw new Error('The pad is not on the page.');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, width: box.width };
}

test('a sample is known to both sides at once; the range of the gray values can be changed', async ({
  page,
}) => {
  await expect(page.getByText('Both say 7.')).toBeVisible();
  await expect(page.getByText('the original knows 10 of 10 sample digits')).toBeVisible();
  for (const digit of ['0', '3', '8']) {
    await page.getByRole('button', { name: `Sample ${digit}` }).click();
    await expect(page.getByText(`Both say ${digit}.`)).toBeVisible();
  }
  await expect(bars(page, 'Original').getByRole('row')).toHaveCount(11);
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Sample 7' }).click();
  // Ten times two hundred and fifty: the softmax is certain.
  await page.getByLabel('Range of the gray values').selectOption('0 to 255');
  await expect(bars(page, 'Original').getByRole('row', { name: /^7/ })).toContainText('100.0 %');
});

test('a stroke moves the probabilities while it is drawn, by mouse and by keyboard', async ({
  page,
}) => {
  await page.getByRole('button', { name: 'Clear' }).click();
  const { x, y, width } = await middle(page);
  await page.mouse.move(x, y - width * 0.35);
  await page.mouse.down();
  await page.mouse.move(x, y, { steps: 5 });
  const halfway = await bars(page, 'Original').innerText();
  await page.mouse.move(x, y + width * 0.35, { steps: 5 });
  await page.mouse.up();
  await expect(page.getByText('Both say 1.')).toBeVisible();
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect.poll(() => bars(page, 'Original').innerText()).not.toBe(halfway);

  // The keyboard draws, places samples and clears.
  await pad(page).focus();
  await page.keyboard.press('4');
  await expect(page.getByText('Both say 4.')).toBeVisible();
  await page.keyboard.press('Delete');
  await expect(page.getByText('Both say 4.')).toBeHidden();
  await page.keyboard.press('Space');
  for (let step = 0; step < 14; step++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expect(page.getByText('Both say 1.')).toBeVisible();
});

test('WebGPU gives the same answer as WASM, and says how it runs', async ({ page }) => {
  await page.getByRole('radio', { name: '4-bit', exact: true }).check();
  await side(page, 'Compressed').getByRole('combobox').selectOption('webgpu');
  await expect(side(page, 'Compressed')).toContainText('ready', { timeout: 45_000 });
  await expect(page.getByRole('tabpanel', { name: 'Receipt' })).toContainText('On WebGPU: loaded');
  await page.getByRole('button', { name: 'Sample 2' }).click();
  await expect(page.getByText('Both say 2.')).toBeVisible({ timeout: 30_000 });
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test('a finger draws', async ({ page, context }) => {
    await page.getByRole('button', { name: 'Clear' }).click();
    const { x, y, width } = await middle(page);
    const touch = await context.newCDPSession(page);
    const finger = (type: 'touchStart' | 'touchMove', at: number) =>
      touch.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x, y: y + width * at }] });
    await finger('touchStart', -0.35);
    for (const at of [-0.2, 0, 0.2, 0.35]) await finger('touchMove', at);
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await expect(page.getByText('Both say 1.')).toBeVisible();
    await expectNoSidewaysScroll(page);
  });
});
