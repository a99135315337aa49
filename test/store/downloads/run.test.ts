import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planFromHub, planFromUrl } from '../../../src/store/downloads/plan.ts';
import {
  bytesStored,
  dropDownload,
  isWhole,
  listDownloads,
  sweepPieces,
  type StoredDownload,
} from '../../../src/store/downloads/record.ts';
import { failureOf, runDownload, type RunContext } from '../../../src/store/downloads/run.ts';
import { createSlots } from '../../../src/store/downloads/slots.ts';
import { fetchRepository } from '../../../src/store/hub/repository.ts';
import { variantsIn } from '../../../src/store/hub/variants.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { twoLayers } from '../../node/small-models.ts';
import {
  defaultCommit,
  startHub,
  type HubFile,
  type HubServer,
  type Misbehavior,
} from '../../hub-server.ts';
import { MemoryDownloads } from './memory-storage.ts';

/** About 41 kB: a model in one file. */
const model = new Uint8Array(await writeOnnx(twoLayers()).onnx.arrayBuffer());
const split = writeOnnx(twoLayers(), { external: { location: 'model.onnx_data', threshold: 1 } });
const splitOnnx = new Uint8Array(await split.onnx.arrayBuffer());
const splitData = new Uint8Array(await split.external.get('model.onnx_data')!.arrayBuffer());
const config = Buffer.from('{"model_type":"bert"}');

let hub: HubServer;
let storage: MemoryDownloads;
let misbehave: Misbehavior;
beforeEach(async () => {
  misbehave = {};
  const files: Record<string, HubFile> = {
    'config.json': { bytes: config },
    'onnx/model.onnx': { bytes: model, large: true, misbehave },
  };
  hub = await startHub({ 'owner/name': { files } });
  storage = new MemoryDownloads();
});
afterEach(() => hub.close());

async function plan(repo = 'owner/name'): Promise<StoredDownload> {
  const repository = await fetchRepository({ host: hub.url, repo, revision: 'main' });
  const download = planFromHub(repository, variantsIn(repository)[0]!, 1);
  await storage.downloads.set(download.key, download);
  hub.log.length = 0;
  return download;
}

const run = (key: string, context: Partial<RunContext> = {}) =>
  runDownload(key, { storage, slots: createSlots(2), pause: 1, pieceBytes: 4096, ...context });

const bytesOf = async (blob: Blob | undefined) => new Uint8Array(await blob!.arrayBuffer());
const stored = async (key: string) => (await storage.downloads.get(key))!;
const ranges = (part = 'files') =>
  hub.log.filter(({ origin }) => origin === part).map(({ range }) => range);

test('a model arrives whole, in pieces, with what lies beside it and where it is from', async () => {
  const { key } = await plan();
  const arrived: number[] = [];
  const file = await run(key, { onArrived: (bytes) => arrived.push(bytes) });
  expect(await bytesOf(file.onnx)).toEqual(model);
  expect(file.name).toBe('name');
  expect([...file.extras.keys()]).toEqual(['name/config.json']);
  expect(file.source).toEqual({
    kind: 'hub',
    host: hub.url,
    repo: 'owner/name',
    revision: 'main',
    commit: defaultCommit,
    path: 'onnx/model.onnx',
  });
  expect(arrived.at(-1)).toBe(model.length + config.length);
  expect(storage.blobs.size).toBeGreaterThan(5);
  expect(isWhole(await stored(key))).toBe(true);
});

test('weights in files of their own come along', async () => {
  hub.repositories.set('owner/split', {
    files: {
      'model.onnx': { bytes: splitOnnx },
      'model.onnx_data': { bytes: splitData, large: true },
    },
  });
  const file = await run((await plan('owner/split')).key);
  expect(await bytesOf(file.external.get('model.onnx_data'))).toEqual(splitData);
});

test('weights whose name says nothing are found in the model’s header', async () => {
  const odd = writeOnnx(twoLayers(), { external: { location: 'parts/odd', threshold: 1 } });
  hub.repositories.set('owner/odd', {
    files: {
      'model.onnx': { bytes: await bytesOf(odd.onnx) },
      'parts/odd': { bytes: await bytesOf(odd.external.get('parts/odd')), large: true },
      'parts/unused': { bytes: config },
    },
  });
  const file = await run((await plan('owner/odd')).key);
  expect([...file.external.keys()]).toEqual(['parts/odd']);
  expect(hub.log.some(({ url }) => url.includes('unused'))).toBe(false);
});

describe('lost connections', () => {
  test('the rest is fetched by its range', async () => {
    Object.assign(misbehave, { cutAfter: 10_000, cuts: 2 });
    const file = await run((await plan()).key);
    expect(await bytesOf(file.onnx)).toEqual(model);
    expect(ranges()).toEqual(['bytes=0-', 'bytes=10000-', 'bytes=20000-']);
  });

  test('a server that knows no ranges sends all again, which is said', async () => {
    Object.assign(misbehave, { cutAfter: 10_000, cuts: 1, ignoresRange: true });
    const notes: string[] = [];
    const file = await run((await plan()).key, { onNote: (text) => notes.push(text) });
    expect(await bytesOf(file.onnx)).toEqual(model);
    expect(notes).toEqual([
      expect.stringMatching(/can't continue a download, so "model\.onnx" starts over/),
    ]);
  });

  test('a connection that breaks at once again and again is given up; what arrived stays', async () => {
    Object.assign(misbehave, { cutAfter: 10_000, cuts: 1 });
    const { key } = await plan();
    const original = misbehave;
    const lost = run(key, {
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (original.cuts === 0) original.cutAfter = 0;
        if (original.cuts === 0) original.cuts = 99;
        return response;
      },
    });
    await expect(lost).rejects.toThrow(
      /broke 5 times in a row at 10\.0 kB of "model\.onnx"\. What has arrived is kept/,
    );
    expect(bytesStored(await stored(key))).toBe(10_000 + config.length);
    original.cuts = 0;
    hub.log.length = 0;
    expect(await bytesOf((await run(key)).onnx)).toEqual(model);
    expect(ranges()).toEqual(['bytes=10000-']);
  });

  test('a connection on which nothing comes is cut and taken up again', async () => {
    Object.assign(misbehave, { slow: 1 });
    const { key } = await plan();
    const waits: string[] = [];
    const file = await run(key, {
      stall: 20,
      onWait: (wait) => {
        if (wait) waits.push(wait.why);
        delete misbehave.slow;
      },
    });
    expect(await bytesOf(file.onnx)).toEqual(model);
    expect(waits).toContain('The connection was lost');
  });

  test('servers that are busy or fail are waited for', async () => {
    Object.assign(misbehave, { busy: 1, fails: 1 });
    hub.retryAfter = '0.01';
    const file = await run((await plan()).key);
    expect(await bytesOf(file.onnx)).toEqual(model);
  });
});

test('what comes slowly is stored all the same: a closed tab loses little', async () => {
  const { key } = await plan();
  misbehave.slow = 200_000;
  const kept: number[] = [];
  const context = { pieceBytes: 1e9, pieceTime: 20 };
  await run(key, { ...context, onChange: (download) => kept.push(bytesStored(download)) });
  expect(new Set(kept).size).toBeGreaterThan(3);
});

describe('pausing', () => {
  test('keeps what has arrived, and a later run goes on from there', async () => {
    const { key } = await plan();
    const stop = new AbortController();
    misbehave.slow = 100_000;
    const first = run(key, {
      signal: stop.signal,
      onArrived: (bytes) => {
        if (bytes > 12_000) stop.abort(new DOMException('paused', 'AbortError'));
      },
    });
    await expect(first).rejects.toThrow('paused');
    const kept = bytesStored(await stored(key)) - config.length;
    expect(kept).toBeGreaterThan(5_000);
    expect(kept).toBeLessThan(model.length);
    delete misbehave.slow;
    hub.log.length = 0;
    // As another page would: nothing but what is stored.
    expect(await bytesOf((await run(key)).onnx)).toEqual(model);
    expect(ranges()).toEqual([`bytes=${kept}-`]);
    expect(ranges('hub')).toHaveLength(1);
  });

  test('nothing is asked for where all has arrived', async () => {
    const { key } = await plan();
    await run(key);
    hub.log.length = 0;
    expect(await bytesOf((await run(key)).onnx)).toEqual(model);
    expect(hub.log).toEqual([]);
  });
});

describe('damage', () => {
  test('a file with wrong bytes is fetched once more, which is said', async () => {
    misbehave.wrong = 1;
    const notes: string[] = [];
    const file = await run((await plan()).key, { onNote: (text) => notes.push(text) });
    expect(await bytesOf(file.onnx)).toEqual(model);
    expect(notes).toEqual(['"model.onnx" arrived damaged and is fetched once more.']);
  });

  test('damaged twice it is given up, and the other files stay', async () => {
    misbehave.wrong = 2;
    const { key } = await plan();
    const error: unknown = await run(key).catch((caught: unknown) => caught);
    expect(failureOf(error)).toEqual({
      trouble: 'damaged',
      text: expect.stringMatching(
        /"model\.onnx" arrived damaged twice.*other files are kept/,
      ) as string,
    });
    const { files } = await stored(key);
    expect(files.map(({ path, stored: { verified } }) => [path, verified])).toEqual([
      ['name/onnx/model.onnx', false],
      ['name/config.json', true],
    ]);
    hub.log.length = 0;
    expect(await bytesOf((await run(key)).onnx)).toEqual(model);
    expect(hub.log.some(({ url }) => url.includes('config.json'))).toBe(false);
  });

  test('small files are checked by the hash that git gives them', async () => {
    const repository = hub.repositories.get('owner/name')!;
    const download = await plan();
    hub.repositories.set('owner/name', {
      files: { ...repository.files, 'config.json': { bytes: config, misbehave: { wrong: 2 } } },
    });
    await expect(run(download.key)).rejects.toThrow(/"config\.json" arrived damaged twice/);
  });

  test('another file in its place is noticed by its size', async () => {
    const { key } = await plan();
    hub.repositories.set('owner/name', {
      files: {
        'config.json': { bytes: config },
        'onnx/model.onnx': { bytes: Buffer.from('version https://git-lfs'), large: true },
      },
    });
    await expect(run(key)).rejects.toThrow(
      /has 23 bytes and not the 41\.\d kB that were announced/,
    );
  });

  test('a web page in place of the model is explained', async () => {
    hub.repositories.set('owner/page', {
      files: { 'model.onnx': { bytes: Buffer.from('<!doctype html><title>Sign in</title>') } },
    });
    await expect(run((await plan('owner/page')).key)).rejects.toThrow(/is a web page, not a model/);
  });
});

describe('a full storage', () => {
  test('stops the download in words, keeps what fits, and lets it go on', async () => {
    const { key } = await plan();
    storage.allowed = 20_000;
    const error: unknown = await run(key).catch((caught: unknown) => caught);
    expect(failureOf(error)).toEqual({
      trouble: 'storage',
      text: expect.stringMatching(
        /storage for the page is full.*What has arrived is kept.*resume/,
      ) as string,
    });
    expect(bytesStored(await stored(key))).toBeGreaterThan(10_000);
    expect(storage.used()).toBe(bytesStored(await stored(key)));
    storage.allowed = Infinity;
    expect(await bytesOf((await run(key)).onnx)).toEqual(model);
  });
});

describe('tokens', () => {
  beforeEach(() => {
    const { files } = hub.repositories.get('owner/name')!;
    hub.repositories.set('owner/name', { files, gatedFor: 'hf_right' });
  });

  test('go to the Hub and not to where it sends on to', async () => {
    const { key } = await plan();
    const file = await run(key, { tokenFor: (host) => (host === hub.url ? 'hf_right' : 'wrong') });
    expect(await bytesOf(file.onnx)).toEqual(model);
    const sent = (origin: string) =>
      hub.log.filter((one) => one.origin === origin).map(({ authorization }) => authorization);
    expect(sent('hub')).toEqual(['Bearer hf_right', 'Bearer hf_right']);
    expect(sent('files')).toEqual([undefined]);
  });

  test('missing, the terms and their place are named', async () => {
    await expect(run((await plan()).key)).rejects.toThrow(
      /"owner\/name" is gated.*accept them at http:\/\/localhost:\d+\/owner\/name, then give a token/,
    );
  });

  test('without access, it says that the token is not enough', async () => {
    const denied = run((await plan()).key, { tokenFor: () => 'hf_stranger' });
    await expect(denied).rejects.toThrow(/wait until the owner has agreed/);
  });
});

test('no more than two files come at once, of all downloads together', async () => {
  const files = Object.fromEntries(
    ['config.json', 'tokenizer.json', 'vocab.txt', 'README.md'].map((path) => [
      path,
      { bytes: Buffer.alloc(2000, path), misbehave: { slow: 40_000 } },
    ]),
  );
  for (const repo of ['a/a', 'b/b']) {
    hub.repositories.set(repo, { files: { ...files, 'model.onnx': { bytes: model } } });
  }
  const slots = createSlots(2);
  let [open, most] = [0, 0];
  const counting: typeof fetch = async (input, init) => {
    most = Math.max(most, ++open);
    const response = await fetch(input, init);
    const bytes = await response.arrayBuffer();
    open--;
    return new Response(bytes, response);
  };
  const keys = [(await plan('a/a')).key, (await plan('b/b')).key];
  const done = await Promise.all(keys.map((key) => run(key, { slots, fetch: counting })));
  expect(await Promise.all(done.map(({ onnx }) => bytesOf(onnx)))).toEqual([model, model]);
  expect(most).toBe(2);
});

describe('by URL', () => {
  const begin = async (path: string) => {
    const url = `${hub.url}/owner/web/resolve/main/${path}`;
    const download = planFromUrl({ kind: 'url', url }, undefined, 1);
    await storage.downloads.set(download.key, download);
    return download.key;
  };
  const serve = (files: Record<string, HubFile>) => hub.repositories.set('owner/web', { files });

  test('a model of unknown size and the weights beside it', async () => {
    serve({ 'model.onnx': { bytes: splitOnnx }, 'model.onnx_data': { bytes: splitData } });
    const key = await begin('model.onnx?key=1');
    const file = await run(key);
    expect(await bytesOf(file.external.get('model.onnx_data'))).toEqual(splitData);
    expect(file.source).toEqual({ kind: 'url', url: key });
    expect(hub.log.map((one) => one.url).at(-1)).toMatch(/model\.onnx_data\?key=1$/);
  });

  test('that changes meanwhile starts over, which is said', async () => {
    serve({ 'model.onnx': { bytes: splitOnnx, misbehave: { cutAfter: 100, cuts: 1 } } });
    const key = await begin('model.onnx');
    const notes: string[] = [];
    const file = await run(key, {
      onNote: (text) => notes.push(text),
      onWait: () => serve({ 'model.onnx': { bytes: model } }),
    });
    expect(await bytesOf(file.onnx)).toEqual(model);
    expect(notes).toEqual([expect.stringMatching(/"model\.onnx" has changed on the server/)]);
  });

  test('that is not there', async () => {
    serve({});
    await expect(run(await begin('none.onnx'))).rejects.toThrow(/has no such file/);
  });

  test('that is empty', async () => {
    serve({ 'model.onnx': { bytes: new Uint8Array(0) } });
    await expect(run(await begin('model.onnx'))).rejects.toThrow(/This file is empty/);
  });
});

describe('what lies in the storage', () => {
  test('is listed in the order of its beginning, and goes with its download', async () => {
    const first = await plan();
    await storage.downloads.set('later', { ...first, key: 'later', added: 2 });
    await run(first.key);
    expect((await listDownloads(storage)).map(({ key }) => key)).toEqual([first.key, 'later']);
    await dropDownload(storage, first.key);
    expect([storage.records.size, storage.blobs.size]).toEqual([1, 0]);
  });

  test('pieces of no download are swept', async () => {
    const { key } = await plan();
    await run(key);
    const kept = storage.blobs.size;
    storage.blobs.set('gone\nmodel.onnx\n0', new Blob(['x']));
    await sweepPieces(storage);
    expect(storage.blobs.size).toBe(kept);
  });

  test('a piece that vanished is said', async () => {
    const { key } = await plan();
    await run(key);
    storage.blobs.delete(`${key}\nname/onnx/model.onnx\n1`);
    await expect(run(key)).rejects.toThrow(/A part of "name\/onnx\/model\.onnx" is gone/);
  });
});
