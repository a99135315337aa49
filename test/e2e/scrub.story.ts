/** The scrubber: one handle from 32 bits to 1; outputs and size follow, and where it is let go becomes the recipe. */
import type { Locator, Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { bothHaveRun, expectAccessible, expectNoSidewaysScroll, pick, side } from './pages.ts';
import { digitTemplates, fileOf } from './small-models.ts';

const handle = (page: Page): Locator => page.getByRole('slider', { name: 'Bits' });
const valued = (page: Page, words: RegExp): Promise<void> =>
  expect(handle(page)).toHaveAttribute('aria-valuetext', words);
const answers = (page: Page): Promise<string> =>
  page.getByRole('table', { name: 'Compressed' }).innerText();
const scrubber = (page: Page): Locator => page.getByRole('region', { name: 'Scrub' });

async function openTemplates(page: Page): Promise<void> {
  await page.goto('/');
  await pick(page, await fileOf('templates.onnx', digitTemplates()));
  await bothHaveRun(page);
  // All stops are made and open before anybody moves.
  await handle(page).focus();
  await scrubber(page).getByText('Table', { exact: true }).click();
  await expect(scrubber(page).getByRole('cell', { name: 'ready' })).toHaveCount(9);
}

test('outputs and size follow the finger, let go it is the recipe; so by keyboard, on a phone', async ({
  page,
}) => {
  await openTemplates(page);
  const eight = await answers(page);
  const [thumb, track] = [
    await handle(page).boundingBox(),
    await page.locator('.scrub-slider').boundingBox(),
  ];
  if (!thumb || !track) throw new Error('The scrubber is not on the page.');
  const y = thumb.y + thumb.height / 2;
  const toLast = async (): Promise<void> => {
    await page.mouse.move(thumb.x + thumb.width / 2, y);
    await page.mouse.down();
    for (const place of [4, 6, 8]) await page.mouse.move(track.x + (track.width * place) / 8, y);
    await valued(page, /^1 bit \(stored in 2\), .*−\d+ %$/);
    await expect.poll(() => answers(page)).not.toBe(eight);
    await expect(side(page, 'Compressed')).toContainText('1 bit');
  };
  await toLast();
  await page.keyboard.press('Escape');
  await page.mouse.up();
  await valued(page, /^8 bits/);
  await expect.poll(() => answers(page)).toBe(eight);

  await toLast();
  const one = await answers(page);
  await page.mouse.up();
  await expect(page.getByRole('region', { name: 'Recipe', exact: true })).toContainText(
    'Block quantization',
  );
  await valued(page, /^1 bit/);
  expect(await answers(page)).toBe(one);
  await page.keyboard.press('ControlOrMeta+z');
  await valued(page, /^8 bits/);
  await expect.poll(() => answers(page)).toBe(eight);

  // By keyboard from end to end.
  await page.setViewportSize({ width: 390, height: 844 });
  await handle(page).focus();
  await page.keyboard.press('Home');
  await valued(page, /^32 bits, as stored, .*±0 %$/);
  const heard = new Set<string>();
  for (let stop = 0; stop < 8; stop++) {
    await page.keyboard.press('ArrowRight');
    heard.add((await handle(page).getAttribute('aria-valuetext')) ?? '');
  }
  expect(heard.size).toBe(8);
  await valued(page, /^1 bit/);
  // Left alone it is taken.
  await expect(side(page, 'Compressed').getByText('loading …')).toBeHidden();
  await expect(page.getByText(/They differ|Both say/)).toBeVisible();
  await page.getByRole('radio', { name: 'Rank' }).click();
  await expect(page.getByRole('slider', { name: 'Rank' })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
});
