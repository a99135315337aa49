/** Models that are quantized already: shown as what they are, compared, dequantized, checked on both devices. */
import { cases } from '../core/compress/to-float/graphs.ts';
import { expect, test } from './fixtures.ts';
import { bothHaveRun, expectAccessible, look, pick, side } from './pages.ts';
import { fileOf, twoLayers } from './small-models.ts';

test('a QDQ model opens as what it is, and becomes real by a first step', async ({ page }) => {
  const { model } = cases['QDQ with int8 weights by column and an int32 bias']!();
  await page.goto('/');
  await pick(page, await fileOf('qdq.onnx', model));
  await expect(side(page, 'Original').getByText('int8 per channel, QDQ')).toBeVisible();
  await page.getByRole('button', { name: 'Customize' }).click();
  const advice = page.getByText(
    /Magnitude pruning, .*: the weights of this model are int8 codes already\. Put Dequantize first\./,
  );
  await expect(advice).toBeVisible();
  await page.getByRole('button', { name: 'Dequantize first' }).click();
  await expect(page.getByRole('region', { name: 'Step 1: Dequantize' })).toBeVisible();
  await expect(advice).toBeHidden();
  await expect(page.getByText('Changed 1 weight.')).toBeVisible();
  await page.getByRole('button', { name: /^2 Block quantization/ }).click();
  await page.getByRole('button', { name: 'Remove step 2' }).click();
  await expect(side(page, 'Compressed').getByText('float32')).toBeVisible();
  await bothHaveRun(page);
  await expectAccessible(page);
});

test('both devices are checked on the input above', async ({ page }) => {
  // The software adapter compiles slowly.
  test.slow();
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  await bothHaveRun(page);
  await look(page, 'Lab', 'Attribution');
  await page.getByRole('button', { name: 'Check original against WebGPU' }).click();
  await expect(page.getByText(/WASM and WebGPU agree on this input: output "y"/)).toBeVisible({
    timeout: 60_000,
  });
  await expectAccessible(page);
});
