import { beforeEach, expect, test, vi } from 'vitest';

import { openSide, type Side } from '../../../src/bridge/side.ts';
import { SideState } from '../../../src/ui/state/side.svelte.ts';

vi.mock('../../../src/bridge/side.ts', () => ({ openSide: vi.fn() }));

const files = { onnx: new Blob(['model']), external: new Map<string, Blob>() };
/** Ends the newest side, with the reason that the visitor is told. */
let lose: (reason: string) => void;

beforeEach(() => {
  vi.mocked(openSide).mockReset();
  vi.mocked(openSide).mockImplementation((_, device) => {
    const lost = new Promise<string>((resolve) => {
      lose = resolve;
    });
    return Promise.resolve({ device, lost, close: () => undefined } as Side);
  });
});

const devices = (): unknown[] => vi.mocked(openSide).mock.calls.map(([, device]) => device);

test('a side whose graphics device is lost goes on with WASM and says so', async () => {
  const side = new SideState(
    () => 'Original',
    () => undefined,
  );
  await side.choose('webgpu');
  await side.open(files);
  lose('The graphics device was lost: its driver was restarted. Open the model again.');
  await vi.waitFor(() => expect(devices()).toEqual(['webgpu', 'wasm']));
  expect(side.device).toBe('wasm');
  expect(side.note).toBe('The graphics device was lost. This side goes on with WASM.');
  expect((await side.ready())?.device).toBe('wasm');
});

test('a side whose worker dies on WASM stops, and can be restarted', async () => {
  const side = new SideState(
    () => 'Original',
    () => undefined,
  );
  await side.open(files);
  lose('The worker stopped while running the model.');
  await vi.waitFor(() => expect(side.status.status).toBe('failed'));
  await expect(side.ready()).rejects.toThrow('The worker stopped');
  await side.restart();
  expect(side.status.status).toBe('ready');
});

test('a model near the limit of WASM’s memory is announced before it is opened', async () => {
  const side = new SideState(
    () => 'Original',
    () => undefined,
  );
  const huge = { size: 3_000_000_000 } as Blob;
  await side.open({ onnx: files.onnx, external: new Map([['weights', huge]]) });
  expect(side.note).toMatch(/^Needs about 4\.20 GB of memory on WASM/);
  await side.open(files);
  expect(side.note).toBe('');
});

test('a lent model runs in place of the side’s own, until it is taken away or another is opened', async () => {
  const reopened = vi.fn();
  const side = new SideState(() => 'Compressed', reopened);
  await side.open(files);
  const own = await side.ready();
  const lent = { device: 'wasm' } as Side;
  const words = { name: '4 bits', bytes: 5, trace: [] };
  side.lend(words);
  expect(await side.ready()).toBe(own);
  expect(reopened).toHaveBeenCalledTimes(1);
  side.lend({ ...words, side: lent });
  expect(await side.ready()).toBe(lent);
  expect(reopened).toHaveBeenCalledTimes(2);
  side.lend(undefined);
  expect(await side.ready()).toBe(own);
  side.lend({ ...words, side: lent });
  await side.open(files);
  expect(side.lent).toBeUndefined();
  expect(await side.ready()).not.toBe(lent);
});

/** A side on which a model runs, and another whose opening fails. */
async function withOneThatFails(bytes?: number) {
  const side = new SideState(
    () => 'Compressed',
    () => undefined,
  );
  await side.open(files);
  const ran = await side.ready();
  vi.mocked(openSide).mockRejectedValueOnce(new Error('The operator Foo is unknown.'));
  const onnx = bytes === undefined ? files.onnx : ({ size: bytes } as Blob);
  return { side, ran, other: { onnx, external: files.external } };
}

test('a model that can’t be opened leaves the one that runs, and says why', async () => {
  const { side, ran, other } = await withOneThatFails();
  const opening = side.open(other);
  expect(side.replacing).toBe(true);
  expect((await opening)?.text).toBe('The operator Foo is unknown.');
  expect([side.replacing, await side.ready()]).toEqual([false, ran]);
  await side.restart();
  expect(vi.mocked(openSide).mock.lastCall?.[0]).toBe(files);
});

test('a model that was closed to make room for one that can’t be opened is opened again', async () => {
  const { side, ran, other } = await withOneThatFails(300_000_000);
  expect((await side.open(other))?.text).toBe('The operator Foo is unknown.');
  expect(side.status.status).toBe('ready');
  expect(await side.ready()).not.toBe(ran);
  expect(vi.mocked(openSide).mock.lastCall?.[0]).toBe(files);
});

test('where neither can be opened the side says why', async () => {
  const { side, other } = await withOneThatFails(300_000_000);
  vi.mocked(openSide).mockRejectedValueOnce(new Error('No memory.'));
  expect(await side.open(other)).toBeUndefined();
  expect(side.status).toMatchObject({ problem: { text: 'The operator Foo is unknown.' } });
});

test('a device that can’t open the model leaves it where it runs', async () => {
  const { side, ran } = await withOneThatFails();
  await side.choose('webgpu');
  expect([side.device, await side.ready()]).toEqual(['wasm', ran]);
  expect(side.note).toBe('The operator Foo is unknown. This side goes on with WASM.');
});
