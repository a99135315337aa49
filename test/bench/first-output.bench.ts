/**
 * From the click on an embedded model to the first output of both sides, in the built site: at a first
 * visit, and again in the same browser when the model lies in its storage. Reads `dist`, so build first.
 */
import { chromium, type BrowserContext, type Page } from '@playwright/test';

import { launchOptions } from '../../.ci/chromium.mjs';
import { quantile } from '../../src/core/math/quantile.ts';
import { serveIsolated } from '../e2e/static-server.ts';
import type { Bench, Row } from './bench.ts';

const rounds = 5;

/** What shows that both models have answered. */
const verdict = (page: Page) =>
  page
    .locator('#task-view')
    .getByText(/^(Both say|They differ)/)
    .waitFor();
const models: readonly [card: string, compared: (page: Page) => Promise<unknown>][] = [
  ['Digits', verdict],
  ['Digits, transformer', verdict],
  ['Sentiment', verdict],
  [
    'Embedder',
    (page) =>
      page.getByRole('table', { name: 'Compressed' }).locator('td[title]').first().waitFor(),
  ],
  ['Storyteller', (page) => page.getByLabel('Compressed, token by token').waitFor()],
];

/** Milliseconds from the click to both outputs; the page is left at home. */
async function visit(page: Page, card: string, compared: (page: Page) => Promise<unknown>) {
  const button = page.getByRole('button', { name: `Open ${card}`, exact: true });
  await button.waitFor();
  const start = performance.now();
  await button.click();
  await compared(page);
  return performance.now() - start;
}

async function measure(
  context: BrowserContext,
  url: string,
  [card, compared]: (typeof models)[number],
): Promise<{ cold: number; warm: number }> {
  const page = await context.newPage();
  await page.goto(url);
  const cold = await visit(page, card, compared);
  // The result is stored after it is shown; then the page is opened anew.
  await page.waitForTimeout(1000);
  await page.goto('about:blank');
  await page.goto(url);
  const warm = await visit(page, card, compared);
  await page.close();
  return { cold, warm };
}

const bench: Bench = {
  name: `From click to both outputs, ms (WASM, medians of ${rounds} rounds)`,
  async run() {
    const site = await serveIsolated();
    const browser = await chromium.launch(launchOptions());
    try {
      const rows: Row[] = [];
      for (const model of models) {
        const times: { cold: number; warm: number }[] = [];
        for (let round = 0; round < rounds; round++) {
          const context = await browser.newContext();
          times.push(await measure(context, site.url, model));
          await context.close();
        }
        const median = (of: (time: (typeof times)[number]) => number): number =>
          Math.round(quantile(times.map(of), 0.5));
        rows.push({
          model: model[0],
          cold: median(({ cold }) => cold),
          warm: median(({ warm }) => warm),
        });
      }
      return rows;
    } finally {
      await browser.close();
      await site.close();
    }
  },
};

export default bench;
