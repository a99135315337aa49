import { openAsBlob } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { hasShared, sharedPath, skipReason } from '../../../shared.ts';
import { difference, folded, llama, normalizedNetwork } from '../fold/networks.ts';
import { feedsOf, runtime } from '../smaller/networks.ts';
import { memoryControl } from '../train/control.ts';

const smooth = (strength = 0.5) => ({ technique: 'smooth', options: { strength } }) as const;

async function stored({ graph: { initializers } }: Model, name: string): Promise<number[]> {
  return [...(await loadFloats(initializers.find((one) => one.name === name)!))];
}

describe('by hand', () => {
  const tensor = (name: string, dims: number[], ...values: number[]) =>
    makeTensor(name, 'float32', dims, Float32Array.from(values));
  /** y = (x·scale)·W, scale = (4, 1). */
  const before = model(
    graph({
      nodes: [node('Mul', ['x', 'scale'], ['h']), node('MatMul', ['h', 'W'], ['y'])],
      inputs: [value('x', 'float32', ['batch', 2])],
      outputs: [value('y', 'float32', ['batch', 2])],
      initializers: [tensor('scale', [2], 4, 1), tensor('W', [2, 2], 0.5, -1, 9, 3)],
    }),
  );
  // The largest |h| are 16 and 1.
  const rows = [
    [4, -1],
    [-2, 0.5],
  ];
  const samples = {
    label: 'two rows',
    count: 2,
    feeds: (indices: readonly number[]) => ({
      x: {
        dtype: 'float32' as const,
        dims: [indices.length, 2],
        data: Float32Array.from(indices.flatMap((index) => rows[index]!)),
      },
    }),
  };
  const smoothed = async (strength: number) => {
    const recipe = parseRecipe({ version: 1, seed: 1, steps: [smooth(strength)] });
    return compress(before, recipe, { runtime, calibration: memoryControl(samples) });
  };

  test('s = √(max|x| / max|W|) = √(16/1) and √(1/9)', async () => {
    const { model: after } = await smoothed(0.5);
    const [one, other] = await stored(after, 'scale');
    expect(one).toBe(1);
    expect(other).toBeCloseTo(3, 6);
    const values = await stored(after, 'W');
    [2, -4, 3, 1].forEach((x, at) => expect(values[at]).toBeCloseTo(x, 6));
  });

  test('strength 1 gives the inputs ranges of 1', async () => {
    const { model: after } = await smoothed(1);
    expect(await stored(after, 'scale')).toEqual([0.25, 1]);
    expect(await stored(after, 'W')).toEqual([8, -16, 9, 3]);
  });

  test('needs samples, and says so', async () => {
    const recipe = parseRecipe({ version: 1, seed: 1, steps: [smooth()] });
    await expect(compress(before, recipe, { runtime })).rejects.toThrow(
      'This step looks at samples, and there are none; give some.',
    );
    await expect(compress(before, recipe)).rejects.toThrow('no runtime was given');
  });
});

test('norms into q, k, v and gate, up; up into down; values into the output of attention', async () => {
  const { model: before, feeds } = llama();
  const { model: after, trace } = await folded(before, smooth());
  expect(await difference(before, after, feeds)).toBeLessThan(1e-5);
  expect(trace[0]!.changes.map(({ key }) => key)).toEqual([
    'Q',
    'K',
    'V',
    'O',
    'gate',
    'up',
    'down',
  ]);
});

test('norms of images into convolutions, behind a mean into products', async () => {
  const { model: before, feeds } = normalizedNetwork();
  const { model: after, trace } = await folded(before, smooth());
  expect(await difference(before, after, feeds)).toBeLessThan(1e-5);
  expect(trace[0]!.changes.map(({ key }) => key)).toEqual(['K2', 'M', 'G']);
});

const few = { technique: 'smooth', options: { samples: 6 } } as const;

test.each([
  ['storyteller', 6 * 6],
  ['digits-vit', 4 * 5],
  ['embedder', 2 * 5],
])('the %s that comes with the page', { timeout: 30_000 }, async (name, changed) => {
  const before = await readOnnx({
    onnx: await openAsBlob(`public/models/${name}/onnx/model.onnx`),
  });
  const { model: after, trace } = await folded(before, few);
  expect(trace[0]!.changes).toHaveLength(changed);
  expect(await difference(before, after, await feedsOf(before))).toBeLessThan(1e-4);
});

test.skipIf(!hasShared)(
  `heads that are repeated by Expand${hasShared ? '' : `: ${skipReason}`}`,
  async () => {
    const path = sharedPath('models/stories260K/model.onnx');
    const before = await readOnnx({ onnx: await openAsBlob(path) });
    const { model: after, trace } = await folded(before, few);
    expect(trace[0]!.changes).toHaveLength(5 * 7);
    expect(await difference(before, after, await feedsOf(before))).toBeLessThan(1e-4);
  },
);
