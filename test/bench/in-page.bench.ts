/**
 * The scores of quality.bench.ts again, where the visitor gets them: compressed in the page's worker,
 * run by the page's own runtime. Real models and data; reads ../shared.
 */
import { readFileSync } from 'node:fs';

import { chromium, type Page } from '@playwright/test';

import { launchOptions } from '../../.ci/chromium.mjs';
import type { Recipe } from '../../src/core/compress/recipe.ts';
import { wilson } from '../../src/core/evaluate/statistics.ts';
import { perplexity } from '../../src/core/evaluate/metrics/nll.ts';
import { readTokenizer } from '../data/llama2-tokenizer.ts';
import { readIdx } from '../data/mnist.ts';
import { storySamples } from '../data/stories.ts';
import { buildHarness, serveHarness } from '../e2e/harness/serve.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import type { Bench, Row } from './bench.ts';
import { recipes } from './recipes.ts';

type Device = 'wasm' | 'webgpu';

const base64 = (path: string): string => readFileSync(sharedPath(path)).toString('base64');
const percent = (share: number): string => (100 * share).toFixed(2);

interface Job {
  readonly model: string;
  readonly recipe: Recipe;
  readonly device: Device;
}

/** How many of the digits a model gets right, and what the page made of it. */
async function scoreDigits(
  page: Page,
  job: Job,
  digits: { readonly pixels: string; readonly labels: string; readonly standard: boolean },
  count: number,
): Promise<{ right: number[]; sha256: string; bytes: number; milliseconds: number }> {
  return page.evaluate(
    async ([{ model, recipe, device }, { pixels, labels, standard }, digitCount]) => {
      const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      const files = { onnx: new Blob([bytes(model)]), external: new Map<string, Blob>() };
      const { harness } = window;
      const made = await harness.compressInWorker(files, recipe);
      const side = await harness.openSide(made, device);
      const [images, answers] = [bytes(pixels), bytes(labels)];
      const input = side.inputs[0]!;
      const dims = input.dims!.map((dim) => (typeof dim === 'number' ? dim : 1));
      const right: number[] = [];
      const start = performance.now();
      for (let digit = 0; digit < digitCount; digit++) {
        const image = images.subarray(digit * 784, digit * 784 + 784);
        const data = Float32Array.from(image, (x) => (standard ? (x / 255 - 0.1307) / 0.3081 : x));
        const { outputs } = await side.run({ [input.name]: { dtype: 'float32', dims, data } });
        const scores = Object.values(outputs)[0]!.data as Float32Array;
        right.push(Number(scores.indexOf(Math.max(...scores)) === answers[digit]));
      }
      const milliseconds = performance.now() - start;
      side.close();
      return { right, sha256: made.sha256, bytes: made.onnx.size, milliseconds };
    },
    [job, digits, count] as const,
  );
}

async function digitRow(page: Page, file: string, name: string, device: Device): Promise<Row> {
  const pixels = Buffer.from(
    readIdx(readFileSync(sharedPath('data/mnist/t10k-images-idx3-ubyte.gz'))).data,
  );
  const labels = Buffer.from(
    readIdx(readFileSync(sharedPath('data/mnist/t10k-labels-idx1-ubyte.gz'))).data,
  );
  const job = { model: base64(`models/${file}`), recipe: recipes[name]!, device };
  const set = {
    pixels: pixels.toString('base64'),
    labels: labels.toString('base64'),
    // burn_mnist wants standardized pixels, as `normalized` of test/data makes them; mnist-8 takes bytes.
    standard: file.startsWith('burn'),
  };
  const { right, sha256, bytes, milliseconds } = await scoreDigits(page, job, set, 10_000);
  const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
  const [low, high] = wilson(sum(right), right.length);
  return {
    model: file,
    recipe: name,
    device,
    kB: (bytes / 1000).toFixed(1),
    'first 2,000 %': percent(sum(right.slice(0, 2000)) / 2000),
    'all 10,000 %': percent(sum(right) / right.length),
    'interval %': `${percent(low)}–${percent(high)}`,
    'ms per digit': (milliseconds / right.length).toFixed(2),
    sha256: sha256.slice(0, 16),
  };
}

async function storyRow(page: Page, name: string, device: Device, count: number): Promise<Row> {
  const tokenizer = readTokenizer(readFileSync(sharedPath('models/stories260K/tok512.bin')));
  const texts = JSON.parse(
    readFileSync(sharedPath('data/text/tinystories_1000.json'), 'utf8'),
  ) as string[];
  const samples = storySamples(tokenizer, texts.slice(0, count)).map(({ feeds, targets }) => ({
    ids: Array.from(Object.values(feeds)[0]!.data as BigInt64Array, Number),
    name: Object.keys(feeds)[0]!,
    targets: Array.from(targets.data as ArrayLike<number | bigint>, Number),
  }));
  const result = await page.evaluate(
    async ([model, recipe, on, stories]) => {
      const bytes = Uint8Array.from(atob(model), (c) => c.charCodeAt(0));
      const files = { onnx: new Blob([bytes]), external: new Map<string, Blob>() };
      const made = await window.harness.compressInWorker(files, recipe);
      const side = await window.harness.openSide(made, on);
      let [sum, tokens] = [0, 0];
      for (const { ids, name: input, targets } of stories) {
        const value = {
          dtype: 'int64' as const,
          dims: [1, ids.length],
          data: BigInt64Array.from(ids, BigInt),
        };
        const { outputs } = await side.run({ [input]: value });
        const logits = Object.values(outputs)[0]!;
        const width = logits.dims.at(-1)!;
        targets.forEach((target, row) => {
          const scores = (logits.data as Float32Array).subarray(row * width, row * width + width);
          const top = Math.max(...scores);
          const total = scores.reduce((all, score) => all + Math.exp(score - top), 0);
          sum += top + Math.log(total) - scores[target]!;
        });
        tokens += targets.length;
      }
      side.close();
      return { nll: sum / tokens, tokens, sha256: made.sha256, bytes: made.onnx.size };
    },
    [base64('models/stories260K/model.onnx'), recipes[name]!, device, samples] as const,
  );
  return {
    model: `stories260K, ${count} stories, ${result.tokens} tokens`,
    recipe: name,
    device,
    kB: (result.bytes / 1000).toFixed(1),
    NLL: result.nll.toFixed(4),
    perplexity: perplexity(result.nll).toFixed(3),
    sha256: result.sha256.slice(0, 16),
  };
}

async function rows(page: Page): Promise<Row[]> {
  const found: Row[] = [];
  for (const file of ['mnist-8.onnx', 'burn_mnist.onnx']) {
    for (const name of Object.keys(recipes)) found.push(await digitRow(page, file, name, 'wasm'));
  }
  found.push(await digitRow(page, 'mnist-8.onnx', '4 bits, block 32', 'webgpu'));
  for (const name of ['as it is', '8 bits, block 32', '4 bits, block 32']) {
    found.push(await storyRow(page, name, 'wasm', 50));
  }
  found.push(await storyRow(page, '4 bits, block 32', 'webgpu', 2));
  found.push(await storyRow(page, '4 bits, block 32', 'wasm', 2));
  return found;
}

export default {
  name: 'Quality in the page (WebGPU: whatever adapter the browser finds, here often a software one)',
  async run() {
    if (!hasShared) return [{ skipped: skipReason }];
    await buildHarness();
    const site = await serveHarness(true);
    const browser = await chromium.launch(launchOptions());
    try {
      const page = await browser.newPage();
      // tsx marks the names of functions, those that travel into the page as well.
      await page.addInitScript('globalThis.__name = (named) => named');
      await page.goto(site.url);
      await page.waitForFunction(() => 'harness' in window);
      return await rows(page);
    } finally {
      await browser.close();
      await site.close();
    }
  },
} satisfies Bench;
