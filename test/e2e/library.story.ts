import { readFile } from 'node:fs/promises';

import type { Locator, Page } from '@playwright/test';
import { unzipSync } from 'fflate';

import { expect, test } from './fixtures.ts';
import {
  bothHaveRun,
  changeInSize,
  expectAccessible,
  expectNoSidewaysScroll,
  pick,
  side,
} from './pages.ts';
import { fileOf, twoLayers } from './small-models.ts';

/** Opens a small model and goes home again. */
async function store(page: Page, name: string, width = 64): Promise<void> {
  await page.goto('/');
  await pick(page, await fileOf(`${name}.onnx`, twoLayers(width)));
  await changeInSize(page);
  await expect(page).toHaveURL(/#\/model\/[0-9a-f]{64}$/);
  await page.getByRole('link', { name: 'Scrunch, all models' }).click();
  await expect(shelf(page, name).getByRole('link', { name: /^8-bit/ })).toBeVisible();
}

const models = (page: Page): Locator => page.getByRole('region', { name: 'Recent work' });
const shelf = (page: Page, name: string): Locator =>
  models(page)
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name: new RegExp(`^${name}\\b`) }) })
    .first();

/** Chooses from the menu of a model, by keyboard alone. */
async function choose(page: Page, name: string, action: string): Promise<void> {
  const button = page.getByRole('button', { name: `Actions for ${name}`, exact: true });
  await button.focus();
  await page.keyboard.press('Enter');
  const item = page.getByRole('menuitem', { name: action });
  await expect(item).toBeVisible();
  // The first item gets the focus when the menu is open; the arrows go on from there.
  await expect(page.getByRole('menuitem').first()).toBeFocused();
  const items = await page.getByRole('menuitem').allInnerTexts();
  for (let at = 0; at < items.findIndex((text) => text.startsWith(action)); at++) {
    await page.keyboard.press('ArrowDown');
  }
  await expect(item).toBeFocused();
  await page.keyboard.press('Enter');
}

test('a stored model gets a name, a copy and a pin, by keyboard', async ({ page }) => {
  await store(page, 'plain');
  await expect(shelf(page, 'plain').getByText('opened from a file')).toBeVisible();

  await choose(page, 'plain', 'Rename');
  const field = page.getByRole('textbox', { name: 'Name of plain' });
  await expect(field).toBeFocused();
  await field.fill('other');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Actions for plain' })).toBeFocused();
  await choose(page, 'plain', 'Rename');
  await field.fill('  ');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('at least one letter');
  await field.fill('my layers');
  await page.keyboard.press('Enter');
  await expect(models(page).getByRole('link', { name: /^my layers/ })).toBeVisible();

  await choose(page, 'my layers', 'Duplicate');
  await expect(models(page).getByRole('link', { name: /^my layers copy/ })).toBeVisible();
  await expect(models(page).getByRole('link').first()).toHaveAccessibleName(/^my layers copy/);
  await choose(page, 'my layers', 'Pin');
  await expect(models(page).getByRole('link').first()).toHaveAccessibleName(/^my layers pinned/);
  await expectAccessible(page);

  await page.reload();
  await expect(models(page).getByRole('link').first()).toHaveAccessibleName(/^my layers pinned/);
  await models(page)
    .getByRole('link', { name: /^my layers copy/ })
    .click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('my layers copy');
  await bothHaveRun(page);
  await expect(page).toHaveURL(/#\/model\/[0-9a-f]{64}-2$/);
});

test('files are read again, and a damaged one is named', async ({ page }) => {
  await store(page, 'checked');
  await choose(page, 'checked', 'Verify');
  await expect(shelf(page, 'checked')).toContainText('checked is whole: 1 file');
  await shelf(page, 'checked').getByRole('button', { name: 'Close' }).click();

  await page.evaluate(async () => {
    const opening = indexedDB.open('scrunch-blobs');
    const database = await new Promise<IDBDatabase>((resolve) => {
      opening.onsuccess = () => resolve(opening.result);
    });
    const id =
      /model\/([0-9a-f]{64})/.exec(
        document.querySelector<HTMLAnchorElement>('a[href^="#/model"]')?.href ?? '',
      )?.[1] ?? '';
    const store = database.transaction('blobs', 'readwrite').objectStore('blobs');
    const reading = store.get(id);
    await new Promise<void>((resolve) => {
      reading.onsuccess = () => {
        const { size } = reading.result as Blob;
        store.put(new Blob([new Uint8Array(size)]), id).onsuccess = () => resolve();
      };
    });
    database.close();
  });
  await choose(page, 'checked', 'Verify');
  await expect(shelf(page, 'checked')).toContainText(
    '“checked.onnx” has other bytes than were stored',
  );
});

test('the storage says how much there is, and gives everything away as one zip', async ({
  page,
}) => {
  await store(page, 'first');
  await store(page, 'second', 96);
  await page.getByRole('button', { name: 'Storage', exact: true }).click();
  const sheet = page.getByRole('dialog', { name: 'Storage' });
  await expect(sheet).toContainText(/holds 4 models and results .* are left/s);
  await expect(sheet.getByRole('heading', { name: 'Keep permanently' })).toBeVisible();
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 800 });
  await expectNoSidewaysScroll(page);

  const started = page.waitForEvent('download');
  await sheet.getByRole('button', { name: 'As one zip file' }).click();
  const files = unzipSync(await readFile(await (await started).path()));
  await expect(sheet).toContainText('4 models and results exported.');
  const contents = JSON.parse(new TextDecoder().decode(files['library.json'])) as {
    models: { folder: string; madeFrom?: { folder: string } }[];
  };
  expect(contents.models.map(({ folder }) => folder).sort()).toEqual([
    'first',
    'first-int8',
    'second',
    'second-int8',
  ]);
  expect(contents.models.find(({ folder }) => folder === 'first-int8')?.madeFrom?.folder).toBe(
    'first',
  );
  expect(files['first/first.onnx']?.length).toBeGreaterThan(1000);
});

test('keeping permanently is asked of the browser, and its answer is said', async ({ page }) => {
  await page.addInitScript(() => {
    let granted = false;
    StorageManager.prototype.persisted = () => Promise.resolve(granted);
    StorageManager.prototype.persist = function () {
      // The first time it refuses, as browsers do with a page that is new to them.
      const answer = document.title === 'asked';
      document.title = 'asked';
      granted = answer;
      return Promise.resolve(answer);
    };
  });
  await page.goto('/');
  await page.getByRole('button', { name: 'Storage', exact: true }).click();
  const sheet = page.getByRole('dialog', { name: 'Storage' });
  await expect(sheet).toContainText('Off.');
  await sheet.getByRole('button', { name: 'Keep permanently' }).click();
  await expect(sheet).toContainText('The browser did not agree.');
  await sheet.getByRole('button', { name: 'Keep permanently' }).click();
  await expect(sheet).toContainText(
    'On. The browser clears this page’s storage only when you tell it to.',
  );
});

test('two tabs: what one does the other shows, and what it deletes stays open there', async ({
  page,
  context,
}) => {
  // A tab in the background draws once a second, and every click waits for two frames.
  test.slow();
  await store(page, 'shared');
  const other = await context.newPage();
  await other.goto('/');
  await models(other)
    .getByRole('link', { name: /^shared (?!copy)/ })
    .click();
  await bothHaveRun(other);

  await choose(page, 'shared', 'Duplicate');
  await expect(models(page).getByRole('link', { name: /^shared copy/ })).toBeVisible();
  await other.getByRole('link', { name: 'Scrunch, all models' }).click();
  await expect(models(other).getByRole('link', { name: /^shared copy/ })).toBeVisible();
  await choose(other, 'shared copy', 'Pin');
  await expect(models(page).getByRole('link').first()).toHaveAccessibleName(/^shared copy pinned/);

  await models(other)
    .getByRole('link', { name: /^shared (?!copy)/ })
    .click();
  await bothHaveRun(other);
  await page.getByRole('button', { name: 'Delete shared', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(models(page).getByRole('link', { name: /^shared (?!copy)/ })).toHaveCount(0);

  await expect(other.getByRole('main')).toContainText('This model was deleted in another tab.');
  await expect(other).toHaveURL(/#\/model\/open$/);
  await other.getByRole('radio', { name: '4-bit', exact: true }).check();
  await expect(side(other, 'Compressed')).toContainText('4-bit weights');
  await bothHaveRun(other);
  // Nothing came back behind the back of the first tab.
  await expect(models(page).getByRole('link')).toHaveCount(1);

  await other.getByRole('button', { name: 'Store it' }).click();
  await expect(other).toHaveURL(/#\/model\/[0-9a-f]{64}$/);
  await expect(models(page).getByRole('link', { name: /^shared (?!copy)/ })).toBeVisible();
});
