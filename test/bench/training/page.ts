/** Training in the built page: a browser for each run, so that its memory is told from that of others. */
import { readdirSync, readFileSync } from 'node:fs';

import { chromium, type Page } from '@playwright/test';

import { launchOptions } from '../../../.ci/chromium.mjs';
import type { NetworkId } from './models.ts';
import type { StepRunner } from './run-steps.ts';

export interface PageRunner extends StepRunner {
  /** Peak of the renderer's resident memory so far, in bytes; NaN where the system does not tell. */
  peak(): number;
}

/** Opens the page of the harness and makes a network ready in a worker. */
export async function startPage(
  url: string,
  network: NetworkId,
  threads: number,
): Promise<PageRunner> {
  const server = await chromium.launchServer(launchOptions());
  const browser = await chromium.connect(server.wsEndpoint());
  const page = await browser.newPage();
  // tsx marks the names of functions, those that travel into the page as well.
  await page.addInitScript('globalThis.__name = (named) => named');
  await page.goto(url);
  await page.waitForFunction(() => 'harness' in window);
  await openNetwork(page, network, threads);
  return {
    run: (count) =>
      page.evaluate((steps) => window.training!.call('training', (api) => api.steps(steps)), count),
    peak: () => rendererPeak(server.process().pid ?? 0),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

const openNetwork = (page: Page, network: NetworkId, threads: number): Promise<void> =>
  page.evaluate(
    async ([id, count]) => {
      const training = window.harness.startTraining();
      window.training = training;
      await training.call('opening', (api) => api.open(id, count));
    },
    [network, threads] as const,
  );

interface Process {
  readonly parent: number;
  readonly command: string;
  readonly peak: number;
}

/** The largest peak among the renderers of one browser. */
function rendererPeak(browser: number): number {
  const processes = runningProcesses();
  const belongs = (id: number): boolean => {
    const parent = processes.get(id)?.parent;
    return parent !== undefined && (parent === browser || belongs(parent));
  };
  const peaks = [...processes]
    .filter(([id, { command }]) => command.includes('--type=renderer') && belongs(id))
    .map(([, { peak }]) => peak);
  return peaks.length > 0 ? Math.max(...peaks) : NaN;
}

/** Linux's processes, by number; none elsewhere. */
function runningProcesses(): Map<number, Process> {
  const found = new Map<number, Process>();
  for (const id of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      const of = (key: string): number =>
        Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      const command = readFileSync(`/proc/${id}/cmdline`, 'utf8');
      found.set(Number(id), { parent: of('PPid'), command, peak: 1024 * of('VmHWM') });
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
