/** What goes wrong around the work: the page says so, keeps what was done, and offers the next step. */
import { expect, test } from './fixtures.ts';
import { changeInSize, pick, side } from './pages.ts';
import { chain, fileOf, twoLayers } from './small-models.ts';

const variants = 'Variants';

test.describe('a panel whose code does not come', () => {
  test.use({ expectedErrors: [/Failed to load resource|preload CSS/] });

  test('fails alone, and is there after a reload with all that was made', async ({ page }) => {
    await page.route(/\/assets\/Lab-.*\.js$/, (route) => route.abort());
    await page.goto('/');
    await pick(page, await fileOf('two-layers.onnx', twoLayers()));
    await changeInSize(page);
    await page.getByRole('radio', { name: '4-bit', exact: true }).check();
    await expect(side(page, 'Compressed')).toContainText('4-bit weights');
    await page.getByRole('tab', { name: 'Lab' }).click();
    await expect(page.getByText('Lab could not be loaded.')).toBeVisible();
    await page.getByRole('radio', { name: '8-bit', exact: true }).check();
    await expect(side(page, 'Compressed')).toContainText('8-bit weights');

    await page.unroute(/\/assets\/Lab-.*\.js$/);
    await page.getByRole('button', { name: 'Reload the page' }).click();
    await expect(side(page, 'Compressed')).toContainText('8-bit weights');
    await expect(page.getByRole('region', { name: variants })).toContainText('4-bit');
    await page.getByRole('tab', { name: 'Lab' }).click();
    await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeVisible();
  });
});

test('a reload in the middle of compressing brings model and variants back', async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('chain.onnx', chain(6, 512)));
  await changeInSize(page);
  await expect(page).toHaveURL(/#\/model\/[0-9a-f]{64}/);
  await page.getByRole('radio', { name: '2-bit', exact: true }).check();
  await page.reload();
  expect(await changeInSize(page)).toMatch(/−\d/);
  await expect(page.getByRole('region', { name: variants })).toContainText('8-bit');
});

test('what two tabs make of one model is all there when it is opened again', async ({
  page,
  context,
}) => {
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  await changeInSize(page);
  await expect(page).toHaveURL(/#\/model\/[0-9a-f]{64}/);
  const other = await context.newPage();
  await other.goto(page.url());
  await changeInSize(other);
  await page.getByRole('radio', { name: '4-bit', exact: true }).check();
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');
  await other.getByRole('radio', { name: '2-bit', exact: true }).check();
  await expect(side(other, 'Compressed')).toContainText('2-bit weights');
  // Lists are written when the hand rests.
  await page.waitForTimeout(1500);
  await page.close();
  await other.reload();
  const strip = other.getByRole('region', { name: variants });
  for (const name of ['8-bit', '4-bit', '2-bit']) await expect(strip).toContainText(name);
});
