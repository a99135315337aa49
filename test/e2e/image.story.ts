/** Images: a classifier's bars move with the image, and two results meet at a divider that can be moved. */
import type { Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { changeInSize, expectAccessible, expectNoSidewaysScroll, pick } from './pages.ts';
import { colorNames, png, prefersColors, upscaler } from './image-models.ts';
import { fileOf, opened } from './small-models.ts';

const bars = (page: Page, name: 'Original' | 'Compressed') => page.getByRole('table', { name });
const give = (page: Page, name: string, color: readonly [number, number, number]) =>
  page
    .getByTestId('input')
    .setInputFiles({ name, mimeType: 'image/png', buffer: png(8, 8, () => color) });

async function openClassifier(page: Page): Promise<void> {
  await page.goto('/');
  const labels = await opened('labels.txt', new Blob([colorNames.join('\n')]));
  await pick(page, await fileOf('colors.onnx', prefersColors()), labels);
  await changeInSize(page);
}

test('an image file moves the bars of both sides, and the verdict says what they see', async ({
  page,
}) => {
  await openClassifier(page);
  await give(page, 'grass.png', [0, 255, 0]);
  await expect(page.getByText('Both say green.')).toBeVisible();
  for (const name of ['Original', 'Compressed'] as const) {
    const row = bars(page, name).getByRole('row', { name: 'green' });
    await expect(row).toContainText(/9\d\.\d %/);
  }
  await give(page, 'sky.png', [0, 0, 255]);
  await expect(page.getByText('Both say blue.')).toBeVisible();
  await expect(page.getByRole('img', { name: 'The image: sky.png' })).toBeVisible();
  await expectAccessible(page);

  await page
    .getByTestId('input')
    .setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no image') });
  await expect(page.getByRole('alert')).toContainText('notes.png');
  await give(page, 'fire.png', [255, 0, 0]);
  await expect(page.getByText('Both say red.')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});

test('an image may be dropped and pasted; the guessed preprocessing can be changed', async ({
  page,
}) => {
  await openClassifier(page);
  const hand = (how: 'drop' | 'paste', name: string, color: readonly [number, number, number]) =>
    page.getByRole('group', { name: 'drop it here' }).evaluate(
      (zone, { how, name, bytes }) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(bytes)], name, { type: 'image/png' }));
        const about = { bubbles: true, cancelable: true };
        zone.dispatchEvent(
          how === 'drop'
            ? new DragEvent('drop', { ...about, dataTransfer: data })
            : new ClipboardEvent('paste', { ...about, clipboardData: data }),
        );
      },
      { how, name, bytes: [...png(8, 8, () => color)] },
    );
  await hand('drop', 'sky.png', [0, 0, 255]);
  await expect(page.getByText('Both say blue.')).toBeVisible();
  await hand('paste', 'grass.png', [0, 255, 0]);
  await expect(page.getByText('Both say green.')).toBeVisible();
  // No model was looked for in it.
  await expect(page.getByRole('heading', { name: 'colors' })).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);

  await give(page, 'fire.png', [255, 0, 0]);
  await expect(page.getByText('Both say red.')).toBeVisible();
  await page.getByText('How the image becomes numbers').click();
  await expect(page.getByText('Guessed from the shape')).toBeVisible();
  // Red that counts for less than nothing is no longer red.
  await page.getByLabel('Less mean, red').fill('9');
  await page.getByLabel('Less mean, red').blur();
  await expect(page.getByText(/Both say (green|blue)\./)).toBeVisible();
  await page.getByRole('button', { name: 'Reset' }).click();
  await expect(page.getByText('Both say red.')).toBeVisible();
});

test('a webcam is shown to the models, once it is allowed, until it is stopped', async ({
  page,
}) => {
  await page.addInitScript(() => {
    let asked = 0;
    // A camera that sees nothing but green, allowed when it is asked for again.
    navigator.mediaDevices.getUserMedia = () => {
      asked += 1;
      if (asked === 1) {
        return Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
      }
      const canvas = document.createElement('canvas');
      const pen = canvas.getContext('2d');
      const paint = (): void => {
        pen?.fillRect(0, 0, canvas.width, canvas.height);
        requestAnimationFrame(paint);
      };
      if (pen) pen.fillStyle = '#00ff00';
      paint();
      const stream = canvas.captureStream();
      Object.assign(globalThis, { camera: stream });
      return Promise.resolve(stream);
    };
  });
  await openClassifier(page);
  await page.getByRole('button', { name: 'Use webcam' }).click();
  await expect(page.getByRole('alert')).toContainText('does not allow the camera');
  await page.getByRole('button', { name: 'Use webcam' }).click();
  await expect(page.getByRole('img', { name: 'The image: Webcam' })).toBeVisible();
  await expect(page.getByText('Both say green.')).toBeVisible();
  await page.getByRole('button', { name: 'Stop webcam' }).click();
  await expect(page.getByRole('button', { name: 'Use webcam' })).toBeVisible();
  const isLive = await page.evaluate(
    () => (globalThis as unknown as { camera: MediaStream }).camera.active,
  );
  expect(isLive, 'the camera is off').toBe(false);
});

test('two results meet at a divider that keys and the mouse move', async ({ page }) => {
  await page.goto('/');
  await pick(page, await fileOf('upscaler.onnx', upscaler()));
  await changeInSize(page);
  await expect(page.getByText(/between the two|pixel by pixel/)).toBeVisible();
  await page.getByTestId('input').setInputFiles({
    name: 'ramp.png',
    mimeType: 'image/png',
    buffer: png(32, 32, (x) => [x * 8, 90, 255 - x * 8]),
  });
  await expect(page.getByRole('img', { name: 'The image: ramp.png' })).toBeVisible();
  const divider = page.getByRole('slider', { name: 'Divider' });
  await expect(divider).toHaveAttribute('aria-valuenow', '50');
  await divider.press('Home');
  await expect(divider).toHaveAttribute('aria-valuenow', '0');
  await divider.press('ArrowRight');
  await divider.press('PageUp');
  await expect(divider).toHaveAttribute(
    'aria-valuetext',
    '12 % original on the left, 88 % compressed on the right',
  );
  const box = await divider.boundingBox();
  if (!box) throw new Error('The divider is not on the page.');
  await page.mouse.move(box.x + box.width / 2, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 60, box.y + 40, { steps: 3 });
  await page.mouse.up();
  await expect(divider).not.toHaveAttribute('aria-valuenow', '12');
  await page.getByRole('radio', { name: '2×' }).check();
  await expect(page.getByRole('region', { name: 'Both results, 64×64 pixels' })).toBeVisible();
  await expectAccessible(page);
});
