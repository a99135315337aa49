import type { Locator, Page } from '@playwright/test';

import { writeOnnx } from '../../src/core/onnx/write.ts';
import { startHub, type HubFile, type HubServer, type Misbehavior } from '../hub-server.ts';
import { expect, test as base } from './fixtures.ts';
import { expectAccessible, expectNoSidewaysScroll } from './pages.ts';
import { chain, twoLayers } from './small-models.ts';

const bytesOf = async (blob: Blob | undefined) =>
  new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
/** 4.2 MB, so that there is something to wait for. */
const large = await bytesOf(writeOnnx(chain(4, 512)).onnx);
const other = await bytesOf(writeOnnx(chain(4, 500)).onnx);
const small = await bytesOf(writeOnnx(twoLayers()).onnx);
const split = writeOnnx(twoLayers(), { external: { location: 'weights.bin', threshold: 1 } });

/** Bytes a second, slow enough to look at it on a busy machine; `hurry` ends it. */
const watchable = 150_000;
const hurry = (misbehave: Misbehavior): void => {
  delete misbehave.slow;
};

interface Fixtures {
  hub: HubServer;
  misbehave: Misbehavior;
}

/** A Hub of its own for each story; `misbehave` is how the large model's file comes. */
const test = base.extend<Fixtures>({
  misbehave: async ({}, use) => use({}),
  hub: async ({ misbehave }, use) => {
    const beside: Record<string, HubFile> = { 'config.json': { bytes: Buffer.from('{}') } };
    const hub = await startHub({
      'owner/model': {
        files: {
          ...beside,
          'onnx/model.onnx': { bytes: large, large: true, misbehave },
          'onnx/model_q4.onnx': { bytes: small, large: true },
        },
      },
      'owner/gated': {
        files: { ...beside, 'model.onnx': { bytes: small, large: true } },
        gatedFor: 'hf_right',
      },
      'other/second': {
        files: { ...beside, 'model.onnx': { bytes: other, large: true, misbehave } },
      },
      'other/weights': { files: { 'model.safetensors': { bytes: small, large: true } } },
      'other/split': {
        files: {
          'model.onnx': { bytes: await bytesOf(split.onnx) },
          'weights.bin': { bytes: await bytesOf(split.external.get('weights.bin')) },
        },
      },
    });
    await use(hub);
    await hub.close();
  },
  // What is refused or cut off, the browser writes into its console itself.
  expectedErrors: [/Failed to load resource|blocked by CORS policy/],
});

async function openHome(page: Page, hub: HubServer): Promise<void> {
  await page.goto('/');
  await page.getByText('Hub address and token').click();
  await page.getByLabel('Address of the Hub').fill(hub.url);
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByText('Hub address and token').click();
}

const field = (page: Page): Locator => page.getByLabel(/^From Hugging Face/);

async function lookUp(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await field(page).press('Enter');
}

async function get(page: Page, text: string): Promise<void> {
  await lookUp(page, text);
  await page.getByRole('dialog').getByRole('button', { name: 'Get it' }).click();
}

const downloads = (page: Page): Locator => page.getByRole('region', { name: 'Downloads' });
const isOpen = (page: Page, name: string) =>
  expect(page.getByRole('heading', { level: 1 })).toHaveText(name, { timeout: 30_000 });
const ranges = (hub: HubServer) =>
  hub.log
    .filter(({ method, origin }) => origin === 'files' && method === 'GET')
    .map(({ range }) => range);

test('a model of the Hub: what there is, how large, whether it fits; then it is fetched and opens', async ({
  page,
  hub,
}) => {
  await openHome(page, hub);
  await lookUp(page, 'owner/model');
  const sheet = page.getByRole('dialog', { name: 'owner/model' });
  await expect(sheet.getByRole('radio')).toHaveCount(2);
  await expect(sheet.getByRole('row', { name: /fp32/ })).toContainText('4.19 MB');
  await expect(sheet.getByRole('row', { name: /fp32/ })).toContainText('fits');
  await expect(sheet).toContainText(/Storage.*About .* are left/s);
  await expect(sheet).toContainText(/WASM.*Needs about 5\.\d+ MB of memory/s);
  expect(ranges(hub)).toEqual([]);
  await expectAccessible(page);
  await sheet.getByRole('radio', { name: /q4/ }).check();
  await expect(sheet).toContainText(/Download.* bytes, 2 files/s);
  await sheet.getByRole('button', { name: 'Get it' }).click();
  await isOpen(page, 'model_q4');
  await page.getByRole('link', { name: 'Scrunch' }).click();
  await expect(page.getByRole('link', { name: /^model_q4 (left )?from/ })).toBeVisible();
  await expect(downloads(page)).toBeHidden();
});

test('a pasted address of a file marks that variant', async ({ page, hub }) => {
  await openHome(page, hub);
  await lookUp(page, `${hub.url}/owner/model/blob/main/onnx/model_q4.onnx`);
  await expect(page.getByRole('radio', { name: /q4/ })).toBeChecked();
});

test('what is not there is explained', async ({ page, hub }) => {
  await openHome(page, hub);
  const alert = page.getByRole('alert');
  await lookUp(page, 'owner/modle');
  await expect(alert).toContainText('"owner/modle" does not exist, or it is private.');
  await lookUp(page, 'owner/model@v9');
  await expect(alert).toContainText('"owner/model" has no revision "v9".');
  await lookUp(page, 'other/weights');
  await expect(alert).toContainText('holds no ONNX model; its weights are .safetensors');
  await lookUp(page, 'two words');
  await expect(alert).toContainText("neither a model's name nor an address");
  await expectAccessible(page);
});

test('a gated model: terms, token, and the token goes nowhere else', async ({ page, hub }) => {
  await openHome(page, hub);
  await lookUp(page, 'owner/gated');
  const sheet = page.getByRole('dialog', { name: 'owner/gated' });
  await expect(sheet).toContainText('This model is gated');
  await expectAccessible(page);
  await sheet.getByRole('button', { name: 'Get it' }).click();
  const row = downloads(page).getByRole('listitem');
  await expect(row.getByRole('alert')).toContainText('"owner/gated" is gated');
  await expectAccessible(page);
  await row.getByLabel(/^Token for/).fill('hf_right');
  await row.getByRole('button', { name: 'Use it' }).click();
  await isOpen(page, 'gated');
  const tokens = (origin: string) => [
    ...new Set(hub.log.filter((one) => one.origin === origin).map((one) => one.authorization)),
  ];
  expect(tokens('hub')).toContain('Bearer hf_right');
  expect(tokens('files')).toEqual([undefined]);
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('hf_right');
});

test('a token is remembered where the visitor asks for it, and forgotten when told', async ({
  page,
  hub,
}) => {
  await openHome(page, hub);
  await page.getByText('Hub address and token').click();
  await page.getByLabel(/^Token for/).fill('hf_right');
  await page.getByLabel('Remember on this device').check();
  await page.getByRole('button', { name: 'Use it' }).click();
  await page.reload();
  await page.getByText('Hub address and token').click();
  await expect(page.getByText(/is set, and remembered on this device/)).toBeVisible();
  await page.getByRole('button', { name: 'Forget it' }).click();
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('hf_right');
});

test.describe('a connection that is lost', () => {
  // Not all at once: of what has come, a browser drops what the page had no time to read.
  test.use({
    misbehave: async ({}, use) => use({ cutAfter: 1_000_000, cuts: 2, slow: 3_000_000 }),
  });

  test('is taken up where it broke', async ({ page, hub }) => {
    await openHome(page, hub);
    await get(page, 'owner/model');
    await isOpen(page, 'model');
    expect(ranges(hub)).toHaveLength(3);
    expect(ranges(hub).at(-1)).toMatch(/^bytes=[1-9]\d{5,}-$/);
  });
});

test.describe('a server that is busy', () => {
  test.use({ misbehave: async ({}, use) => use({ busy: 1 }) });

  test('is waited for, which is said', async ({ page, hub }) => {
    hub.retryAfter = '3';
    await openHome(page, hub);
    await get(page, 'owner/model');
    await expect(downloads(page)).toContainText('The server has had too many requests: again in');
    await isOpen(page, 'model');
  });
});

/** Pieces of downloads in this browser's storage. */
function piecesIn(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const opening = indexedDB.open('scrunch-pieces');
    const database = await new Promise<IDBDatabase>((resolve) => {
      opening.onsuccess = () => resolve(opening.result);
    });
    const counting = database.transaction('pieces').objectStore('pieces').count();
    return new Promise<number>((resolve) => {
      counting.onsuccess = () => resolve(counting.result);
    });
  });
}

test.describe('slow downloads', () => {
  test.use({ misbehave: async ({}, use) => use({ slow: watchable }) });

  test('pause, and go on after a reload where they stopped', async ({ page, hub, misbehave }) => {
    await openHome(page, hub);
    await get(page, 'owner/model');
    await expect(downloads(page)).toContainText(/kB of 4\.19 MB · .*\/s · about \d+ s left/);
    await page.getByRole('button', { name: 'Pause the download of owner/model' }).click();
    await expect(downloads(page)).toContainText('paused');
    await expectAccessible(page);
    const before = await downloads(page).innerText();
    await page.reload();
    await expect(downloads(page)).toContainText('paused');
    expect(await downloads(page).innerText()).toBe(before);
    hurry(misbehave);
    await page.getByRole('button', { name: 'Resume the download of owner/model' }).click();
    await isOpen(page, 'model');
    expect(ranges(hub)).toEqual(['bytes=0-', expect.stringMatching(/^bytes=[1-9]\d{4,}-$/)]);
  });

  test('go on by themselves when the page was closed in the middle', async ({
    page,
    hub,
    misbehave,
  }) => {
    await openHome(page, hub);
    await get(page, 'owner/model');
    // Stored after 2 s, if not before.
    await expect(downloads(page)).toContainText(/[5-9]\d\d kB of 4\.19 MB|\.\d+ MB of 4/);
    await page.reload();
    hurry(misbehave);
    await isOpen(page, 'model');
    expect(ranges(hub).at(-1)).toMatch(/^bytes=[1-9]\d{4,}-$/);
  });

  test('two at once, each with its progress; both arrive', async ({ page, hub, misbehave }) => {
    await openHome(page, hub);
    await get(page, 'owner/model');
    await get(page, 'other/second');
    await expect(downloads(page).getByRole('listitem')).toHaveCount(2);
    await expect(downloads(page).getByRole('progressbar')).toHaveCount(2);
    await expect(
      page.getByRole('button', { name: 'Pause the download of other/second' }),
    ).toBeVisible();
    hurry(misbehave);
    // Neither is opened over the other.
    await expect(page.getByRole('button', { name: /^Open (owner|other)/ })).toHaveCount(2);
    await page.getByRole('button', { name: 'Open other/second' }).click();
    await isOpen(page, 'second');
    await page.goBack();
    await expect(page.getByRole('link', { name: /^(model|second)/ })).toHaveCount(2);
  });

  test('canceled, nothing of them stays', async ({ page, hub }) => {
    await openHome(page, hub);
    await get(page, 'owner/model');
    await expect(downloads(page)).toContainText(/B of 4\.19 MB/);
    await page.getByRole('button', { name: 'Cancel the download of owner/model' }).click();
    await expect(downloads(page)).toBeHidden();
    await page.reload();
    await expect(page.getByRole('button', { name: 'Look it up' })).toBeVisible();
    await expect(downloads(page)).toBeHidden();
    // What the reload cut short is swept.
    await expect.poll(() => piecesIn(page)).toBe(0);
  });

  test('are left to the tab that has them', async ({ page, hub, context, misbehave }) => {
    await openHome(page, hub);
    await get(page, 'owner/model');
    await expect(downloads(page)).toContainText(/B of 4\.19 MB/);
    const other = await context.newPage();
    await other.goto('/');
    await expect(downloads(other)).toContainText('runs in another tab');
    hurry(misbehave);
    await page.bringToFront();
    await isOpen(page, 'model');
    await expect(downloads(other)).toBeHidden();
    await expect(other.getByRole('link', { name: /^model/ })).toBeVisible();
    expect(ranges(hub)).toEqual(['bytes=0-']);
  });

  test.describe('on a phone', () => {
    test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

    test('fit, the sheet before them too', async ({ page, hub }) => {
      await openHome(page, hub);
      await lookUp(page, 'owner/model');
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectNoSidewaysScroll(page);
      await page.getByRole('dialog').getByRole('button', { name: 'Get it' }).tap();
      await expect(downloads(page)).toContainText(/of 4\.19 MB/);
      await expectNoSidewaysScroll(page);
    });
  });
});

test.describe('a file that arrives damaged', () => {
  test.use({ misbehave: async ({}, use) => use({ wrong: 2 }) });

  test('twice, is given up in words and may be tried again', async ({ page, hub }) => {
    await openHome(page, hub);
    await get(page, 'owner/model');
    await expect(downloads(page).getByRole('alert')).toContainText(
      '"model.onnx" arrived damaged twice: its checksum is not the announced one.',
    );
    await page.getByRole('button', { name: 'Retry the download of owner/model' }).click();
    await isOpen(page, 'model');
  });
});

test('by URL, with the weights that the model points into', async ({ page, hub }) => {
  await openHome(page, hub);
  // Not the Hub's own address: a plain file on another server.
  const url = `${hub.filesUrl}/lfs/other%2Fsplit/model.onnx`;
  await lookUp(page, url);
  const sheet = page.getByRole('dialog', { name: 'model.onnx' });
  await expect(sheet).toContainText('and what it points into');
  await sheet.getByRole('button', { name: 'Get it' }).click();
  await isOpen(page, 'model');
  expect(hub.log.some(({ url: path }) => path.endsWith('/weights.bin'))).toBe(true);
});

test('a server that lets no page read its files is explained', async ({ page, hub }) => {
  await openHome(page, hub);
  hub.sendsCors = false;
  await lookUp(page, `${hub.filesUrl}/lfs/other%2Fsplit/model.onnx`);
  await expect(page.getByRole('alert')).toContainText(
    'does not answer, or does not allow pages of other sites to read its files',
  );
});
