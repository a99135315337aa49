import { expect, test } from 'vitest';

import { inFlight } from '../../../src/core/compress/in-flight.ts';

/** Work that ends when the test says so. */
function workshop() {
  const ends = new Map<number, () => void>();
  const places: number[] = [];
  const start = (item: number, place: number): Promise<string> => {
    places.push(place);
    return new Promise((resolve, reject) => {
      ends.set(item, () => (item < 0 ? reject(new Error(`bad ${item}`)) : resolve(`done ${item}`)));
    });
  };
  const turn = () => new Promise((resolve) => setTimeout(resolve));
  return { ends, places, start, turn };
}

test('at most so many at once, and results in order', async () => {
  const { ends, places, start, turn } = workshop();
  const results: string[] = [];
  const all = (async () => {
    for await (const [, result] of inFlight([0, 1, 2, 3], 2, start)) results.push(result);
  })();
  await turn();
  expect([...ends.keys()]).toEqual([0, 1]);
  ends.get(1)!();
  await turn();
  expect(results).toEqual([]);
  ends.get(0)!();
  await turn();
  expect(results).toEqual(['done 0', 'done 1']);
  expect([...ends.keys()]).toEqual([0, 1, 2, 3]);
  ends.get(3)!();
  ends.get(2)!();
  await all;
  expect(results).toEqual(['done 0', 'done 1', 'done 2', 'done 3']);
  // A place is free again once its result was given.
  expect(places).toEqual([0, 1, 0, 1]);
});

test('the first error in order ends it, and nobody minds the others', async () => {
  const { ends, start, turn } = workshop();
  const all = (async () => {
    for await (const [item] of inFlight([0, -1, -2], 3, start)) expect(item).toBe(0);
  })();
  await turn();
  for (const end of [...ends.values()].reverse()) end();
  await expect(all).rejects.toThrow('bad -1');
});

test('nothing to do', async () => {
  const { start } = workshop();
  for await (const _ of inFlight([], 2, start)) expect.unreachable(String(_));
});
