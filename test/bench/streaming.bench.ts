/**
 * How fast the storyteller writes in the page: through the page's own side (worker, loop, probabilities
 * and candidates of each token) and through a bare session of onnxruntime-web, in turns in one page.
 */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

import { chromium, type Page } from '@playwright/test';
import { build } from 'vite';

import { launchOptions } from '../../.ci/chromium.mjs';
import { isolationHeaders, serveFolder } from '../../.ci/static-server.mjs';
import type { Bench, Row } from './bench.ts';
import type { Written } from './streaming/page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = `${root}.cache/streaming`;
const model = `${root}public/models/storyteller/onnx/model.onnx`;
/** "Once upon a time" after the mark that begins a text, by the storyteller's tokenizer. */
const prompt = [0, 570, 517, 259, 443];
/** Many short rounds: neighbors in time are disturbed alike where the machine has other work. */
const tokens = 60;
const rounds = 40;

/** What this share of the numbers lies below: 0.5 gives the middle one. */
const quantile = (numbers: readonly number[], share: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)] ?? NaN;
const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

interface Speed {
  /** Milliseconds for each token after the first. */
  readonly perToken: number;
  readonly first: number;
}

/** Chunks arrive together, so the last one's time tells how long all took. */
function speedOf({ times }: Written): Speed {
  const [first = NaN, last = NaN] = [times[0], times.at(-1)];
  return { perToken: (last - first) / (times.length - 1), first };
}

async function measure(page: Page): Promise<Row[]> {
  const base64 = readFileSync(model).toString('base64');
  const threads = await page.evaluate((it) => window.streaming.open(it), base64);
  const run = (who: 'own' | 'bare') =>
    page.evaluate(([name, ids, count]) => window.streaming[name](ids, count), [
      who,
      prompt,
      tokens,
    ] as const);
  const speeds: Record<'own' | 'bare', Speed[]> = { own: [], bare: [] };
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? (['own', 'bare'] as const) : (['bare', 'own'] as const);
    const written = new Map<'own' | 'bare', Written>();
    for (const who of order) written.set(who, await run(who));
    const [own, bare] = [written.get('own'), written.get('bare')];
    if (!own || !bare || own.ids.join() !== bare.ids.join()) {
      throw new Error('The two wrote different texts, so their times are not comparable.');
    }
    // The first round warms both up.
    if (round === 0) continue;
    speeds.own.push(speedOf(own));
    speeds.bare.push(speedOf(bare));
  }
  const ratios = speeds.own.map(
    (own, round) => (speeds.bare[round]?.perToken ?? NaN) / own.perToken,
  );
  const row = (who: 'own' | 'bare', name: string): Row => {
    const perToken = median(speeds[who].map((speed) => speed.perToken));
    return {
      side: name,
      threads,
      'tokens/s': (1000 / perToken).toFixed(1),
      'ms per token': perToken.toFixed(3),
      'fastest tenth': quantile(
        speeds[who].map((speed) => speed.perToken),
        0.1,
      ).toFixed(3),
      'first token ms': median(speeds[who].map(({ first }) => first)).toFixed(1),
      'of bare (median of rounds)': who === 'own' ? median(ratios).toFixed(3) : '1',
      'a tenth below, above': [0.1, 0.9]
        .map((share) => quantile(ratios, share).toFixed(2))
        .join(', '),
      'load average': (loadavg()[0] ?? 0).toFixed(1),
    };
  };
  return [row('bare', 'bare session loop'), row('own', 'the page’s side')];
}

export default {
  name: `Streaming: the storyteller writes ${tokens} tokens on WASM, ${rounds} rounds in turns`,
  async run() {
    await build({
      root,
      configFile: `${root}vite.config.ts`,
      publicDir: false,
      logLevel: 'error',
      build: {
        outDir: folder,
        emptyOutDir: true,
        rolldownOptions: { input: `${root}test/bench/streaming/index.html` },
      },
    });
    const site = await serveFolder({ folder, base: '/some/base/', headers: isolationHeaders });
    const browser = await chromium.launch(launchOptions());
    try {
      const page = await browser.newPage();
      // tsx marks the names of functions, those that travel into the page as well.
      await page.addInitScript('globalThis.__name = (named) => named');
      await page.goto(`${site.url}test/bench/streaming/`);
      await page.waitForFunction(() => 'streaming' in window);
      return await measure(page);
    } finally {
      await browser.close();
      await site.close();
    }
  },
} satisfies Bench;
