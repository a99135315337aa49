import { expect, test } from 'vitest';

import { createStepCache } from '../../src/bridge/step-cache.ts';

const steps = (...sizes: number[]) => ({
  files: {
    onnx: new Blob([new Uint8Array(sizes[0] ?? 0)]),
    external: new Map(
      sizes.slice(1).map((size, at) => [`${at}`, new Blob([new Uint8Array(size)])]),
    ),
  },
  trace: [],
});
const kept = async (cache: ReturnType<typeof createStepCache>, ...keys: string[]) => {
  const found = await Promise.all(keys.map((key) => cache.get(key)));
  return keys.filter((_, at) => found[at] !== undefined);
};

test('gives back what was set, and nothing else', async () => {
  const cache = createStepCache(100);
  const entry = steps(10, 20);
  await cache.set('a', entry);
  expect(await cache.get('a')).toBe(entry);
  expect(await cache.get('b')).toBeUndefined();
});

test('the entry that was not used for the longest time goes first', async () => {
  const cache = createStepCache(100);
  await cache.set('a', steps(40));
  await cache.set('b', steps(20, 20));
  await cache.get('a');
  await cache.set('c', steps(30));
  expect(await kept(cache, 'a', 'b', 'c')).toEqual(['a', 'c']);
});

test('one large entry can push out several, and a replaced one counts once', async () => {
  const cache = createStepCache(100);
  for (const key of ['a', 'b', 'c']) await cache.set(key, steps(30));
  await cache.set('c', steps(30));
  expect(await kept(cache, 'a', 'b', 'c')).toEqual(['a', 'b', 'c']);
  await cache.set('d', steps(70));
  expect(await kept(cache, 'a', 'b', 'c', 'd')).toEqual(['c', 'd']);
});

test('an entry larger than everything is not kept, and nothing goes for it', async () => {
  const cache = createStepCache(100);
  await cache.set('a', steps(90));
  await cache.set('b', steps(101));
  expect(await kept(cache, 'a', 'b')).toEqual(['a']);
});
