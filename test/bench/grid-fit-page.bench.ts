/**
 * Grid fit of all weights of a model of 25 million in the page, reading and writing included: with the
 * workers of an isolated page, and on one thread of a page that is not. Both give the same bytes.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, type Browser } from '@playwright/test';

import { launchOptions } from '../../.ci/chromium.mjs';
import { quantile } from '../../src/core/math/quantile.ts';
import { createRandom } from '../../src/core/math/random.ts';
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import { buildHarness, serveHarness } from '../e2e/harness/serve.ts';
import type { Bench, Row } from './bench.ts';

const [layers, width] = [24, 1024];
const rounds = 3;

/** x·W0·W1·…, 24 matrices of 1024 × 1024 normal values. */
async function bytes(): Promise<Buffer> {
  const random = createRandom(0);
  const weights = Array.from({ length: layers }, (_, index) => {
    const values = Float32Array.from({ length: width * width }, () => 0.03 * random.normal());
    return makeTensor(`W${index}`, 'float32', [width, width], values);
  });
  const { onnx } = writeOnnx(
    model(
      graph({
        nodes: weights.map(({ name }, index) =>
          node('MatMul', [`x${index}`, name], [`x${index + 1}`]),
        ),
        inputs: [value('x0', 'float32', [1, width])],
        outputs: [value(`x${layers}`, 'float32', [1, width])],
        initializers: weights,
      }),
      { opset: 21 },
    ),
  );
  return Buffer.from(await onnx.arrayBuffer());
}

async function row(browser: Browser, path: string, isolated: boolean, bits: number): Promise<Row> {
  const site = await serveHarness(isolated);
  const page = await browser.newPage();
  try {
    await page.goto(site.url);
    await page.waitForFunction(() => 'harness' in window);
    await page.evaluate(() => (document.body.innerHTML = '<input type="file">'));
    await page.locator('input').setInputFiles(path);
    const { laps, sha256 } = await page.evaluate(
      async ([width, times]) => {
        const onnx = document.querySelector('input')!.files![0]!;
        const laps: number[] = [];
        let sha256 = '';
        for (let round = 0; round < times; round++) {
          const options = { bits: width, blockSize: 32 };
          const steps = [{ technique: 'quantize-block', options }];
          const start = performance.now();
          // Another seed is another recipe, which no cache knows.
          const recipe = { version: 1, seed: round, steps };
          const made = await window.harness.compressInWorker({ onnx, external: new Map() }, recipe);
          laps.push((performance.now() - start) / 1000);
          sha256 = made.sha256;
        }
        return { laps, sha256 };
      },
      [bits, rounds] as const,
    );
    return {
      bits,
      page: isolated ? 'isolated' : 'not isolated',
      seconds: quantile(Float64Array.from(laps), 0.5).toFixed(2),
      first: laps[0]!.toFixed(2),
      sha256: sha256.slice(0, 16),
    };
  } finally {
    await page.close();
    await site.close();
  }
}

export default {
  name: `Grid fit of ${((layers * width ** 2) / 1e6).toFixed(1)} million weights in the page (n = ${rounds})`,
  async run() {
    await buildHarness();
    const folder = mkdtempSync(join(tmpdir(), 'scrunch-'));
    const path = join(folder, 'large.onnx');
    writeFileSync(path, await bytes());
    const browser = await chromium.launch(launchOptions());
    try {
      const rows: Row[] = [];
      for (const bits of [4, 2]) {
        for (const isolated of [true, false]) rows.push(await row(browser, path, isolated, bits));
      }
      return rows;
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true });
    }
  },
} satisfies Bench;
