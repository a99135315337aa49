import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { isolationHeaders, serveFolder } from '../../.ci/static-server.mjs';
import { expect, test } from './fixtures.ts';
import { bothHaveRun, changeInSize } from './pages.ts';
import { dist, type Site } from './static-server.ts';

test.use({ serviceWorkers: 'allow' });

/** A copy of the built site that a story may change, on a server that it may end. */
async function ownSite(): Promise<{ site: Site; folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'scrunch-site-'));
  await cp(dist, folder, { recursive: true });
  const site = await serveFolder({ folder, headers: isolationHeaders });
  return { site, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Opens the device sheet and waits until the page and the runtime are kept. */
async function untilKept(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Device' }).click();
  const sheet = page.getByRole('dialog', { name: 'What this browser can do' });
  for (const part of ['This page', 'The runtime that models run on']) {
    const state = sheet.getByRole('row', { name: part }).getByRole('cell').last();
    await expect(state).toHaveText('kept', { timeout: 60_000 });
  }
  await sheet.getByRole('button', { name: 'Close' }).click();
}

test('after one visit the page, the runtime and a chosen model work without a network', async ({
  page,
}) => {
  const { site, remove } = await ownSite();
  await page.goto(site.url);
  await untilKept(page);
  await page.getByRole('button', { name: 'Device' }).click();
  await page.getByRole('button', { name: 'Keep Digits', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Drop Digits', exact: true })).toBeVisible();

  await site.close();
  await page.reload();
  await page
    .getByRole('button', { name: /Open.*Digits|^Digits\b/ })
    .first()
    .click();
  expect(await changeInSize(page)).toMatch(/−\d/);
  await bothHaveRun(page);
  await remove();
});

test('a newer version waits until no window needs the older one', async ({ page, context }) => {
  const { site, folder, remove } = await ownSite();
  await page.goto(site.url);
  await untilKept(page);

  await appendFile(join(folder, 'service-worker.js'), '\n// A newer version.\n');
  const other = await context.newPage();
  await other.goto(site.url);
  const note = page.getByText('A newer version of Scrunch is ready.').last();
  await expect(note).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByText('Close the other windows of Scrunch first')).toBeVisible();

  await other.close();
  const reloaded = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Reload' }).click();
  await reloaded;
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await site.close();
  await remove();
});
