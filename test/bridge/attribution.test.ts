/** Which sides run what, and what is said where there is nothing to tell apart. */
import { beforeEach, expect, test, vi } from 'vitest';

import { attribute } from '../../src/bridge/attribution.ts';
import type { Desk } from '../../src/bridge/lab-runs.ts';
import { findDevices, openSide, type Side, type WebDevice } from '../../src/bridge/side.ts';
import type { SidePair } from '../../src/tasks/evaluation/divergences.ts';
import type { RunEnd } from '../../src/tasks/evaluation/examiner.ts';

vi.mock('../../src/bridge/side.ts', () => ({ openSide: vi.fn(), findDevices: vi.fn() }));

let opened: string[] = [];
let closed = 0;
let asked: { readonly index: number; readonly pairs: readonly SidePair[] }[] = [];
let ended: Readonly<Record<string, RunEnd>>[] = [];

const contender = (name: string) => ({
  id: name,
  name,
  files: { onnx: new Blob([name]), external: new Map<string, Blob>() },
});

const api = {
  beginAttribution: () => undefined,
  ask: (index: number, pairs: readonly SidePair[]) => {
    asked.push({ index, pairs });
    return { loop: 'once', request: { feeds: {} } };
  },
  take: () => undefined,
  attribute: (ends: Readonly<Record<string, RunEnd>>) => ended.push(ends),
  attribution: () => ({ set: { n: 30 }, n: ended.length }),
};

const desk = {
  call: (_: string, job: (remote: never) => unknown) =>
    Promise.resolve().then(() => job(api as never)),
} as unknown as Desk;

const run = (examples?: number) =>
  attribute(desk, contender('whole'), contender('small'), {
    signal: new AbortController().signal,
    ...(examples === undefined ? {} : { examples }),
  });

const devices = (webgpu: object): void => {
  vi.mocked(findDevices).mockResolvedValue({ wasm: {}, webgpu } as never);
};

beforeEach(() => {
  [opened, closed, asked, ended] = [[], 0, [], []];
  devices({ available: true });
  vi.mocked(openSide).mockImplementation(async (files, device) => {
    opened.push(`${await files.onnx.text()} on ${device}`);
    return sideOn(device);
  });
});

const sideOn = (
  device: WebDevice,
  advance = () => ({ chunks: [{}], done: true, milliseconds: 1 }),
) =>
  ({
    device,
    lost: new Promise(() => undefined),
    begin: () => Promise.resolve(),
    advance: () => Promise.resolve().then(advance),
    end: () => Promise.resolve(),
    close: () => {
      closed++;
    },
  }) as unknown as Side;

test('original and variant on WASM, the variant on WebGPU, all on the same examples', async () => {
  expect(await run(3)).toMatchObject({ done: true, attribution: { n: 3 } });
  expect(opened).toEqual(['whole on wasm', 'small on wasm', 'small on webgpu']);
  expect(asked.map(({ index }) => index)).toEqual([0, 1, 2]);
  // Compression, backend, total: what is held against what.
  expect(asked[0]?.pairs).toEqual([
    ['original on wasm', 'variant on wasm'],
    ['variant on wasm', 'variant on webgpu'],
    ['original on wasm', 'variant on webgpu'],
  ]);
  expect(Object.keys(ended[0] ?? {})).toHaveLength(3);
  expect(closed).toBe(3);
});

test('20 examples unless told, and no more than there are', async () => {
  await run();
  expect(asked).toHaveLength(20);
  await run(100);
  expect(asked).toHaveLength(50);
});

test('without WebGPU nothing is run, and it says why', async () => {
  devices({ available: false, reason: 'This browser has no WebGPU.' });
  expect(await run()).toEqual({ done: false, unable: 'This browser has no WebGPU.' });
  expect(opened).toEqual([]);
});

test('a device that can’t run the model is told, and all sides are closed', async () => {
  vi.mocked(openSide).mockImplementation((_, device) =>
    Promise.resolve(
      sideOn(device, () => {
        if (device === 'webgpu') throw new Error('WebGPU has no kernel for Foo.');
        return { chunks: [{}], done: true, milliseconds: 1 };
      }),
    ),
  );
  expect(await run()).toEqual({ done: false, unable: 'WebGPU has no kernel for Foo.' });
  expect(closed).toBe(3);
});
