/** Bytes, weights, and one weight of the digits followed to its bits in the file. */
import { expect, test } from './fixtures.ts';
import { expectAccessible, openCard, side } from './pages.ts';

test('a weight of the digits: its spread, and one value down to its bits', async ({ page }) => {
  await openCard(page, 'Digits');
  await page.getByRole('radio', { name: '8-bit', exact: true }).check();
  await expect(side(page, 'Compressed')).toContainText('8-bit weights');
  await page.getByRole('tab', { name: 'Inspect' }).click();
  await page.getByRole('radio', { name: 'Bytes', exact: true }).click();
  const map = page.getByRole('listbox', { name: /^Bytes of Compressed/ });
  await map.press('Home');
  await expect(page.getByText(/hidden\.weight_codes.*codes, int8 3136×128/)).toBeVisible();
  // The largest rectangle is opened by keyboard.
  await map.press('Enter');

  await expect(page.getByRole('heading', { name: 'hidden.weight' })).toBeVisible();
  const told = page.getByText(/^Compressed has \d+ codes\.$/);
  const codes = Number(/\d+/.exec(await told.innerText())?.[0]);
  expect(codes).toBeGreaterThan(200);
  expect(codes).toBeLessThanOrEqual(256);
  await expect(page.locator('[data-level]')).toHaveCount(codes);

  await page.getByRole('button', { name: 'All weights' }).click();
  await page.getByRole('button', { name: 'head.weight' }).click();
  const field = (name: string) => page.getByRole('spinbutton', { name });
  await field('Row').fill('5');
  await field('Row').press('Tab');
  await field('Column').fill('7');
  await field('Column').press('Tab');
  const after = page.getByRole('region', { name: 'Compressed: weight [5, 7]' });
  // value = code × scale, as the formula says with the numbers that stand in the file.
  const formula = await after.getByText(/^= \S+\s+× \S+$/).innerText();
  const [code = NaN, scale = NaN] = formula
    .replaceAll('−', '-')
    .match(/-?[\d.]+(?:e-?\d+)?/g)!
    .map(Number);
  const value = Number((await after.locator('.value').innerText()).replaceAll('−', '-'));
  expect(Number.isInteger(code)).toBe(true);
  expect(value).toBeCloseTo(code * scale, 6);
  await expect(after.getByText(/^Byte [\d,]+ of model\.onnx$/)).toHaveCount(2);
  await expect(
    page.getByRole('region', { name: 'Original: weight [5, 7]' }).getByText('mantissa'),
  ).toBeVisible();
  await expectAccessible(page);
});
