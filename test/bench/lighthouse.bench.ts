/**
 * Lighthouse over the built site, as a phone and as a desktop: scores of 100, and what the page took.
 * Lighthouse is fetched for this alone, as `npx` does; it is no dependency. Reads `dist`, so build first.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findChromium } from '../../.ci/chromium.mjs';
import { serveIsolated } from '../e2e/static-server.ts';
import type { Bench, Row } from './bench.ts';

const version = '12.8.2';
const categories = ['performance', 'accessibility', 'best-practices', 'seo'] as const;
const figures = {
  'FCP, ms': 'first-contentful-paint',
  'LCP, ms': 'largest-contentful-paint',
  'blocking, ms': 'total-blocking-time',
  CLS: 'cumulative-layout-shift',
} as const;

interface Report {
  readonly categories: Readonly<Record<string, { readonly score: number | null }>>;
  readonly audits: Readonly<
    Record<
      string,
      { readonly score: number | null; readonly numericValue?: number; readonly title: string }
    >
  >;
}

async function examine(url: string, preset: 'mobile' | 'desktop', folder: string): Promise<Row> {
  const output = join(folder, `${preset}.json`);
  await promisify(execFile)(
    'npx',
    [
      '--yes',
      `lighthouse@${version}`,
      url,
      '--quiet',
      '--output=json',
      `--output-path=${output}`,
      `--only-categories=${categories.join(',')}`,
      '--chrome-flags=--headless=new --no-sandbox',
      ...(preset === 'desktop' ? ['--preset=desktop'] : []),
    ],
    { env: { ...process.env, CHROME_PATH: findChromium() ?? '' } },
  );
  const report = JSON.parse(readFileSync(output, 'utf8')) as Report;
  const scores = categories.map((id) => [
    id,
    Math.round(100 * (report.categories[id]?.score ?? 0)),
  ]);
  const measured = Object.entries(figures).map(([name, id]) => {
    const value = report.audits[id]?.numericValue ?? NaN;
    return [name, name === 'CLS' ? Number(value.toFixed(3)) : Math.round(value)];
  });
  const failed = Object.values(report.audits).filter(({ score }) => score === 0);
  return {
    as: preset,
    ...Object.fromEntries([...scores, ...measured]),
    failed: failed.map(({ title }) => title).join('; '),
  } as Row;
}

const bench: Bench = {
  name: `Lighthouse ${version} on the first page`,
  async run() {
    const site = await serveIsolated();
    const folder = mkdtempSync(join(tmpdir(), 'scrunch-lighthouse-'));
    try {
      const mobile = await examine(site.url, 'mobile', folder);
      return [mobile, await examine(site.url, 'desktop', folder)];
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await site.close();
    }
  },
};

export default bench;
