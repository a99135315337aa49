import { expect, test } from 'vitest';
import { compareSides, type RunSide } from '../../../src/core/evaluate/compare.ts';
import type { Feeds, Value } from '../../../src/core/runtime.ts';

const scalar = (x: number): Value => ({ dtype: 'float32', dims: [1], data: Float32Array.of(x) });
const samples = [1, 2, 3].map((x): Feeds => ({ X: scalar(x) }));

/** Multiplies by `factor`, writes itself down, and claims to have taken `milliseconds`. */
const side =
  (name: string, factor: number, milliseconds: number, log: string[]): RunSide =>
  (feeds) => {
    const x = (feeds['X']!.data as Float32Array)[0]!;
    log.push(`${name}${x}`);
    return Promise.resolve({ outputs: { Y: scalar(x * factor) }, milliseconds });
  };

test('alternates, warms up on the first sample, and measures each sample once', async () => {
  const log: string[] = [];
  const progress: number[] = [];
  const result = await compareSides(side('A', 1, 2, log), side('B', 2, 1, log), {
    samples,
    warmups: 1,
    laps: 4,
    onProgress: (done) => progress.push(done),
  });
  expect(log.join(' ')).toBe('A1 B1 A1 B1 A2 B2 A3 B3 A1 B1');
  expect(result.original).toEqual({ p50: 2, p95: 2, p99: 2, n: 4 });
  expect(result.compressed).toEqual({ p50: 1, p95: 1, p99: 1, n: 4 });
  expect(result.outputs[0]?.metrics['max-error']).toEqual({ value: 3, n: 3 });
  expect(progress).toEqual([1, 2, 3, 4]);
});

test('stops between runs', async () => {
  const log: string[] = [];
  const controller = new AbortController();
  const run = compareSides(side('A', 1, 1, log), side('B', 1, 1, log), {
    samples,
    warmups: 0,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  await expect(run).rejects.toThrow('enough');
  expect(log).toEqual(['A1', 'B1']);
});

test('needs a sample', async () => {
  const run = side('A', 1, 1, []);
  await expect(compareSides(run, run, { samples: [] })).rejects.toThrow(/at least one sample/);
});
