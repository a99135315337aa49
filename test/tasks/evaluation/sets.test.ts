import { expect, test } from 'vitest';

import { loadSet } from '../../../src/tasks/evaluation/sets.ts';
import type { Example, PreparedTask } from '../../../src/tasks/task.ts';

const all = Array.from({ length: 50 }, (_, at): Example<unknown> => ({ name: `${at}`, input: at }));
const prepared = {
  examples: [],
  examplesFrom: () => Promise.resolve(all),
} as unknown as PreparedTask<unknown, unknown, unknown>;
const files = new Map([['data/rows.csv', new Blob(['a'])]]);

test('some of the visitor’s examples are the same for a seed, in their order', async () => {
  const choice = { id: 'files', size: 10, seed: 4 } as const;
  const { examples, facts } = await loadSet(choice, prepared, [], files);
  expect(examples).toHaveLength(10);
  expect((await loadSet(choice, prepared, [], files)).examples).toEqual(examples);
  const places = examples.map(({ input }) => input as number);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(facts).toMatchObject({ label: 'rows.csv', n: 10, seed: 4 });
});

test('what can’t be read whole is refused by its name and size', async () => {
  const large = { size: 612_000_000 } as Blob;
  await expect(
    loadSet({ id: 'files' }, prepared, [], new Map([['a/huge.csv', large]])),
  ).rejects.toThrow(/"huge.csv" has 612 MB.*250 MB at most/);
  await expect(loadSet({ id: 'files' }, prepared, [], new Map())).rejects.toThrow(/No files/);
});
