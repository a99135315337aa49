/** A training on disk: what is saved comes back, and what is damaged is known. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  loadCheckpoint,
  removeCheckpoint,
  saveCheckpoint,
  type Checkpoint,
} from '../../../src/node/train/checkpoint.ts';
import { temporaryFolder } from './small-training.ts';

const checkpoint: Checkpoint = {
  identity: 'seed 1, größer',
  step: 12,
  seconds: 3.5,
  state: new Map([
    ['parameters', Float32Array.of(1, -0, NaN, Infinity, 1e-40)],
    ['memory 1', new Float32Array(0)],
    // A view into something larger: only the view is the state.
    ['average', new Float32Array(10).fill(7).subarray(3, 6)],
  ]),
};
const { identity } = checkpoint;

const file = (folder: string): string => join(folder, 'checkpoint.bin');

test('what is saved comes back, bit for bit', async () => {
  const folder = await temporaryFolder();
  await saveCheckpoint(join(folder, 'not', 'there', 'yet'), checkpoint);
  expect(await loadCheckpoint(join(folder, 'not', 'there', 'yet'), identity)).toEqual(checkpoint);
});

test('the last one counts, and nothing else is left in the folder', async () => {
  const folder = await temporaryFolder();
  await saveCheckpoint(folder, checkpoint);
  await saveCheckpoint(folder, { ...checkpoint, step: 13 });
  expect(await loadCheckpoint(folder, identity)).toMatchObject({ step: 13 });
  expect(await readdir(folder)).toEqual(['checkpoint.bin']);
});

test('one of another training is none of this one', async () => {
  const folder = await temporaryFolder();
  expect(await loadCheckpoint(folder, identity)).toBeUndefined();
  await saveCheckpoint(folder, checkpoint);
  expect(await loadCheckpoint(folder, 'seed 2')).toBe('other');
  await removeCheckpoint(folder);
  await removeCheckpoint(folder);
  expect(await loadCheckpoint(folder, identity)).toBeUndefined();
});

describe('a damaged file is known', () => {
  test('wherever it is cut off', async () => {
    const folder = await temporaryFolder();
    await saveCheckpoint(folder, checkpoint);
    const whole = await readFile(file(folder));
    for (let length = 0; length < whole.length; length++) {
      await writeFile(file(folder), whole.subarray(0, length));
      expect(await loadCheckpoint(folder, identity), `${length} bytes`).toBe('damaged');
    }
    await writeFile(file(folder), Buffer.concat([whole, Buffer.alloc(4)]));
    expect(await loadCheckpoint(folder, identity)).toBe('damaged');
  });

  test.each([
    ['zeros', Buffer.alloc(100)],
    ['a length beyond the file', Buffer.from('ffffffff7b7d', 'hex')],
    ['a header without vectors', Buffer.from('\u0002\0\0\0{}')],
    ['a header that is null', Buffer.from('\u0004\0\0\0null')],
    ['vectors of no length', Buffer.from('\u0010\0\0\0{"vectors":[{}]}')],
    ['text', Buffer.from('This is no checkpoint.')],
  ])('%s', async (_, bytes) => {
    const folder = await temporaryFolder();
    await writeFile(file(folder), bytes);
    expect(await loadCheckpoint(folder, identity)).toBe('damaged');
  });
});

test('what can’t be read is not taken for missing', async () => {
  const folder = await temporaryFolder();
  await mkdir(file(folder));
  await expect(loadCheckpoint(folder, identity)).rejects.toThrow('EISDIR');
});
