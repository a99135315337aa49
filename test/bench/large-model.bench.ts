/**
 * A generated model of 500 MB in the page: how long opening takes and what it reads, and what
 * compressing it to 4 bits costs in memory and in stalls of the main thread. Files as a visitor picks
 * them, code as the page runs it, in the system's Chromium.
 */
import { mkdtempSync, openAsBlob, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, type Page } from '@playwright/test';

import { launchOptions } from '../../.ci/chromium.mjs';
import { createRandom } from '../../src/core/math/random.ts';
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { readOnnx } from '../../src/core/onnx/read.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import { buildHarness, serveHarness } from '../e2e/harness/serve.ts';
import type { Bench, Row } from './bench.ts';

const megabyte = 2 ** 20;
/** A transformer's shapes: four attention matrices of 4 MB and two mlp matrices of 16 MB a layer. */
const layers = 10;
const [width, hidden] = [1024, 4 * 1024];

/** Ten blocks of four D×D and two D×4D matrices: 500 MB of float32. */
function large() {
  const random = createRandom(0);
  // One Blob of seeded values, cut differently for each weight: the file is written without 500 MB here.
  const noise = new Blob([Float32Array.from({ length: width * hidden }, () => random.normal())]);
  const shapes = [
    ...['q', 'k', 'v', 'o'].map((name) => [name, width, width] as const),
    ['up', width, hidden] as const,
    ['down', hidden, width] as const,
  ];
  const weights = Array.from({ length: layers }, (_, layer) =>
    shapes.map(([name, rows, columns]) =>
      makeTensor(
        `layer${layer}.${name}`,
        'float32',
        [rows, columns],
        noise.slice(0, rows * columns * 4),
      ),
    ),
  ).flat();
  return model(
    graph({
      nodes: weights.map(({ name }, index) =>
        node('MatMul', [`x${index}`, name], [`x${index + 1}`]),
      ),
      inputs: [value('x0', 'float32', [1, width])],
      outputs: [value(`x${weights.length}`, 'float32', [1, width])],
      initializers: weights,
    }),
  );
}

async function save(path: string, blob: Blob): Promise<void> {
  writeFileSync(path, '');
  for (let at = 0; at < blob.size; at += 16 * megabyte) {
    await appendFile(path, new Uint8Array(await blob.slice(at, at + 16 * megabyte).arrayBuffer()));
  }
}

/** How much of a file the reader asks for, counted under Node. */
async function readShare(path: string, external: ReadonlyMap<string, Blob>): Promise<string> {
  let bytes = 0;
  const counting = (blob: Blob): Blob =>
    new Proxy(blob, {
      get(target, key) {
        if (key === 'slice')
          return (start: number, end: number) => counting(target.slice(start, end));
        if (key === 'arrayBuffer') {
          return () => {
            bytes += target.size;
            return target.arrayBuffer();
          };
        }
        return Reflect.get(target, key, target) as unknown;
      },
    });
  const file = await openAsBlob(path);
  await readOnnx({ onnx: counting(file), external });
  const total = file.size + [...external.values()].reduce((sum, { size }) => sum + size, 0);
  return `${((100 * bytes) / total).toFixed(3)} %`;
}

/** Resident and peak memory of the page's renderer process, in bytes; the one with most. */
function rendererMemory(): { now: number; peak: number } {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = processes.flatMap((id) => {
    try {
      const command = readFileSync(`/proc/${id}/cmdline`, 'utf8');
      // The browser's own surface has a renderer as well.
      if (!command.includes('--type=renderer') || command.includes('--top-chrome')) return [];
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      const of = (key: string) =>
        1024 * Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
      return [{ now: of('VmRSS'), peak: of('VmHWM') }];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
  return found.sort((a, b) => b.now - a.now)[0] ?? { now: 0, peak: 0 };
}

interface PageFigures {
  readonly openMilliseconds: number;
  readonly compressSeconds: number;
  readonly longestTask: number;
  readonly bytes: number;
}

async function inPage(page: Page, files: readonly string[]): Promise<PageFigures> {
  await page.evaluate(() => (document.body.innerHTML = '<input type="file" multiple>'));
  await page.locator('input').setInputFiles([...files]);
  return page.evaluate(async () => {
    const { harness } = window;
    const input = document.querySelector('input')!;
    const picked = harness.fromPicker(input.files!);
    const openings: number[] = [];
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      const file = await harness.gather(harness.onnxAmong(picked)[0]!, picked);
      await harness.readOnnx(file);
      openings.push(performance.now() - start);
    }
    const file = await harness.gather(harness.onnxAmong(picked)[0]!, picked);
    await harness.inspectInWorker(file);
    let longestTask = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration);
    });
    observer.observe({ type: 'longtask' });
    const start = performance.now();
    const recipe = {
      version: 1,
      seed: 0,
      steps: [{ technique: 'quantize-block', options: { bits: 4 } }],
    };
    const made = await harness.compressInWorker(file, recipe);
    const compressSeconds = (performance.now() - start) / 1000;
    observer.disconnect();
    const bytes =
      made.onnx.size + [...made.external.values()].reduce((sum, { size }) => sum + size, 0);
    return {
      openMilliseconds: openings.sort((a, b) => a - b)[2]!,
      compressSeconds,
      longestTask,
      bytes,
    };
  });
}

async function measure(
  kind: string,
  files: readonly string[],
  external: ReadonlyMap<string, Blob>,
): Promise<Row> {
  const site = await serveHarness(true);
  const browser = await chromium.launch(launchOptions());
  try {
    const page = await browser.newPage();
    await page.goto(site.url);
    await page.waitForFunction(() => 'harness' in window);
    const idle = rendererMemory().now;
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, rendererMemory().peak)), 100);
    const figures = await inPage(page, files);
    clearInterval(watch);
    const largest = (width * hidden * 4) / megabyte;
    return {
      file: kind,
      'read at opening': await readShare(files[0]!, external),
      'open ms (median of 5)': figures.openMilliseconds.toFixed(0),
      'compress s': figures.compressSeconds.toFixed(1),
      'peak above idle MB': ((peak - idle) / megabyte).toFixed(0),
      'allowed MB': (4 * largest + 64).toFixed(0),
      'longest main-thread task ms': figures.longestTask.toFixed(0),
      'result MB': (figures.bytes / megabyte).toFixed(0),
    };
  } finally {
    await browser.close();
    await site.close();
  }
}

async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'scrunch-large-'));
  try {
    await buildHarness();
    const whole = large();
    const single = join(folder, 'single.onnx');
    await save(single, writeOnnx(whole).onnx);
    const split = writeOnnx(whole, { external: { location: 'split.onnx_data' } });
    const [graphFile, dataFile] = [join(folder, 'split.onnx'), join(folder, 'split.onnx_data')];
    await save(graphFile, split.onnx);
    await save(dataFile, split.external.get('split.onnx_data')!);
    const data = new Map([['split.onnx_data', await openAsBlob(dataFile)]]);
    return [
      await measure('single file', [single], new Map()),
      await measure('external data', [graphFile, dataFile], data),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export default { name: 'A model of 500 MB in the page', run } satisfies Bench;
