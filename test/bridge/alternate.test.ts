import { expect, test } from 'vitest';

import { alternate } from '../../src/bridge/alternate.ts';
import type { Feeds } from '../../src/core/runtime.ts';

/** A side whose runs take the times given, one after the other, and are written into `log`. */
function side(name: string, times: readonly number[], log: string[]) {
  let next = 0;
  return {
    run: async (feeds: Feeds) => {
      log.push(`${name} ${Object.keys(feeds).join()}`);
      await Promise.resolve();
      return { outputs: {}, milliseconds: times[next++] ?? 0 };
    },
  };
}

const feeds = (name: string): Feeds => ({
  [name]: { dtype: 'float32', dims: [0], data: new Float32Array() },
});

test('sides run in turns, each on its feeds, and the warm-up does not count', async () => {
  const log: string[] = [];
  const laps: string[] = [];
  const [a, b] = await alternate(
    [
      { side: side('A', [900, 1, 2, 3], log), feeds: feeds('x') },
      { side: side('B', [800, 30, 20, 10], log), feeds: feeds('z') },
    ],
    { warmups: 1, laps: 3, onLap: (done, total) => laps.push(`${done}/${total}`) },
  );
  expect(log).toEqual(['A x', 'B z', 'A x', 'B z', 'A x', 'B z', 'A x', 'B z']);
  expect(laps).toEqual(['1/3', '2/3', '3/3']);
  expect(a).toMatchObject({ p50: 2, n: 3 });
  expect(b).toMatchObject({ p50: 20, n: 3 });
});

test('stops at the next run when the signal is aborted', async () => {
  const log: string[] = [];
  const stop = new AbortController();
  const measuring = alternate([{ side: side('A', [], log), feeds: feeds('x') }], {
    warmups: 0,
    laps: 100,
    signal: stop.signal,
    onLap: (done) => {
      if (done === 2) stop.abort();
    },
  });
  await expect(measuring).rejects.toMatchObject({ name: 'AbortError' });
  expect(log).toHaveLength(2);
});
