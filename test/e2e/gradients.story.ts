/** Gradients of whole networks in the page, against those that PyTorch stored. */
import { readFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import type { WebDevice } from '../../src/run/web-runtime.ts';
import { fixtureIds, type Fixture } from '../core/differentiate/fixtures/whole-graph.ts';
import { expect, open, test } from './harness/fixtures.ts';
import type { Site } from './static-server.ts';

type FixtureId = (typeof fixtureIds)[number];

/**
 * The software adapter takes some twenty seconds of processor time for a network's shaders: these are
 * all that `npm test` waits for. `cnn-batch` has every operator of `cnn`.
 */
const quick: readonly FixtureId[] = ['mlp', 'cnn-batch', 'gpt'];
const slow = fixtureIds.filter((id) => !quick.includes(id));
const isFull = process.env.SCRUNCH_FULL === '1';

test('WASM computes the gradients that PyTorch does', async ({ page, isolated }) => {
  test.setTimeout(120_000);
  await compare(page, isolated, 'wasm', fixtureIds);
});

test('WebGPU computes the gradients that PyTorch does', async ({ page, isolated }) => {
  // Ten times what it takes: other programs may run too.
  test.setTimeout(900_000);
  await compare(page, isolated, 'webgpu', quick);
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

function read(id: FixtureId): Fixture {
  const path = new URL(`../core/differentiate/fixtures/${id}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as Fixture;
}
