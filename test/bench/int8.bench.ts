/**
 * 8-bit integers against float32 in the page, on WASM with one thread: runs of both sides in turns. The
 * fastest run of each counts.
 */
import { writeFile } from 'node:fs/promises';

import { chromium, type Page } from '@playwright/test';

import { launchOptions } from '../../.ci/chromium.mjs';
import { compress } from '../../src/core/compress/compress.ts';
import { parseRecipe } from '../../src/core/compress/recipe.ts';
import type { TechniqueId } from '../../src/core/compress/techniques/index.ts';
import type { Model } from '../../src/core/onnx/types.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import { nodeRuntime } from '../../src/node/runtime.ts';
import { buildHarness, serveHarness } from '../e2e/harness/serve.ts';
import type { Bench, Row } from './bench.ts';
import {
  convolutionLayers,
  convolutions,
  products,
  samplesFor,
  type Network,
} from './int8-networks.ts';

async function quantized(network: Network, technique: TechniqueId): Promise<Model> {
  const recipe = parseRecipe({ version: 1, seed: 0, steps: [{ technique }] });
  const samples = samplesFor(network);
  const calibration = { samples: () => Promise.resolve(samples) };
  return (await compress(network.model, recipe, { runtime: nodeRuntime(), calibration })).model;
}

interface Timed {
  readonly best: readonly number[];
  readonly forms: readonly string[];
  readonly cosine: number;
}

/** Beside the page that the bench serves; gone with the next build of that page. */
const folder = new URL('../../.cache/harness/test/e2e/harness/', import.meta.url);

async function offer(model: Model, name: string): Promise<string> {
  await writeFile(new URL(name, folder), writeOnnx(model).onnx.stream());
  return name;
}

async function time(
  page: Page,
  models: readonly Model[],
  dims: readonly number[],
  rounds: number,
): Promise<Timed> {
  const names: string[] = [];
  for (const [at, model] of models.entries()) names.push(await offer(model, `bench-${at}.onnx`));
  return page.evaluate(
    async ([files, shape, count]) => {
      const sides = [];
      for (const name of files) {
        const onnx = await (await fetch(name, { cache: 'no-store' })).blob();
        const { openSide } = window.harness;
        sides.push(await openSide({ onnx, external: new Map() }, 'wasm', { threads: 1 }));
      }
      const size = shape.reduce((all, dim) => all * dim, 1);
      const data = Float32Array.from({ length: size }, (_, at) => Math.sin(at * 1.7) * 2);
      const x = { dtype: 'float32' as const, dims: shape, data };
      const past = { dtype: 'float32' as const, dims: [1], data: new Float32Array(1) };
      const best = sides.map(() => Infinity);
      const answers: Float32Array[] = [];
      for (let round = 0; round <= count; round++) {
        for (const [at, side] of sides.entries()) {
          const feeds = side.inputs.length > 1 ? { x, 'past_key_values.0.key': past } : { x };
          const { outputs, milliseconds } = await side.run(feeds);
          if (round > 0) best[at] = Math.min(best[at]!, milliseconds);
          answers[at] = Object.values(outputs)[0]!.data as Float32Array;
        }
      }
      const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
      const [a, b] = [answers[0]!, answers[1]!];
      const forms = [...new Set(sides[1]!.forms.map(({ form }) => form))];
      for (const side of sides) side.close();
      return { best, forms, cosine: dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)) };
    },
    [names, dims, rounds] as const,
  );
}

async function row(
  page: Page,
  network: Network,
  technique: TechniqueId,
  rounds: number,
): Promise<Row> {
  const models = [network.model, await quantized(network, technique)];
  const { best, forms, cosine } = await time(page, models, network.dims, rounds);
  return {
    network: network.name,
    technique,
    form: forms.join(', '),
    'float32 ms': best[0]!.toFixed(2),
    'int8 ms': best[1]!.toFixed(2),
    'times as fast': (best[0]! / best[1]!).toFixed(2),
    cosine: cosine.toFixed(5),
  };
}

export default {
  name: 'int8 in the page on WASM, one thread, against float32',
  async run() {
    await buildHarness();
    const site = await serveHarness(true);
    const browser = await chromium.launch(launchOptions());
    try {
      const page = await browser.newPage();
      // tsx marks the names of functions, those that travel into the page as well.
      await page.addInitScript('globalThis.__name = (named) => named');
      await page.goto(site.url);
      await page.waitForFunction(() => 'harness' in window);
      const rows = [
        await row(page, products(64), 'quantize-dynamic', 8),
        await row(page, products(64), 'quantize-static', 8),
        await row(page, products(1), 'quantize-dynamic', 40),
        // A decoder takes whichever form was measured to be faster with one row.
        await row(page, products(1, true), 'quantize-dynamic', 40),
      ];
      for (const layer of convolutionLayers) {
        rows.push(await row(page, convolutions(layer), 'quantize-static', 12));
      }
      return rows;
    } finally {
      await browser.close();
      await site.close();
    }
  },
} satisfies Bench;
