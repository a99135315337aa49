/** A link brings someone else to the same models on the same input, says whether the bytes are the same, and may lock controls. */
import type { Locator, Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { changeInSize, expectAccessible, openCard, pick } from './pages.ts';
import { fileOf, twoLayers } from './small-models.ts';

test.setTimeout(150_000);

const patience = { timeout: 60_000 };
const note = (page: Page): Locator => page.getByRole('complementary', { name: /link that you/ });

/** The link that the sheet shows. */
async function shared(page: Page): Promise<string> {
  const field = page.getByLabel('Link', { exact: true });
  await expect(field).toHaveValue(/#\/open\?/, patience);
  return field.inputValue();
}

test('a drawing, two bits and a lock travel in a link; the bytes come out the same', async ({
  page,
  browser,
}) => {
  await openCard(page, 'Digits');
  await page.getByRole('radio', { name: '2-bit' }).click();
  await expect(page.getByLabel('Change in size').first()).toContainText('−92 %', patience);
  await page.getByRole('button', { name: 'Sample 4' }).click();
  await page.getByRole('button', { name: 'Share' }).click();
  const sheet = page.getByRole('dialog', { name: 'Share what you see' });
  await sheet.getByText('For a class').click();
  await sheet.getByLabel(/^Presets/).selectOption('locked');
  await sheet.getByLabel(/^What is to be seen/).fill('A four at two bits');
  await expect(sheet).toContainText('Locks: Presets.');
  await expectAccessible(page);
  const link = await shared(page);
  expect(link.length).toBeLessThan(2000);

  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  await expect(note(other)).toContainText('A four at two bits', patience);
  await expect(note(other)).toContainText('The model is the sender’s, byte for byte.', patience);
  await expect(note(other)).toContainText(
    '2-bit: the bytes are the same as the sender’s.',
    patience,
  );
  await expect(other.getByText(/^Both say 4\.|^They differ: .*says 4/)).toBeVisible(patience);
  const preset = other.getByRole('radio', { name: '4-bit', exact: true });
  await expect(preset).toBeDisabled();
  await expect(other.getByText('A link has locked some controls: Presets.')).toBeVisible();
  await other.getByRole('button', { name: 'Unlock' }).click();
  await expect(preset).toBeEnabled();
  // Back leads home, and not into the link again.
  await other.goBack();
  await expect(other.getByRole('heading', { level: 1 })).toContainText('Make a neural network');
  await other.context().close();
});

test('a link to a file of the sender’s asks for it, and knows another one', async ({
  page,
  browser,
}) => {
  await page.goto('/');
  await pick(page, await fileOf('mine.onnx', twoLayers()));
  await changeInSize(page);
  await page.getByRole('button', { name: 'Share' }).click();
  const link = await shared(page);

  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  const sheet = other.getByRole('dialog', { name: 'A link to mine' });
  await expect(sheet).toContainText('A link carries no files');
  await other.getByTestId('link-files').setInputFiles([await fileOf('other.onnx', twoLayers(128))]);
  await expect(sheet).toContainText('other is another file than the sender’s');
  await other.getByTestId('link-files').setInputFiles([await fileOf('mine.onnx', twoLayers())]);
  await expect(note(other)).toContainText(
    '8-bit: the bytes are the same as the sender’s.',
    patience,
  );
  await other.context().close();
});

test('a broken link says so, and one to elsewhere asks before it fetches', async ({ page }) => {
  await page.goto('/#/open?wx8omL5OpBAgQsnQ');
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('This link could not be opened.');
  await expect(alert).toContainText('Copy the whole link again');
  expect(new URL(page.url()).hash).toBe('#/');
  // Any request to another origin would fail the story.
  await page.goto(
    '/#/open?wx8omL5OpBAgQsnQwsTIwhiYuDBCi7TUUp6XWqQPdi_ehJJMJMCdoOgRW0ZYYgtoLbyMhheq8MIaVAoCQwlSZNfWAgA',
  );
  const sheet = page.getByRole('dialog', { name: 'A link to digits' });
  await expect(sheet).toContainText('from huggingface.co/owner/name, 1.84 MB. Fetch it?');
  await expect(sheet).toContainText('It locks Recipe and Lab; you can unlock them.');
  await sheet.getByRole('button', { name: 'Not now' }).click();
  await expect(sheet).toBeHidden();
});
