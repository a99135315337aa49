/** Gradients of whole networks in the page, against those that PyTorch stored. */
import { readFileSync } from 'node:fs';

import { fixtureIds, type Fixture } from '../core/differentiate/fixtures/whole-graph.ts';
import { expect, open, test } from './harness/fixtures.ts';

const fixtures = fixtureIds.map((id) => {
  const path = new URL(`../core/differentiate/fixtures/${id}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as Fixture;
});

for (const device of ['wasm', 'webgpu'] as const) {
  test(`${device} computes the gradients that PyTorch does`, async ({ page, isolated }) => {
    // The software adapter takes a tenth of a second for each of some hundred shaders.
    test.setTimeout(device === 'webgpu' ? 300_000 : 120_000);
    await open(page, isolated);
    await page.evaluate(() => void (window.training = window.harness.startTraining()));
    for (const fixture of fixtures) {
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
  });
}
