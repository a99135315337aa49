import { describe, expect, test } from 'vitest';

import { compress, type CompressOptions } from '../../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import type { TechniqueOptions } from '../../../../src/core/compress/techniques/index.ts';
import type { Samples } from '../../../../src/core/compress/training.ts';
import { isAbort, RecipeError } from '../../../../src/core/errors.ts';
import { answerTo } from '../../../../src/core/kernels/crew-messages.ts';
import { createPool } from '../../../../src/core/kernels/pool.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import type { Feeds } from '../../../../src/core/runtime.ts';
import { correlatedRows } from '../../math/gptq-cases.ts';
import { branches, normals, tiedLanguageModel } from '../fixtures.ts';
import { oneThread } from '../train/one-thread.ts';

type Options = Partial<TechniqueOptions<'quantize-gptq'>>;

/** Rows for an input `x` of some dims behind the batch. */
function samplesOf(rows: Float32Array, dims: readonly number[], label = '40 rows'): Samples {
  const size = dims.reduce((all, dim) => all * dim, 1);
  return {
    label,
    count: rows.length / size,
    feeds: (indices) => ({
      x: {
        dtype: 'float32',
        dims: [indices.length, ...dims],
        data: Float32Array.from(
          indices.flatMap((i) => [...rows.subarray(i * size, (i + 1) * size)]),
        ),
      },
    }),
  };
}

async function gptq(
  from: Model,
  samples: Samples,
  options: Options = {},
  more: CompressOptions = {},
) {
  const steps = [{ technique: 'quantize-gptq', options }];
  const { model: after, trace } = await compress(
    from,
    parseRecipe({ version: 1, seed: 1, steps }),
    {
      runtime: oneThread,
      calibration: { samples: () => Promise.resolve(samples) },
      ...more,
    },
  );
  return { after, notes: trace[0]!.notes };
}

async function fit(
  from: Model,
  options: TechniqueOptions<'quantize-block'> | object,
): Promise<Model> {
  const steps = [{ technique: 'quantize-block', options }];
  return (await compress(from, parseRecipe({ version: 1, seed: 1, steps }))).model;
}

const width = 48;

/** y = relu(x·A)·B, both [48, 48]. */
const twoLayers = (): Model =>
  model(
    graph({
      nodes: [
        node('MatMul', ['x', 'A'], ['a'], { name: 'first' }),
        node('Relu', ['a'], ['r'], { name: 'relu' }),
        node('MatMul', ['r', 'B'], ['y'], { name: 'second' }),
      ],
      inputs: [value('x', 'float32', ['batch', width])],
      outputs: [value('y', 'float32', ['batch', width])],
      initializers: ['A', 'B'].map((name) =>
        makeTensor(name, 'float32', [width, width], normals(name, width * width, 0.15)),
      ),
    }),
    { opset: 17 },
  );

const rows = samplesOf(correlatedRows('calibration', 400, width, 3), [width], 'correlated rows');

/** What a model gives, its first output. */
async function answers(one: Model, feeds: Feeds): Promise<Float32Array> {
  const session = await oneThread.createSession(writeOnnx(one));
  try {
    return Object.values(await session.run(feeds))[0]!.data as Float32Array;
  } finally {
    await session.release();
  }
}

/** Relative squared error of the outputs for rows that nobody has seen. */
async function errorOf(
  original: Model,
  changed: Model,
  dims: readonly number[] = [width],
): Promise<number> {
  const size = dims.reduce((all, dim) => all * dim, 1);
  const data = correlatedRows('fresh', (80 * size) / dims[0]!, dims[0]!, 3);
  const feeds = { x: { dtype: 'float32' as const, dims: [80, ...dims], data } };
  const [before, after] = await Promise.all([original, changed].map((one) => answers(one, feeds)));
  const energy = (values: Float32Array): number => values.reduce((sum, x) => sum + x * x, 0);
  return energy(before!.map((x, i) => x - after![i]!)) / energy(before!);
}

const bytesOf = async (one: Model): Promise<Uint8Array> =>
  new Uint8Array(await writeOnnx(one, { afresh: true }).onnx.arrayBuffer());

describe('against a grid fit of the same size', () => {
  test.each([4, 3, 2] as const)(
    '%d bits: the answers err less on inputs that nobody has seen',
    async (bits) => {
      const original = twoLayers();
      const { after, notes } = await gptq(original, rows, { bits, blockSize: 16 });
      const fitted = await fit(original, { bits, blockSize: 16 });
      expect((await bytesOf(after)).length).toBe((await bytesOf(fitted)).length);
      const ratio = (await errorOf(original, after)) / (await errorOf(original, fitted));
      expect(ratio).toBeLessThan(0.7);
      const said = /not fitted to: (\S+); plain rounding has (\S+), a grid fit (\S+) \(2 weights\)/;
      const [, final, rounded, fittedToo] =
        notes.map((note) => said.exec(note)).find((one) => one) ?? [];
      expect(Number(final)).toBeLessThan(0.75 * Number(fittedToo));
      expect(Number(fittedToo)).toBeLessThan(Number(rounded));
      expect(notes.join()).toMatch(
        /Looked at .*correlated rows.*, in 2 parts, each from the model/,
      );
      expect(notes.join()).toMatch(/Damping: 0\.\d+ for [12] weights?/);
    },
  );

  test('feeding back what the first layer lost helps the second', async () => {
    const original = twoLayers();
    const fedBack = await gptq(original, rows, { bits: 2, blockSize: 16 });
    const apart = await gptq(original, rows, { bits: 2, blockSize: 16, inputs: 'original' });
    expect(apart.notes.join()).not.toContain('parts');
    expect(await errorOf(original, fedBack.after)).toBeLessThan(
      await errorOf(original, apart.after),
    );
  });

  test('every kind of grid, order, damping and block', async () => {
    const original = twoLayers();
    const kinds: Options[] = [
      { bits: 4, symmetric: false },
      { bits: 5, blockSize: 0, scales: 'float32' },
      { bits: 1.58 },
      { bits: 1, symmetric: false },
      { bits: 4, order: 'natural', damping: 0.01, sweeps: 0 },
      { bits: 4, damping: 1, sweeps: 3, blockSize: 128 },
    ];
    for (const options of kinds) {
      const { after } = await gptq(original, rows, options);
      const { bits = 4, blockSize = 32, symmetric = true, scales = 'float16' } = options;
      const same = { bits, blockSize, symmetric, scales };
      const fitted = await errorOf(original, await fit(original, same));
      expect(await errorOf(original, after), JSON.stringify(options)).toBeLessThan(0.9 * fitted);
    }
  });

  test('a grouped convolution has a Gram matrix for each group', async () => {
    const original = model(
      graph({
        nodes: [
          node('Conv', ['x', 'K'], ['y'], {
            name: 'grouped',
            attributes: { kernel_shape: [3, 3], group: 2, pads: [1, 1, 1, 1] },
          }),
        ],
        inputs: [value('x', 'float32', ['batch', 8, 6, 6])],
        outputs: [value('y', 'float32', ['batch', 16, 6, 6])],
        initializers: [makeTensor('K', 'float32', [16, 4, 3, 3], normals('K', 16 * 36, 0.2))],
      }),
      { opset: 17 },
    );
    // Neighbors alike: 60 images of 8 channels whose pixels are walks.
    const pixels = normals('walks', 60 * 8 * 36);
    for (let i = 0; i < pixels.length; i++)
      if (i % 36 > 0) pixels[i] = pixels[i]! * 0.3 + pixels[i - 1]!;
    const images = samplesOf(pixels, [8, 6, 6], 'walks');
    const { after } = await gptq(original, images, { bits: 3, blockSize: 0 });
    const fitted = await fit(original, { bits: 3, blockSize: 0 });
    const feeds = images.feeds([0, 1, 2, 3, 4, 5]);
    const [whole, ours, theirs] = await Promise.all(
      [original, after, fitted].map((one) => answers(one, feeds)),
    );
    const miss = (made: Float32Array): number =>
      made.reduce((sum, x, i) => sum + (x - whole![i]!) ** 2, 0);
    expect(miss(ours!)).toBeLessThan(0.8 * miss(theirs!));
  });
});

describe('weights without inputs to look at', () => {
  test('a table that is looked up and is the head takes the head’s inputs', async () => {
    const { model: tied } = tiedLanguageModel();
    const ids: Samples = {
      label: 'ids',
      count: 60,
      feeds: (indices) => ({
        ids: {
          dtype: 'int64',
          dims: [1, 5 * indices.length],
          data: BigInt64Array.from(
            indices.flatMap((i) => [0, 1, 2, 3, 4].map((t) => (i * 31 + t * 7) % 96)),
            BigInt,
          ),
        },
      }),
    };
    const { after, notes } = await gptq(tied, ids, { bits: 4 });
    expect(notes.join()).not.toContain('Grid fit alone');
    expect(notes.join()).toContain('(2 weights)');
    const stored = after.graph.initializers.filter(({ dtype }) => dtype === 'int4');
    expect(stored.map(({ name }) => name).sort()).toEqual(['E_codes', 'W_codes']);
  });

  test('weights of subgraphs get a grid fit, and a note', async () => {
    const { model: branched } = branches();
    const { after, notes } = await gptq(branched, rows, { bits: 8 });
    const said = notes.filter((note) =>
      note.startsWith('Grid fit alone, without a look at inputs'),
    );
    expect(said.length).toBe(1);
    for (const name of ['A', 'B', 'C']) expect(said[0]).toMatch(new RegExp(`[/"]${name}"`));
    expect(await bytesOf(after)).toEqual(await bytesOf(await fit(branched, { bits: 8 })));
  });
});

describe('how it goes', () => {
  test('says what is missing, and what to do', async () => {
    const recipe = parseRecipe({ version: 1, seed: 1, steps: [{ technique: 'quantize-gptq' }] });
    const error: unknown = await compress(twoLayers(), recipe).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(RecipeError);
    expect(String(error)).toMatch(/give samples and a runtime .* or take quantize-block/);
  });

  test('the same bytes whoever computes, in whatever order jobs come back', async () => {
    const original = twoLayers();
    let turn = 0;
    const crew = createPool({
      ...{ size: 3, patience: 0, now: () => 0, pause: () => Promise.resolve() },
      start: ({ said }) => {
        setTimeout(() => said({ kind: 'ready' }), 1);
        return {
          post: (order) => {
            const delay = turn++ % 3;
            setTimeout(
              () => void answerTo(structuredClone(order)).then(({ word }) => said(word)),
              delay,
            );
          },
          end: () => undefined,
        };
      },
    });
    const alone = await gptq(original, rows, { bits: 3 });
    const together = await gptq(original, rows, { bits: 3 }, { crew });
    expect(await bytesOf(together.after)).toEqual(await bytesOf(alone.after));
    expect(together.notes).toEqual(alone.notes);
    expect(turn).toBeGreaterThan(4);
  });

  test('stops in the middle of a layer', async () => {
    const stopper = new AbortController();
    const stopped = gptq(
      twoLayers(),
      rows,
      {},
      {
        signal: stopper.signal,
        onProgress: ({ what, done }) => {
          if (what === 'B' && done > 0) stopper.abort();
        },
      },
    );
    expect(isAbort(await stopped.catch((error: unknown) => error))).toBe(true);
  });

  test('says where there are few rows', async () => {
    const few = samplesOf(correlatedRows('calibration', 40, width), [width], 'few rows');
    const { notes } = await gptq(twoLayers(), few);
    expect(notes.join()).toMatch(/2 weights had few rows for many inputs, "A" 32 for 48/);
  });
});
