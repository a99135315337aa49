import { expect, test } from 'vitest';

import { createTurns } from '../../src/core/turns.ts';

test('jobs run one after the other, in the order of asking, also after one that failed', async () => {
  const inTurn = createTurns();
  const log: string[] = [];
  const job = (name: string, pauses: number) => async () => {
    log.push(`${name} starts`);
    for (let i = 0; i < pauses; i++) await Promise.resolve();
    log.push(`${name} ends`);
    if (name === 'b') throw new Error('b fails');
    return name;
  };
  const results = await Promise.allSettled([
    inTurn(job('a', 5)),
    inTurn(job('b', 1)),
    inTurn(job('c', 0)),
  ]);
  expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});
