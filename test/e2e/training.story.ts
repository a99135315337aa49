import type { Locator, Page } from '@playwright/test';

import { npy } from '../tasks/samples/npy-file.ts';
import { expect, test } from './fixtures.ts';
import {
  changeInSize,
  expectAccessible,
  expectNoSidewaysScroll,
  look,
  openRecipe,
  pick,
} from './pages.ts';
import { fileOf, twoLayers } from './small-models.ts';

// Runtime and sessions load before the first step, and on a busy machine that takes its time.
test.setTimeout(300_000);

const panel = (page: Page): Locator => page.getByRole('region', { name: 'Training', exact: true });

/** Opens a small model and adds healing to 4-bit weights. */
async function openWithHealing(page: Page, steps?: number, onPhone = false): Promise<void> {
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers()));
  await changeInSize(page);
  if (onPhone) await openRecipe(page);
  await page.getByRole('radio', { name: '4-bit', exact: true }).check();
  await page.getByRole('button', { name: 'Customize' }).click();
  await page.getByRole('button', { name: 'Healing' }).click();
  if (steps === undefined) return;
  const field = page
    .getByRole('region', { name: /^Step 2/ })
    .getByRole('spinbutton', { name: 'Steps' });
  await field.fill(String(steps));
  await field.blur();
}

/** The step that the panel says it has reached. */
async function stepOf(page: Page): Promise<number> {
  const text = await panel(page).innerText();
  return Number(/Step (\d+) of/.exec(text)?.[1] ?? -1);
}

async function reached(page: Page, step: number): Promise<void> {
  await expect.poll(() => stepOf(page), { timeout: 120_000 }).toBeGreaterThanOrEqual(step);
}

test('healing waits for the word, shows its curve, and says what it did', async ({ page }) => {
  await openWithHealing(page, 60);
  const heal = page.getByRole('region', { name: 'Step 2: Healing' });
  const data = heal.getByLabel('Data');
  await expect(data).toHaveValue('generated');
  await expect(data.getByRole('option', { name: /own samples \(this model came/ })).toBeDisabled();
  const train = panel(page).getByRole('button', { name: 'Train' });
  await expect(train).toBeEnabled();
  await train.focus();
  await page.keyboard.press('Enter');
  await expect(panel(page)).toContainText(/Trained 60 of 60 steps/, { timeout: 120_000 });
  await expect(panel(page).getByRole('img', { name: /^Loss over the steps/ })).toBeVisible();
  await expect(panel(page)).toContainText(/Before training/);
  await panel(page).getByLabel('Log scale').check();
  await panel(page).getByLabel('Table').check();
  await expect(panel(page).getByRole('row', { name: /^60/ })).toContainText('%');
  await expectAccessible(page);
  await look(page, 'Inspect', 'What changed');
  await expect(page.getByText(/^Held-out loss/)).toContainText('after step');

  // A step after the training takes what it made from the cache.
  await page.getByRole('button', { name: 'Magnitude pruning' }).click();
  await expect(page.getByRole('heading', { name: '3. Magnitude pruning' })).toBeVisible();
  await expect(panel(page).getByRole('button', { name: 'Train' })).toBeHidden();
});

test('a training is paused, survives a reload, goes on and is stopped', async ({ page }) => {
  // So many that they are never done before the visitor stops them.
  await openWithHealing(page, 20_000);
  await panel(page).getByRole('button', { name: 'Train' }).click();
  await reached(page, 1);
  await panel(page).getByRole('button', { name: 'Pause' }).click();
  await expect(panel(page)).toContainText('Paused.');
  // One that is held is kept first: its tab may be closed.
  await expect.poll(() => keptSteps(page), { timeout: 120_000 }).toHaveLength(1);
  const held = await stepOf(page);
  await panel(page).getByRole('button', { name: 'Resume' }).click();
  await reached(page, held + 1);

  await page.reload();
  const offer = page.getByRole('group', { name: 'Unfinished training' });
  const goOn = offer.getByRole('button', { name: /^Go on from step/ });
  await expect(goOn).toBeVisible({ timeout: 120_000 });
  const from = Number(/\d+/.exec(await goOn.innerText())?.[0]);
  expect(from).toBeGreaterThan(0);
  await goOn.click();
  await reached(page, from);
  await panel(page).getByRole('button', { name: 'Stop and keep best' }).click();
  await expect(panel(page)).toContainText(/Trained \d+ of 20000 steps/, { timeout: 120_000 });
  await expect.poll(() => keptSteps(page)).toEqual([]);
});

test('samples of one’s own are chosen, and what does not fit is named', async ({ page }) => {
  await openWithHealing(page, 20);
  const heal = page.getByRole('region', { name: 'Step 2: Healing' });
  await heal.getByLabel('Data').selectOption('own');
  await expect(panel(page)).toContainText('trains on your own samples. Choose their files');
  await expect(panel(page).getByRole('button', { name: 'Train' })).toBeDisabled();
  const file = (width: number) => ({
    name: 'x.npy',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(npy('<f4', [40, width], new Float32Array(40 * width).fill(0.5))),
  });
  await heal.getByLabel('Your samples').setInputFiles(file(3));
  await panel(page).getByRole('button', { name: 'Train' }).click();
  await expect(panel(page).getByRole('alert')).toContainText(
    'takes [batch, 16], and the samples are [3] each',
    { timeout: 120_000 },
  );
  await heal.getByLabel('Your samples').setInputFiles(file(16));
  await panel(page).getByRole('button', { name: 'Train' }).click();
  await expect(panel(page)).toContainText(/Trained 20 of 20 steps/, { timeout: 120_000 });
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('nothing scrolls sideways while it trains, and what is cancelled leaves nothing', async ({
    page,
  }) => {
    await openWithHealing(page, 20_000, true);
    await panel(page).getByRole('button', { name: 'Train' }).tap();
    await reached(page, 1);
    await panel(page).getByRole('button', { name: 'Pause' }).tap();
    await expect(panel(page)).toContainText('Paused.');
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    const held = await stepOf(page);
    await panel(page).getByRole('button', { name: 'Resume' }).tap();
    await reached(page, held + 1);
    await panel(page).getByRole('button', { name: 'Cancel' }).tap();
    await expect(panel(page).getByRole('button', { name: 'Train' })).toBeVisible();
    await expect.poll(() => keptSteps(page)).toEqual([]);
    await expect(page.getByRole('group', { name: 'Unfinished training' })).toBeHidden();
  });
});

/** The steps of the trainings that the browser keeps. */
function keptSteps(page: Page): Promise<number[]> {
  return page.evaluate(
    () =>
      new Promise<number[]>((resolve, reject) => {
        const opening = indexedDB.open('scrunch-trainings');
        opening.onerror = () => reject(new Error('no database'));
        opening.onupgradeneeded = () => {
          // There is none yet, and looking shall not make one.
          opening.transaction?.abort();
          resolve([]);
        };
        opening.onsuccess = () => {
          const database = opening.result;
          const all = database.transaction('trainings').objectStore('trainings').getAll();
          all.onsuccess = () => {
            database.close();
            resolve((all.result as { step: number }[]).map(({ step }) => step));
          };
          all.onerror = () => reject(new Error('not read'));
        };
      }),
  );
}
