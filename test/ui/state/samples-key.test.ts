import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { readSamples, samplesKey } from '../../../src/ui/state/samples-key.ts';

const file = (text: string, lastModified: number): File =>
  new File([text], 'ignored', { lastModified });

async function keyOf(files: Readonly<Record<string, File>>): Promise<string> {
  const own = new Map(Object.entries(files));
  await readSamples(own);
  return samplesKey(own);
}

test('samples are the same where their paths and their bytes are, whatever their dates', async () => {
  const key = await keyOf({ 'a.txt': file('one', 1), 'b.txt': file('two', 2) });
  expect(await keyOf({ 'b.txt': file('two', 30), 'a.txt': file('one', 40) })).toBe(key);
  // As long, saved in the same moment, and other words.
  expect(await keyOf({ 'a.txt': file('one', 1), 'b.txt': file('owt', 2) })).not.toBe(key);
  expect(await keyOf({ 'c.txt': file('one', 1), 'b.txt': file('two', 2) })).not.toBe(key);
  expect(key).toContain(createHash('sha256').update('one').digest('hex'));
});

test('none have no key, and a file that can’t be read goes by its length', async () => {
  expect(await keyOf({})).toBe('');
  const gone = file('gone', 1);
  gone.slice = () => {
    throw new DOMException('The file was moved.', 'NotReadableError');
  };
  gone.stream = () => {
    throw new DOMException('The file was moved.', 'NotReadableError');
  };
  expect(await keyOf({ 'a.txt': gone })).toBe('["a.txt",4]');
});
