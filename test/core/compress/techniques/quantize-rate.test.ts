import { beforeAll, describe, expect, test } from 'vitest';
import { codedSize } from '../../../../src/core/coding/coded-file.ts';
import { partsOf } from '../../../../src/core/coding/coded-mark.ts';
import { compress } from '../../../../src/core/compress/compress.ts';
import { cellsForSites, withRatios } from '../../../../src/core/compress/rate/fold-ratios.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import { sitesOf } from '../../../../src/core/calibrate/sites.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { createRandom } from '../../../../src/core/math/random.ts';
import { loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { findWeights } from '../../../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import { memoryControl, rows } from '../train/control.ts';
import { oneThread } from '../train/one-thread.ts';

const width = 96;
const random = createRandom(8);
const normals = (count: number, of = 1): Float32Array =>
  Float32Array.from({ length: count }, () => of * random.normal());

/** A norm before two layers of one site, and one layer after: the first two can share factors, the last takes those of none. */
function network(): Model {
  const square = () => normals(width * width, 1 / Math.sqrt(width));
  return model(
    graph({
      nodes: [
        node('MatMul', ['x', 'mix'], ['mixed']),
        node('LayerNormalization', ['mixed', 'gamma', 'beta'], ['normed'], {
          attributes: { axis: -1 },
        }),
        node('MatMul', ['normed', 'A'], ['a']),
        node('MatMul', ['normed', 'B'], ['b']),
        node('Mul', ['a', 'b'], ['product']),
        node('Tanh', ['product'], ['bent']),
        node('MatMul', ['bent', 'C'], ['y']),
      ],
      inputs: [value('x', 'float32', ['n', width])],
      outputs: [value('y', 'float32', ['n', width])],
      initializers: [
        makeTensor(
          'mix',
          'float32',
          [width, width],
          square().map((w, at) => w / (1 + (at % width) / 8)),
        ),
        makeTensor(
          'gamma',
          'float32',
          [width],
          normals(width).map((g) => 0.3 + Math.abs(g)),
        ),
        makeTensor('beta', 'float32', [width], normals(width, 0.1)),
        ...['A', 'B', 'C'].map((name) => makeTensor(name, 'float32', [width, width], square())),
      ],
    }),
    { opset: 21 },
  );
}

async function answers(of: Model): Promise<Float32Array> {
  const session = await oneThread.createSession(writeOnnx(of), { threads: 1 });
  try {
    const { y } = await session.run(rows('x', 64, width).feeds([...Array(64).keys()]));
    return y!.data as Float32Array;
  } finally {
    await session.release();
  }
}

const distance = (a: Float32Array, b: Float32Array): number => {
  const square = (x: Float32Array) => x.reduce((sum, one) => sum + one * one, 0);
  return Math.sqrt(square(a.map((x, at) => x - b[at]!)) / square(a));
};

async function rounded(of: Model, options: object) {
  const recipe = parseRecipe({
    version: 1,
    seed: 1,
    steps: [{ technique: 'quantize-rate', options }],
  });
  const control = memoryControl(rows('x', 600, width));
  const { model: made, trace } = await compress(of, recipe, {
    runtime: oneThread,
    calibration: control,
  });
  return { made, notes: trace[0]!.notes.join('\n') };
}

const original = network();

test('factors go into the norm and out of the weights without a change of the answers', async () => {
  const weights = findWeights(original).filter(({ key }) => key !== 'mix');
  const cellOf = cellsForSites(original, new Set(weights.map(({ key }) => key)));
  const { sites } = sitesOf(original, weights);
  const [first, second] = sites;
  expect(first!.weights).toEqual(['A', 'B']);
  expect([cellOf(first!) !== undefined, cellOf(second!) !== undefined]).toEqual([true, false]);
  const ratios = Float64Array.from(normals(width), (x) => Math.fround(2 ** x));
  const folded = await withRatios(original, new Map([[first!, { damping: 0.1, ratios }]]), cellOf);
  expect(distance(await answers(original), await answers(folded))).toBeLessThan(1e-6);
  const [before, after] = [original, folded].map((one) =>
    one.graph.initializers.find(({ name }) => name === 'A')!,
  );
  const [a, b] = [await loadFloats(before!), await loadFloats(after!)];
  expect(b[width]! / a[width]!).toBeCloseTo(1 / ratios[1]!, 5);
  // A weight that is not chosen must not change either.
  expect(cellsForSites(original, new Set(['A', 'C']))(first!)).toBeUndefined();
});

describe.each([3, 4.5])('at %d bits', (bits) => {
  let result: Awaited<ReturnType<typeof rounded>>;
  beforeAll(async () => {
    result = await rounded(original, { bits, data: 'own' });
  });

  test('the coded file has as many', async () => {
    const whole = await codedSize(partsOf('m.onnx', writeOnnx(result.made)));
    const names = writeOnnx(result.made).onnx.size - 4 * width * width - 8 * width;
    expect(((whole - 0.5 * names - 8 * width) * 8) / (4 * width * width)).toBeLessThan(bits * 1.05);
    expect(result.notes).toContain('bits for a weight when coded');
    const told = Number(/([\d.]+) bits for a weight/.exec(result.notes)?.[1]);
    expect(Math.abs(told - bits)).toBeLessThanOrEqual(0.011);
  });

  test('answers are nearer than those of blocks of as many bits', async () => {
    const blocks = parseRecipe({
      version: 1,
      seed: 1,
      steps: [{ technique: 'quantize-block', options: { bits: Math.floor(bits), blockSize: 32 } }],
    });
    const plain = await compress(original, blocks);
    const [whole, ours, theirs] = await Promise.all(
      [original, result.made, plain.model].map(answers),
    );
    expect(distance(whole!, ours!)).toBeLessThan(0.9 * distance(whole!, theirs!));
  });

  test('weights are int8 codes with one scale for each output channel', () => {
    for (const { key, quantized, dtype } of findWeights(result.made)) {
      expect([key, quantized !== undefined, dtype]).toEqual([key, true, 'int8']);
    }
    expect(result.notes).toContain('One step for all input channels');
  });
});

test('without samples or a runtime it says what is missing', async () => {
  const recipe = parseRecipe({ version: 1, seed: 1, steps: [{ technique: 'quantize-rate' }] });
  await expect(compress(original, recipe)).rejects.toMatchObject({ name: 'RecipeError' });
  await expect(compress(original, recipe, { runtime: oneThread })).rejects.toMatchObject({
    name: 'RecipeError',
  });
});
