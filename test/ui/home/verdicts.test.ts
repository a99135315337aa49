import { readdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { runtimeBytes } from '../../../src/ui/parts/home/runtime-size.ts';
import { partingOf, partingWords, sayBoth } from '../../../src/ui/parts/home/verdicts.ts';

describe('what two answers come to', () => {
  test('the same, or not', () => {
    expect(sayBoth('7', '7')).toBe('Both say 7.');
    expect(sayBoth('7', '1')).toBe('They differ: 7 and 1.');
    expect(sayBoth('7', undefined)).toBe('');
  });

  test('two stories part at their first different token', () => {
    expect(partingOf([' a', ' b', ' c'], [' a', ' b', ' d'])).toBe(2);
    // The slower one has not come so far: nobody can tell yet.
    expect(partingOf([' a', ' b'], [' a'])).toBeUndefined();
    expect(partingWords([' a', ' b'], [' a', ' c'], false)).toBe('They part after 1 token.');
    expect(partingWords([' a'], [' b'], false)).toBe('They part at the first token.');
    expect(partingWords([' a', ' b'], [' a'], false)).toBe('The same so far.');
    expect(partingWords([' a', ' b'], [' a', ' b'], true)).toBe('Both tell the same, 2 tokens.');
    expect(partingWords([], [], false)).toBe('');
  });
});

test('the runtime is as large as the page says', async () => {
  const folder = fileURLToPath(
    new URL('../../../node_modules/onnxruntime-web/dist', import.meta.url),
  );
  const [name] = (await readdir(folder)).filter((file) => /asyncify\.wasm$/.test(file));
  const { size } = await stat(`${folder}/${name ?? ''}`);
  expect(Math.abs(size / runtimeBytes - 1)).toBeLessThan(0.02);
});
