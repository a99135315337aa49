/** Views of text: labels move with every word, sentences are compared, answers are aligned. */
import type { Locator, Page } from '@playwright/test';

import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { expect, test } from './fixtures.ts';
import { expectAccessible, expectNoSidewaysScroll, openCard } from './pages.ts';

/** Models open slowly where much else goes on. */
const patience = { timeout: 60_000 };

test.setTimeout(150_000);

const table = (page: Page, name: string): Locator =>
  page.getByRole('table', { name: new RegExp(`^${name}`) });

test.describe('sentiment', () => {
  test.beforeEach(({ page }) => openCard(page, 'Sentiment'));

  test('a sentence that is typed moves the bars of both sides', async ({ page }) => {
    // The sentence of its card.
    await expect(page.getByText('Both say NEGATIVE.', { exact: true })).toBeVisible(patience);
    const examples = page.getByRole('list', { name: 'Example sentences' });
    await examples.getByRole('button').first().click();
    await expect(page.getByText('Both say POSITIVE.')).toBeVisible();
    const share = (side: string): Promise<number> =>
      table(page, side)
        .getByRole('row', { name: /^POSITIVE/ })
        .getByRole('cell')
        .last()
        .innerText()
        .then(parseFloat);
    const before = [await share('Original'), await share('Compressed')];
    const field = page.getByRole('textbox', { name: 'Text' });
    await field.fill('');
    await field.pressSequentially('The plot drags, and nobody seems to care.');
    await expect(page.getByText('Both say NEGATIVE.')).toBeVisible();
    expect(await share('Original')).toBeLessThan(before[0]!);
    expect(await share('Compressed')).toBeLessThan(before[1]!);

    await examples.getByRole('button').first().click();
    await expect(page.getByText('Both say POSITIVE.')).toBeVisible();
    await expect(field).toHaveValue(/^A warm, funny film/);
    expect([await share('Original'), await share('Compressed')]).toEqual(before);
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await expectNoSidewaysScroll(page);
  });
});

test.describe('embeddings', () => {
  test.beforeEach(async ({ page }) => {
    await openCard(page, 'Embedder');
    await expect(page.getByText(/nearest neighbor on both sides|another nearest/)).toBeVisible(
      patience,
    );
  });

  /** The similarity of two sentences, by their numbers. */
  const cell = (page: Page, side: string, row: number, column: number): Locator =>
    table(page, side)
      .getByRole('row')
      .nth(row)
      .getByRole('cell')
      .nth(column - 1);

  test('a model that is pressed hard changes who is next to whom; twins are as like as can be', async ({
    page,
  }) => {
    await expect(cell(page, 'Original', 1, 2)).toHaveText(/^\.\d\d$/);
    await expect(cell(page, 'Compressed − original', 1, 1)).toHaveText('0');
    await page.getByRole('radio', { name: '2-bit', exact: true }).check();
    const changed = page.getByRole('region', { name: 'Nearest neighbors that changed' });
    await expect(changed.getByRole('listitem').first()).toContainText('→', patience);
    await page.getByRole('textbox', { name: 'Sentence 2' }).fill('A man is riding a horse.');
    for (const side of ['Original', 'Compressed']) {
      await expect(cell(page, side, 1, 2)).toHaveText('1');
    }
    await expectAccessible(page);
  });

  test('sentences come and go, by keyboard too; a phone shows one table at a time', async ({
    page,
  }) => {
    await expect(table(page, 'Original').getByRole('columnheader')).toHaveCount(8);
    await page.getByRole('button', { name: 'Add a sentence' }).click();
    await expect(page.getByRole('textbox', { name: 'Sentence 9' })).toBeFocused();
    await page.keyboard.type('A horse gallops.');
    await expect(table(page, 'Original').getByRole('columnheader')).toHaveCount(9);
    await page.getByRole('button', { name: 'Remove sentence 1' }).press('Enter');
    await expect(page.getByRole('textbox', { name: 'Sentence 1' })).toBeFocused();
    await expect(table(page, 'Compressed').last().getByRole('columnheader')).toHaveCount(8);
    // A line without words is left out, and the others keep their numbers.
    await page.getByRole('textbox', { name: 'Sentence 1' }).fill('');
    await expect(table(page, 'Original').getByRole('columnheader').first()).toHaveText('2');

    await page.setViewportSize({ width: 390, height: 844 });
    await expect(table(page, 'Original')).toBeVisible();
    await expect(table(page, 'Compressed')).toBeHidden();
    await page.getByRole('radio', { name: 'Difference' }).check();
    await expect(table(page, 'Original')).toBeHidden();
    await expect(table(page, 'Compressed − original')).toBeVisible();
    await expectNoSidewaysScroll(page);
  });
});

test.describe('sequence to sequence', () => {
  test.skip(!hasShared, skipReason);

  test('a word becomes its sounds on both sides, and what differs is marked', async ({ page }) => {
    await page.goto('/');
    await page.getByTestId('folder').setInputFiles(sharedPath('models/bart_g2p'));
    await expect(page.getByText('Both give the same answer.')).toBeVisible(patience);
    const answer = (side: string): Locator => page.getByRole('region', { name: `${side} answer` });
    await expect(answer('Original')).toContainText('hˈɛlO');
    await page.getByRole('radio', { name: '2-bit', exact: true }).check();
    await page.getByRole('textbox', { name: 'Text' }).fill('chrysanthemums');
    await expect(page.getByText(/^The answers differ in \d+ characters\.$/)).toBeVisible(patience);
    await expect(answer('Original').locator('mark').first()).toBeVisible();
    await expect(answer('Compressed').locator('mark').first()).toBeVisible();
    await page.getByRole('textbox', { name: 'Text' }).fill('');
    await expect(page.getByText('There is no text. Type some, or pick an example.')).toBeVisible();
    await expect(answer('Original').locator('mark')).toHaveCount(0);
  });
});
