/**
 * How long the main thread is kept busy at a stretch while the page works, and how soon it paints what the
 * slider does: the longest task, tasks over 50 ms, and the slowest event until its next paint. The time of
 * a task by the clock counts what else the machine does meanwhile, which with few cores is much: the
 * processor's time of the longest one stands beside it. Reads `dist`, so build first.
 */
import { chromium, type CDPSession, type Page } from '@playwright/test';

import { launchOptions } from '../../.ci/chromium.mjs';
import { manyNodes } from '../core/inspect/large-graphs.ts';
import { bothHaveRun, openCard, pick, side } from '../e2e/pages.ts';
import { fileOf } from '../e2e/small-models.ts';
import { serveIsolated } from '../e2e/static-server.ts';
import type { Bench, Row } from './bench.ts';

/** What the page notes of itself. */
interface Notes {
  tasks: number[];
  events: number[];
}

function observe(): void {
  const notes: Notes = { tasks: [], events: [] };
  (globalThis as { notes?: Notes }).notes = notes;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) notes.tasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
  const options = { type: 'event', buffered: true, durationThreshold: 16 };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) notes.events.push(duration);
  }).observe(options);
}

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name?: string };
  /** Microseconds of the processor. */
  readonly tdur?: number;
}

/** The longest task of any page's main thread, in milliseconds of the processor, once it is asked for. */
async function traced(session: CDPSession): Promise<() => Promise<number>> {
  const events: TraceEvent[] = [];
  const collect = ({ value }: { value: object[] }) => events.push(...(value as TraceEvent[]));
  session.on('Tracing.dataCollected', collect);
  const traceConfig = { includedCategories: ['toplevel', '__metadata'] };
  await session.send('Tracing.start', { traceConfig, transferMode: 'ReportEvents' });
  return async () => {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    session.off('Tracing.dataCollected', collect);
    const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
    const main = new Set(
      events.filter(({ args }) => args.name === 'CrRendererMain').map((one) => threadOf(one)),
    );
    const tasks = events.filter((one) => one.name.endsWith('RunTask') && main.has(threadOf(one)));
    return Math.max(0, ...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
  };
}

/** What the page noted while `work` went on. */
async function during(page: Page, phase: string, work: () => Promise<unknown>): Promise<Row> {
  await page.waitForTimeout(500);
  const session = await page.context().browser()!.newBrowserCDPSession();
  const longest = await traced(session);
  await page.evaluate(() => {
    Object.assign((globalThis as { notes?: Notes }).notes!, { tasks: [], events: [] });
  });
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  await page.waitForTimeout(500);
  const processor = await longest();
  await session.detach();
  const { tasks, events } = await page.evaluate(() => (globalThis as { notes?: Notes }).notes!);
  return {
    while: phase,
    seconds: Number(seconds.toFixed(1)),
    'longest task, ms': Math.round(Math.max(0, ...tasks)),
    'of the processor, ms': Math.round(processor),
    'tasks over 50 ms': tasks.length,
    'slowest event to paint, ms': Math.max(0, ...events),
  };
}

const preset = (page: Page, name: string) => page.getByRole('radio', { name, exact: true });

async function digits(page: Page): Promise<Row[]> {
  await openCard(page, 'Digits');
  await bothHaveRun(page);
  const bits = page.getByRole('slider', { name: 'Bits' });
  await bits.focus();
  await page.waitForTimeout(15_000);
  return [
    await during(page, 'slider from end to end, by keys', async () => {
      for (const key of ['Home', ...Array<string>(8).fill('ArrowRight')]) {
        await page.keyboard.press(key);
        await page.waitForTimeout(150);
      }
    }),
    await during(page, 'lab, 300 digits', async () => {
      await page.getByRole('tab', { name: 'Lab' }).click();
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page.getByRole('region', { name: 'Figures of the task' }).waitFor({ timeout: 120_000 });
    }),
    await during(page, 'healing', async () => {
      await preset(page, '4-bit').check();
      await page.getByRole('button', { name: 'Customize' }).click();
      await page.getByRole('button', { name: 'Healing' }).click();
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      await page.waitForTimeout(20_000);
    }),
  ];
}

async function storyteller(page: Page): Promise<Row[]> {
  await openCard(page, 'Storyteller');
  const wrote = page.getByText(/^(Both wrote|The same for \d+ tokens?, then)/);
  return [
    await during(page, 'opening, and both write', () => wrote.waitFor({ timeout: 120_000 })),
    await during(page, 'compression to 2 bits', async () => {
      await preset(page, '2-bit').check();
      await side(page, 'Compressed').getByText('2-bit weights').waitFor();
    }),
    await during(page, 'best 4-bit, on samples', async () => {
      await preset(page, 'Best 4-bit').check();
      await page.waitForTimeout(20_000);
    }),
  ];
}

async function graph(page: Page): Promise<Row[]> {
  await page.goto('/');
  await pick(page, await fileOf('large.onnx', manyNodes(5000, { named: true })));
  await page.getByRole('tab', { name: 'Inspect' }).click();
  const picture = page.getByLabel(/^Graph of/).first();
  return [
    await during(page, 'graph of 5,000 nodes, unfolded', async () => {
      await page.getByRole('radio', { name: 'Graph' }).click();
      await picture.waitFor();
      await page.getByRole('button', { name: 'Unfold all' }).click();
      await page.waitForTimeout(8000);
    }),
    await during(page, 'moving over it', async () => {
      const { x, y, width, height } = (await picture.boundingBox())!;
      await page.mouse.move(x + width / 2, y + height / 2);
      await page.mouse.down();
      for (let step = 0; step < 60; step++) {
        await page.mouse.move(x + width / 2 + 6 * (step % 20), y + height / 2 - 8 * (step % 30));
      }
      await page.mouse.up();
      for (let turn = 0; turn < 20; turn++) await page.mouse.wheel(0, turn < 10 ? 100 : -100);
    }),
  ];
}

const bench: Bench = {
  name: 'The main thread while the page works',
  async run() {
    const site = await serveIsolated();
    const browser = await chromium.launch(launchOptions());
    try {
      const rows: Row[] = [];
      for (const visit of [digits, storyteller, graph]) {
        const context = await browser.newContext({ baseURL: site.url, serviceWorkers: 'block' });
        await context.addInitScript(observe);
        rows.push(...(await visit(await context.newPage())));
        await context.close();
      }
      return rows;
    } finally {
      await browser.close();
      await site.close();
    }
  },
};

export default bench;
