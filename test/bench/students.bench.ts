/**
 * What a training in the built page makes of the embedded digits model, on digits that the page draws
 * itself: a student with a fraction of the weights, and files of a twentieth and a fortieth of the
 * size. Judged by MNIST's 10,000 test digits; reads ../shared.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { chromium, type Page } from '@playwright/test';

import { launchOptions } from '../../.ci/chromium.mjs';
import type { Recipe, Step } from '../../src/core/compress/recipe.ts';
import { readOnnx } from '../../src/core/onnx/read.ts';
import { elementCount } from '../../src/core/onnx/tensor.ts';
import { nodeRuntime } from '../../src/node/runtime.ts';
import { digitAccuracy } from '../../src/zoo/digits/batches.ts';
import { readMnist, type Digits } from '../../src/zoo/digits/mnist.ts';
import { buildHarness, serveHarness } from '../e2e/harness/serve.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import type { Bench, Row } from './bench.ts';

const teacher = fileURLToPath(
  new URL('../../public/models/digits/onnx/model.onnx', import.meta.url),
);

const thin = (ratio: number): Step => ({
  technique: 'factorize-svd',
  options: { rank: 'ratio', ratio },
  select: { include: ['hidden.weight'] },
});
const rounded = (bits: 4 | 2, blockSize: 32 | 128): Step => ({
  technique: 'quantize-block',
  options: { bits, blockSize },
});
const heal: Step = { technique: 'heal', options: { steps: 200, batch: 64, learningRate: 0.001 } };

const recipes: Readonly<Record<string, readonly Step[]>> = {
  'as it is': [],
  'narrower student, distilled': [
    {
      technique: 'distill',
      options: { student: 'narrower', share: 0.4, steps: 600, batch: 64, learningRate: 0.002 },
    },
  ],
  'thinner student, distilled': [
    thin(0.075),
    {
      technique: 'distill',
      options: { steps: 300, batch: 64, learningRate: 0.0005, temperature: 1, hardLabels: 0 },
    },
  ],
  'a twentieth: low rank, 4 bits': [thin(0.22), rounded(4, 128)],
  'a twentieth, healed': [thin(0.22), rounded(4, 128), heal],
  'a fortieth: low rank, 2 bits': [thin(0.1), rounded(2, 32)],
  'a fortieth, healed': [thin(0.1), rounded(2, 32), heal],
};

interface Made {
  readonly bytes: Buffer;
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** Applies a recipe in the page. */
async function trained(page: Page, recipe: Recipe): Promise<Made> {
  const model = readFileSync(teacher).toString('base64');
  const { text, milliseconds, notes } = await page.evaluate(
    async ([base64, given]) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const made = await window.harness.trainRecipe(new Blob([bytes]), given);
      const buffer = new Uint8Array(await made.onnx.arrayBuffer());
      let binary = '';
      for (const byte of buffer) binary += String.fromCharCode(byte);
      const words = made.trace.flatMap((entry) => entry.notes);
      return { text: btoa(binary), milliseconds: made.milliseconds, notes: words };
    },
    [model, recipe] as const,
  );
  return { bytes: Buffer.from(text, 'base64'), seconds: milliseconds / 1000, notes };
}

async function rowOf(name: string, { bytes, seconds, notes }: Made, digits: Digits): Promise<Row> {
  const onnx = new Blob([new Uint8Array(bytes)]);
  const files = { onnx, external: new Map<string, Blob>() };
  const { graph } = await readOnnx(files);
  const session = await nodeRuntime().createSession(files);
  const { accuracy } = await digitAccuracy(session, digits);
  await session.release();
  return {
    recipe: name,
    kB: (bytes.length / 1000).toFixed(1),
    parameters: graph.initializers.reduce((sum, tensor) => sum + elementCount(tensor), 0),
    'test digits %': (100 * accuracy!).toFixed(2),
    seconds: seconds.toFixed(0),
    note: notes.at(-1) ?? '',
  };
}

export default {
  name: 'Students and healing of the digits model, trained in the page (WASM)',
  async run() {
    if (!hasShared) return [{ skipped: skipReason }];
    const digits = await readMnist(
      (path) => Promise.resolve(new Uint8Array(readFileSync(sharedPath(`data/${path}`)))),
      'test',
    );
    await buildHarness();
    const site = await serveHarness(true);
    const browser = await chromium.launch(launchOptions());
    const page = await browser.newPage();
    // tsx marks the names of functions, those that travel into the page as well.
    await page.addInitScript('globalThis.__name = (named) => named');
    await page.goto(site.url);
    await page.waitForFunction(() => 'harness' in window);
    const rows: Row[] = [];
    for (const [name, steps] of Object.entries(recipes)) {
      const made = await trained(page, { version: 1, seed: 0, steps });
      rows.push(await rowOf(name, made, digits));
      console.log(rows.at(-1));
    }
    await browser.close();
    await site.close();
    return rows;
  },
} satisfies Bench;
