/**
 * What every story starts from: the built site on a port of its own, and a watch over the page that
 * fails the story on any error in the console and on any request to another origin.
 */
import { test as base, expect, type BrowserContext } from '@playwright/test';

import { serveIsolated, servePlain, type Site } from './static-server.ts';

interface StoryFixtures {
  /** Console errors that this story provokes on purpose: `test.use({ expectedErrors: [/…/] })`. */
  expectedErrors: RegExp[];
  watch: undefined;
}

interface ServerFixtures {
  /** The site with isolation headers; `page.goto('/')` opens it. */
  site: Site;
  /** The site on a host that sends no headers, under a sub-path. */
  plainSite: Site;
}

export const test = base.extend<StoryFixtures, ServerFixtures>({
  site: [async ({}, use) => during(serveIsolated(), use), { scope: 'worker' }],
  plainSite: [async ({}, use) => during(servePlain(), use), { scope: 'worker' }],
  baseURL: async ({ site }, use) => use(site.url),
  expectedErrors: [[], { option: true }],
  watch: [
    async ({ context, expectedErrors }, use) => {
      const problems = watchOver(context);
      await use(undefined);
      const unexpected = problems.filter((text) => !expectedErrors.some((one) => one.test(text)));
      expect(unexpected, 'errors in the console, and requests to other origins').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

async function during(starting: Promise<Site>, use: (site: Site) => Promise<void>): Promise<void> {
  const site = await starting;
  await use(site);
  await site.close();
}

/** Collects, while the context lives, what a story must not cause. Workers' messages count too. */
function watchOver(context: BrowserContext): string[] {
  const problems: string[] = [];
  context.on('weberror', (error) => problems.push(`uncaught: ${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  context.on('request', (request) => {
    const url = new URL(request.url());
    const local = url.hostname === 'localhost' || ['blob:', 'data:'].includes(url.protocol);
    if (!local) problems.push(`request: ${request.url()}`);
  });
  return problems;
}
