import { describe, expect, test } from 'vitest';

import type { StatisticsCache } from '../../../src/core/compress/calibration.ts';
import { collectRanges } from '../../../src/core/calibrate/collect.ts';
import type { RangeStatistics } from '../../../src/core/calibrate/statistics.ts';
import type { Samples } from '../../../src/core/compress/training.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import type { Runtime, Value } from '../../../src/core/runtime.ts';
import { cnn, input, weight } from '../compress/fixtures.ts';
import { oneThread } from '../compress/train/one-thread.ts';
import { controlOf, rowsOf } from './plain-grams.ts';

const never = new AbortController().signal;

async function collect(
  given: Model,
  values: readonly string[],
  samples: Samples,
  {
    channels = false,
    cache,
    runtime = oneThread,
  }: { channels?: boolean; cache?: StatisticsCache; runtime?: Runtime } = {},
): Promise<ReadonlyMap<string, RangeStatistics>> {
  const { statistics } = await collectRanges(given, values, {
    runtime,
    calibration: { ...controlOf(samples), ...(cache ? { cache } : {}) },
    kind: 'auto',
    signal: never,
    channels,
  });
  return statistics;
}

/** y = relu(x). */
const relu = (dims: readonly (number | string)[]): Model =>
  model(
    graph({
      nodes: [node('Relu', ['x'], ['y'])],
      inputs: [value('x', 'float32', dims)],
      outputs: [value('y', 'float32')],
    }),
  );

/** By hand: 2048 bins from the lowest to the highest. */
function plain(numbers: readonly number[]) {
  const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
  const histogram = new Array<number>(2048).fill(0);
  for (const number of numbers) {
    histogram[Math.min(2047, Math.floor(((number - min) / (max - min)) * 2048))]! += 1;
  }
  const mean = numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  return { count: numbers.length, min, max, mean, histogram };
}

const moved = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let at = 0; at < b.length; at++) sum += Math.abs(a[at]! - b[at]!);
  return sum;
};

describe('all numbers alike', () => {
  const x = input('many', [200, 12]);
  const samples = rowsOf('200 rows', { x });
  const numbers = Array.from(x.data as Float32Array);

  test('bounds, mean and histogram', async () => {
    const found = await collect(relu(['batch', 12]), ['x', 'y'], samples);
    const kept = numbers.map((one) => Math.max(0, one));
    for (const [name, wanted] of [
      ['x', plain(numbers)],
      ['y', plain(kept)],
    ] as const) {
      const { histogram, mean, ...rest } = found.get(name)!;
      expect(rest).toEqual({ count: wanted.count, min: wanted.min, max: wanted.max });
      expect(mean).toBeCloseTo(wanted.mean, 6);
      // A number on the border of two bins may fall on either side.
      expect(moved(histogram, wanted.histogram)).toBeLessThanOrEqual(4);
      expect(histogram.reduce((sum, one) => sum + one)).toBe(2400);
    }
  });

  test('a value that never changes', async () => {
    const still = { ...x, data: new Float32Array(2400).fill(-3) };
    const found = await collect(relu(['batch', 12]), ['y'], rowsOf('200 rows', { x: still }));
    const { min, max, histogram } = found.get('y')!;
    expect([min, max, histogram[0]]).toEqual([0, 0, 2400]);
  });

  test('what is not finite is named', async () => {
    const data = (x.data as Float32Array).slice();
    data[5] = NaN;
    const collecting = collect(
      relu(['batch', 12]),
      ['y'],
      rowsOf('200 rows', { x: { ...x, data } }),
    );
    await expect(collecting).rejects.toThrow('"y" is not finite for some of the samples');
  });

  test('is kept: the second time no session is made', async () => {
    const kept = new Map<string, Blob>();
    const cache: StatisticsCache = {
      get: (key) => Promise.resolve(kept.get(key)),
      set: (key, blob) => Promise.resolve(void kept.set(key, blob)),
    };
    const given = relu(['batch', 12]);
    const first = await collect(given, ['x', 'y'], samples, { cache });
    const broken: Runtime = {
      ...oneThread,
      createSession: () => Promise.reject(new Error('made')),
    };
    expect(await collect(given, ['y', 'x'], samples, { cache, runtime: broken })).toEqual(first);
    const others = collect(given, ['y'], samples, { cache, runtime: broken, channels: true });
    await expect(others).rejects.toThrow('made');
  });
});

describe('channels', () => {
  function wanted(data: Float32Array, channels: number, channelOf: (at: number) => number) {
    const parts = Array.from({ length: channels }, (): number[] => []);
    data.forEach((one, at) => parts[channelOf(at)]!.push(one));
    return {
      channelMin: Float64Array.from(parts, (part) => Math.min(...part)),
      channelMax: Float64Array.from(parts, (part) => Math.max(...part)),
      means: parts.map((part) => part.reduce((sum, one) => sum + one, 0) / part.length),
    };
  }

  function expectChannels(found: RangeStatistics, { means, ...bounds }: ReturnType<typeof wanted>) {
    expect(found).toMatchObject(bounds);
    expect(moved(found.channelMean!, means)).toBeLessThan(1e-5);
  }

  test('lie along the last axis', async () => {
    const x = input('tokens', [20, 5, 6]);
    const found = await collect(relu(['batch', 5, 6]), ['x'], rowsOf('20', { x }), {
      channels: true,
    });
    expectChannels(
      found.get('x')!,
      wanted(x.data as Float32Array, 6, (at) => at % 6),
    );
  });

  test('of images along the second', async () => {
    const x = input('images', [20, 3, 4, 5]);
    const samples = rowsOf('20', { x });
    const found = await collect(relu(['batch', 3, 4, 5]), ['x'], samples, { channels: true });
    expectChannels(
      found.get('x')!,
      wanted(x.data as Float32Array, 3, (at) => Math.floor(at / 20) % 3),
    );
  });

  test('of a signal that is convolved as well', async () => {
    const x = input('signals', [20, 3, 10]);
    const given = model(
      graph({
        nodes: [node('Conv', ['x', 'W'], ['y'])],
        inputs: [value('x', 'float32', ['batch', 3, 10])],
        outputs: [value('y', 'float32')],
        initializers: [weight('W', [4, 3, 3], 9)],
      }),
    );
    const found = await collect(given, ['x', 'y'], rowsOf('20', { x }), { channels: true });
    expectChannels(
      found.get('x')!,
      wanted(x.data as Float32Array, 3, (at) => Math.floor(at / 10) % 3),
    );
    expect(found.get('y')!.channelMin).toHaveLength(4);
  });
});

test('padding does not count', async () => {
  const [batch, time] = [6, 4];
  const x = input('tokens', [batch, time, 3]);
  const mask: Value = {
    dtype: 'int64',
    dims: [batch, time],
    data: BigInt64Array.from({ length: batch * time }, (_, at) => BigInt(Number(at % 4 < 3))),
  };
  const given = model(
    graph({
      nodes: [
        node('Relu', ['x'], ['y']),
        node('Cast', ['attention_mask'], ['kept'], { attributes: { to: 1 } }),
      ],
      inputs: [
        value('x', 'float32', ['batch', 'time', 3]),
        value('attention_mask', 'int64', ['batch', 'time']),
      ],
      outputs: [value('y', 'float32'), value('kept', 'float32')],
    }),
  );
  const samples = rowsOf('6 texts', { x, attention_mask: mask });
  const numbers = Array.from(x.data as Float32Array).filter((_, at) => Math.floor(at / 3) % 4 < 3);
  const found = await collect(given, ['x'], samples, { channels: true });
  const { count, min, max, channelMax } = found.get('x')!;
  expect([count, min, max]).toEqual([54, Math.min(...numbers), Math.max(...numbers)]);
  expect(channelMax![1]).toBe(Math.max(...numbers.filter((_, at) => at % 3 === 1)));
});

test('every value of a network, whatever its rank', async () => {
  const { model: given, feeds } = cnn();
  const samples: Samples = { label: 'one image', count: 1, feeds: () => feeds };
  const names = ['x', 'a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const found = await collect(given, names, samples, { channels: true });
  expect(names.map((name) => found.get(name)!.channelMin?.length)).toEqual([
    8, 32, 32, 32, 40, 24, 24, 24,
  ]);
});
