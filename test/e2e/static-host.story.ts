import { expect, test } from './fixtures.ts';

test.use({ serviceWorkers: 'allow' });

test('a host with isolation headers gives threads at once, without a reload', async ({ page }) => {
  let loads = 0;
  page.on('load', () => (loads += 1));
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(loads).toBe(1);
});

test('a plain static host under a sub-path becomes isolated after one reload', async ({
  page,
  plainSite,
}) => {
  let loads = 0;
  page.on('load', () => (loads += 1));
  await page.goto(plainSite.url);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(loads).toBe(2);

  await page.goto(plainSite.url);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(loads).toBe(3);
});

test.describe('without service workers', () => {
  test.use({ serviceWorkers: 'block' });

  test('a plain static host works on one thread, without a reload', async ({ page, plainSite }) => {
    let loads = 0;
    page.on('load', () => (loads += 1));
    await page.goto(plainSite.url);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    expect(loads).toBe(1);
  });
});
