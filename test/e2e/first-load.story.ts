import { gzipSync } from 'node:zlib';

import { expect, test } from './fixtures.ts';

test('before a model is opened the page loads little, and nothing of the runtime', async ({
  page,
}) => {
  const scripts: Promise<Buffer>[] = [];
  const loaded: string[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    loaded.push(pathname);
    if (/\.m?js$/.test(pathname)) scripts.push(response.body());
  });
  await page.goto('/', { waitUntil: 'networkidle' });
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();

  const bodies = await Promise.all(scripts);
  const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
  expect(bytes, `gzipped JavaScript of ${loaded.join(', ')}`).toBeLessThan(150_000);
  expect(loaded.filter((path) => path.includes('/ort/'))).toEqual([]);
});
