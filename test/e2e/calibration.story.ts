/** What flows through models in the page is counted as plain sums count it, on every device. */
import { expect, open, test } from './harness/fixtures.ts';

for (const device of ['wasm', 'webgpu'] as const) {
  test(`${device} sums up the patches that convolutions see`, async ({ page, isolated }) => {
    // The software adapter takes its time for shaders.
    test.setTimeout(600_000);
    await open(page, isolated);
    const errors = await page.evaluate((on) => {
      const worker = window.harness.startTraining();
      return worker.call('patches', (api) => api.patches(on));
    }, device);
    for (const [name, error] of Object.entries(errors)) {
      expect.soft(error, name).toBeLessThan(1e-6);
    }
    expect(Object.keys(errors).length).toBeGreaterThan(3);
  });
}
