/** What the stories of the bridge start from: a page that has the bridge in its window. */
import type { Page } from '@playwright/test';

import { expect, test as base } from '../fixtures.ts';
import type { Site } from '../static-server.ts';
import { serveHarness } from './serve.ts';

interface Sites {
  /** The page with the isolation headers. */
  isolated: Site;
  /** The page as a host without headers serves it. */
  plain: Site;
}

export const test = base.extend<object, Sites>({
  isolated: [async ({}, use) => serve(true, use), { scope: 'worker' }],
  plain: [async ({}, use) => serve(false, use), { scope: 'worker' }],
});

export { expect };

async function serve(isolated: boolean, use: (site: Site) => Promise<void>): Promise<void> {
  const site = await serveHarness(isolated);
  await use(site);
  await site.close();
}

/** Opens the page and waits for the bridge. */
export async function open(page: Page, site: Site): Promise<void> {
  await page.goto(site.url);
  await page.waitForFunction(() => 'harness' in window);
}

/** How many workers live in the page, those of wasm threads among them: `await living(page).toBe(0)`. */
export const living = (page: Page) => expect.poll(() => page.workers().length);
