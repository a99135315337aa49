/** The generation view: both sides write at once, part, are looked into, stopped, and score each other's words. */
import type { Locator, Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { expectAccessible, expectNoSidewaysScroll, openCard } from './pages.ts';

/** Models write slowly where much else goes on. */
const patience = { timeout: 60_000 };

const written = (page: Page, side: 'Original' | 'Compressed'): Locator =>
  page.getByRole('listbox', { name: `${side}, token by token` });
const tokens = (page: Page, side: 'Original' | 'Compressed'): Locator =>
  written(page, side).getByRole('option');
const panel = (page: Page): Locator =>
  page.getByRole('region', { name: 'What might have been said' });
const limit = (page: Page): Locator => page.getByRole('spinbutton', { name: 'Tokens at most' });

test.setTimeout(180_000);

test.beforeEach(async ({ page }) => {
  await openCard(page, 'Storyteller');
  // It begins by itself, again once the compressed side is there: that must be over first.
  await expect(page.getByText(/^(Both wrote|The same for \d+ tokens?, then)/)).toBeVisible(
    patience,
  );
  // Where they part, either may be done first.
  for (const side of ['Original', 'Compressed'] as const) {
    await expect(tokens(page, side)).toHaveCount(60, patience);
  }
});

/** Writes so many tokens with a new prompt, to the end. */
async function write(page: Page, prompt: string, count: number): Promise<void> {
  await page.getByRole('textbox', { name: 'Prompt' }).fill(prompt);
  await limit(page).fill(String(count));
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await expect(tokens(page, 'Original')).toHaveCount(count, patience);
  await expect(tokens(page, 'Compressed')).toHaveCount(count, patience);
  await expect(page.getByRole('button', { name: 'Write', exact: true })).toBeVisible();
}

test('both sides write by themselves, say how fast, and are walked token by token', async ({
  page,
}) => {
  for (const side of ['Original', 'Compressed'] as const) {
    const text = page.getByRole('region', { name: `${side} text` });
    // The beginning that its card told.
    await expect(text).toContainText('One day, a little dog');
    await expect(text).toContainText(/60 tokens · [\d.]+ tokens\/s · first after [\d.]+ m?s/);
    await expect(text).toContainText('It wrote the 60 tokens that were asked for.');
  }
  await expectAccessible(page);

  await written(page, 'Original').focus();
  await page.keyboard.press('Home');
  await expect(panel(page).getByRole('heading')).toHaveText('Token 1');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(panel(page).getByRole('heading')).toHaveText('Token 3');
  await expect(tokens(page, 'Original').nth(2)).toHaveAttribute('aria-selected', 'true');
  const rows = panel(page).getByRole('table', { name: 'Original' }).getByRole('row');
  // The head and five candidates, the likeliest first.
  await expect(rows).toHaveCount(6);
  const shares = (await rows.getByRole('cell').allInnerTexts())
    .filter((text) => text.includes('%'))
    .map(parseFloat);
  expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  await page.keyboard.press('End');
  await expect(panel(page).getByRole('heading')).toHaveText(/^Token 60/);
  // One stop each, however long the texts are.
  await page.keyboard.press('Tab');
  await expect(written(page, 'Compressed')).toBeFocused();
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});

test('where they part is said and marked, with what both might have said', async ({ page }) => {
  await page.getByRole('radio', { name: '2-bit', exact: true }).check();
  const verdict = page.getByText(/the original goes on with “.+”, the compressed with “.+”\.$/);
  await expect(verdict).toBeVisible(patience);
  await expect(panel(page).getByRole('heading')).toContainText('where they part', patience);
  const own = (side: string): Locator =>
    panel(page)
      .getByRole('table', { name: side })
      .getByRole('row', { name: /this token/ });
  const [, original, compressed] = /with (“.+”), the compressed with (“.+”)\.$/.exec(
    await verdict.innerText(),
  )!;
  await expect(own('Original')).toContainText(original!);
  await expect(own('Compressed')).toContainText(compressed!);
});

test('the compressed model scores the original’s words', async ({ page }) => {
  await page.getByRole('radio', { name: 'Score the original' }).check();
  const text = page.getByRole('region', { name: 'The original’s words' });
  await expect(text.getByRole('option')).toHaveCount(60, patience);
  const row = (name: string): Locator => text.getByRole('row', { name: new RegExp(`^${name}`) });
  // Written greedily: every word was the original's first choice.
  await expect(row('Original')).toContainText('100.0 %');
  await expect(row('Compressed')).toContainText(/−[\d.]+ nats/);
  await text.getByRole('listbox').focus();
  await page.keyboard.press('End');
  await expect(panel(page).getByRole('table', { name: 'Compressed' })).toContainText('was given');
  await expectAccessible(page);
  await page.getByRole('radio', { name: 'Both write' }).check();
  await expect(tokens(page, 'Compressed')).toHaveCount(60);
});

test('the same seed draws the same text, another one another; writing stops when told', async ({
  page,
}) => {
  await page.getByText(/^Sampling:/).click();
  await page.getByRole('radio', { name: 'Drawn by probability' }).check();
  const seed = page.getByRole('spinbutton', { name: 'Seed' });
  const texts: string[] = [];
  for (const value of ['7', '8', '7']) {
    await seed.fill(value);
    await write(page, 'One day, a little dog', 16);
    texts.push(await written(page, 'Original').innerText());
  }
  expect(texts[2]).toBe(texts[0]);
  expect(texts[1]).not.toBe(texts[0]);

  // Stopped at once, and the text stays.
  await limit(page).fill('200');
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await expect(tokens(page, 'Original').nth(4)).toBeVisible(patience);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByText('Stopped; the text stays.').first()).toBeVisible();
  const count = await tokens(page, 'Original').count();
  expect(count).toBeGreaterThan(4);
  expect(count).toBeLessThan(200);
  await expect(page.getByRole('button', { name: 'Write', exact: true })).toBeEnabled();
  await tokens(page, 'Original').first().click();
  await expect(panel(page).getByRole('table', { name: 'Original' })).toContainText('%');
});
