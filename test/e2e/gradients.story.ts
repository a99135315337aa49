/** What training and calibration compute in the page: gradients against PyTorch's, patches against plain sums. */
import { readFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import type { WebDevice } from '../../src/run/web-runtime.ts';
import { fixtureIds, type Fixture } from '../core/differentiate/fixtures/whole-graph.ts';
import { expect, open, test } from './harness/fixtures.ts';
import type { Site } from './static-server.ts';

type FixtureId = (typeof fixtureIds)[number];

/**
 * The software adapter takes some twenty seconds of processor time for a network's shaders: these are
 * all that `npm test` waits for. Together they have every operator of `mlp` and `cnn`.
 */
const quick: readonly FixtureId[] = ['cnn-batch', 'gpt'];
const slow = fixtureIds.filter((id) => !quick.includes(id));
const isFull = process.env['SCRUNCH_FULL'] === '1';

test('WASM computes the gradients that PyTorch does, and the patches that convolutions see', async ({
  page,
  isolated,
}) => {
  test.setTimeout(300_000);
  await compare(page, isolated, 'wasm', fixtureIds);
  await comparePatches(page, 'wasm');
});

test('WebGPU computes the gradients that PyTorch does, and the patches that convolutions see', async ({
  page,
  isolated,
}) => {
  // Ten times what it takes: other programs may run too.
  test.setTimeout(900_000);
  await compare(page, isolated, 'webgpu', quick);
  await comparePatches(page, 'webgpu');
});

test(`WebGPU computes those of ${slow.join(' and ')} too`, async ({ page, isolated }) => {
  test.skip(
    !isFull,
    'The software adapter takes long for their shaders; SCRUNCH_FULL=1 runs them.',
  );
  test.setTimeout(900_000);
  await compare(page, isolated, 'webgpu', slow);
});

/** Takes a step of each network in one worker, so that shaders are compiled once. */
async function compare(
  page: Page,
  site: Site,
  device: WebDevice,
  ids: readonly FixtureId[],
): Promise<void> {
  await open(page, site);
  await page.evaluate(() => void (window.training = window.harness.startTraining()));
  for (const id of ids) {
    const fixture = read(id);
    await test.step(fixture.about, async () => {
      const { loss, gradients } = await page.evaluate(
        ([of, on]) => window.training!.call('training', (api) => api.compare(of, on)),
        [fixture, device] as const,
      );
      expect.soft(loss, `${fixture.about}: loss`).toBeLessThan(1e-5);
      const wrong = Object.entries(gradients).filter(([, error]) => !(error <= 1e-5));
      expect.soft(wrong, `${fixture.about}: gradients`).toEqual([]);
    });
  }
}

/** Sums up the patches that convolutions see, in the worker that `compare` left. */
async function comparePatches(page: Page, device: WebDevice): Promise<void> {
  const errors = await page.evaluate(
    (on) => window.training!.call('patches', (api) => api.patches(on)),
    device,
  );
  for (const [name, error] of Object.entries(errors)) {
    expect.soft(error, name).toBeLessThan(1e-6);
  }
  expect(Object.keys(errors).length).toBeGreaterThan(3);
}

function read(id: FixtureId): Fixture {
  const path = new URL(`../core/differentiate/fixtures/${id}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as Fixture;
}
