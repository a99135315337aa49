/** On made-up models whose answers are known sums: what is found, and in how many measurements. */
import { describe, expect, test } from 'vitest';

import { blocksOf } from '../../../src/core/evaluate/layer-blocks.ts';
import { searchLayers, type Found } from '../../../src/core/evaluate/layer-search.ts';
import type { ChangedLayer, Repair } from '../../../src/core/evaluate/restored.ts';

/** Each weight adds its cost to a distance; the answer turns where that falls below a half. */
async function searched(costs: ReadonlyMap<string, number>, most = 32, turnsBelow = 0.5) {
  const total = [...costs.values()].reduce((sum, one) => sum + one, 0);
  const asked: (readonly string[])[] = [];
  const repairOf = (keys: readonly string[]): Repair => {
    const distance = (total - keys.reduce((sum, key) => sum + costs.get(key)!, 0)) / total;
    const flipsBack = distance < turnsBelow;
    return { distance, flipsBack, flips: flipsBack ? 0 : 1, decisions: 1 };
  };
  const layers = [...costs.keys()].map((key): ChangedLayer => ({ key, role: 'linear' }));
  const shares: number[] = [];
  let found: Found | undefined;
  await searchLayers(layers, repairOf([]), {
    most,
    measure(keys) {
      asked.push(keys);
      return keys.includes('broken') ? Promise.resolve(undefined) : Promise.resolve(repairOf(keys));
    },
    onFound: (news) => (found = news),
    onStep: (_, done, of) => shares.push(done / of),
  });
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.every((share) => share < 1)).toBe(true);
  return { ...found!, asked };
}

describe('few layers', () => {
  test('each alone, then as few of the best as turn the answer', async () => {
    const costs = [5, 1, 4, 3, 2, 2, 2].map((cost, at) => [`w${at}`, cost] as const);
    const { blocks, layers, together, untried } = await searched(new Map(costs), 32, 0.3);
    expect(blocks).toEqual([]);
    expect(layers.map(({ key }) => key)).toEqual(['w0', 'w2', 'w3', 'w4', 'w5', 'w6', 'w1']);
    expect(layers[0]!.repaired).toBeCloseTo(5 / 19, 12);
    expect(untried).toBe(0);
    // 5 + 4 + 3 of 19 leave 0.37, 2 more 0.26: four. 2 and 4 are tried, then 3.
    expect(together.map(({ keys }) => keys.length)).toEqual([2, 3, 4]);
    expect(together.map(({ flipsBack }) => flipsBack)).toEqual([false, false, true]);
    expect(together[2]!.keys).toEqual(['w0', 'w2', 'w3', 'w4']);
  });

  test('nothing more where one layer is enough, or none helps', async () => {
    const one = await searched(new Map([['a', 9], ['b', 1]])); // prettier-ignore
    expect(one.together).toEqual([]);
    const worse = await searched(new Map([['a', -1], ['b', -1], ['c', 4], ['d', -1]]), 32, 0); // prettier-ignore
    expect(worse.layers[0]!.key).toBe('c');
    expect(worse.together).toEqual([]);
  });

  test('one that gives no answer is left, and told', async () => {
    const { layers, left } = await searched(new Map([['a', 1], ['broken', 1], ['c', 3]])); // prettier-ignore
    expect(layers).toHaveLength(2);
    expect(left).toEqual([{ key: 'broken', why: expect.stringContaining('no answer') as string }]);
  });
});

describe('many layers', () => {
  const parts = ['q', 'k', 'v', 'o', 'up', 'down'];
  const costs = new Map([
    ['embedding.weight', 0.1],
    ...Array.from(
      { length: 8 },
      (_, layer) =>
      parts.map((part, at) => [
        `layers.${layer}.${part}.weight`,
        layer === 5 ? 1 + at : layer === 2 ? 0.5 : 0.01,
      ] as const), // prettier-ignore
    ).flat(),
  ]);

  test('blocks first, then the layers of those that help, and what was spared', async () => {
    const { blocks, layers, together, untried, asked } = await searched(costs, 32, 0.2);
    expect(blocks.map(({ name }) => name).slice(0, 2)).toEqual(['layers.5', 'layers.2']);
    expect(blocks).toHaveLength(8);
    expect(layers.map(({ key }) => key).slice(0, 2)).toEqual([
      'layers.5.down.weight',
      'layers.5.up.weight',
    ]);
    // The embedding is a block of its own; six layers in each of the two that help.
    expect(layers).toHaveLength(13);
    expect(untried).toBe(49 - 13);
    // All of layer 5 are 21 of 24.46, which is enough; all but its smallest leave 0.18.
    const turned = together.filter(({ flipsBack }) => flipsBack);
    expect(turned[0]!.keys).toHaveLength(5);
    expect(asked.length).toBeLessThan(30);
  });

  test('no more alone than it was allowed', async () => {
    const { layers, untried } = await searched(costs, 5);
    expect(layers).toHaveLength(5);
    expect(untried).toBe(44);
  });
});

test('blocks by the first number in a name, or by their order', () => {
  const bert = ['q', 'k'].flatMap((part) =>
    [0, 1, 12].map((at) => `bert.encoder.layer.${at}.${part}`),
  );
  expect(blocksOf(bert).map(({ name }) => name)).toEqual([
    'bert.encoder.layer.0',
    'bert.encoder.layer.1',
    'bert.encoder.layer.12',
  ]);
  const nameless = Array.from({ length: 30 }, (_, at) => `onnx::MatMul_${70 + at}`);
  const blocks = blocksOf(nameless);
  expect(blocks).toHaveLength(6);
  expect(blocks[0]).toEqual({ name: 'weights 1 to 5', keys: nameless.slice(0, 5) });
  expect(blocks.flatMap(({ keys }) => keys)).toEqual(nameless);
  const paths = ['/h.0/attn/w', '/h.0/mlp/w', '/h.1/attn/w', '/h.1/mlp/w', '/h.2/attn/w', '/h.2/w'];
  expect(blocksOf(paths).map(({ name }) => name)).toEqual(['/h.0', '/h.1', '/h.2']);
});
