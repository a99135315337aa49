import { describe, expect, test } from 'vitest';

import { sitesOf } from '../../../src/core/calibrate/sites.ts';
import { compress } from '../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { cnn, fixtures, mlp, tiedLanguageModel, weight } from '../compress/fixtures.ts';

const found = (given: Model) => sitesOf(given, findWeights(given));

/** One line for each site. */
const lines = (given: Model): string[] =>
  found(given).sites.map(
    ({ value: name, view, turned, groups, channels, weights }) =>
      `${name} ${view}${turned ? ' turned' : ''} ${groups}×${channels} → ${weights.join(' ')}`,
  );

test('the inputs of Gemms, whichever way their weights lie', () => {
  expect(lines(mlp().model)).toEqual(['x rows 1×40 → W1', 'active rows 1×48 → W2']);
});

test('convolutions see patches; a transposed one sees positions; the head is a product', () => {
  expect(lines(cnn().model)).toEqual([
    'x patches 1×72 → stem',
    'b patches 32×9 → depthwise',
    'c patches 1×32 → point',
    'd patches 1×40 → grow',
    'g rows 1×24 → head',
  ]);
});

test('a tied embedding has the input of the head', () => {
  expect(lines(tiedLanguageModel().model)).toEqual(['x rows 1×32 → W', 't rows 1×32 → E']);
});

test('weights that share an input share a site, and inputs come in the order of the graph', () => {
  const nodes = [
    node('MatMul', ['x', 'late'], ['h']),
    node('MatMul', ['h', 'q'], ['a']),
    node('Gemm', ['h', 'k'], ['b'], { attributes: { transB: 1 } }),
    node('Add', ['a', 'b'], ['y']),
  ];
  const given = model(
    graph({
      nodes,
      inputs: [value('x', 'float32', ['batch', 8])],
      outputs: [value('y', 'float32', ['batch', 12])],
      initializers: [
        weight('q', [16, 12], 16),
        weight('k', [12, 16], 16),
        weight('late', [8, 16], 8),
      ],
    }),
  );
  expect(lines(given)).toEqual(['x rows 1×8 → late', 'h rows 1×16 → q k']);
});

test('a weight that is used twice has the rows of both inputs', () => {
  const nodes = [node('MatMul', ['x', 'W'], ['h']), node('MatMul', ['h', 'W'], ['y'])];
  const given = model(
    graph({
      nodes,
      inputs: [value('x', 'float32', ['batch', 8])],
      outputs: [value('y', 'float32', ['batch', 8])],
      initializers: [weight('W', [8, 8], 8)],
    }),
  );
  expect(found(given).sites).toMatchObject([{ value: 'x', also: ['h'], weights: ['W'] }]);
});

test('the transposed input of a Gemm is read by its columns', () => {
  const nodes = [node('Gemm', ['x', 'W'], ['y'], { attributes: { transA: 1 } })];
  const given = model(
    graph({
      nodes,
      inputs: [value('x', 'float32', [8, 'batch'])],
      outputs: [value('y', 'float32', ['batch', 6])],
      initializers: [weight('W', [8, 6], 8)],
    }),
  );
  expect(lines(given)).toEqual(['x rows turned 1×8 → W']);
});

test('codes that an operator unpacks itself have its input', () => {
  const codes = makeTensor('B', 'uint8', [6, 2, 16], new Uint8Array(6 * 2 * 16));
  const scales = makeTensor('s', 'float32', [12], new Float32Array(12));
  const given = model(
    graph({
      nodes: [
        node('MatMulNBits', ['x', 'B', 's'], ['y'], {
          domain: 'com.microsoft',
          attributes: { K: 64, N: 6, bits: 4, block_size: 32 },
        }),
      ],
      inputs: [value('x', 'float32', ['batch', 64])],
      outputs: [value('y', 'float32', ['batch', 6])],
      initializers: [codes, scales],
    }),
    { microsoft: true },
  );
  expect(lines(given)).toEqual(['x rows 1×64 → B']);
});

describe('weights without a site', () => {
  /** y = x·W, with nodes that make W of what is stored. */
  const made = (stored: readonly number[], ...nodes: Parameters<typeof node>[]) =>
    Object.fromEntries(
      found(
        model(
          graph({
            nodes: nodes.map((one) => node(...one)),
            inputs: [value('x', 'float32')],
            outputs: [value('y', 'float32')],
            initializers: [weight('W', stored, 8)],
          }),
          { opset: 13 },
        ),
      ).refused,
    );

  test('stand on the left', () => {
    expect(made([6, 8], ['MatMul', ['W', 'x'], ['y']])).toEqual({
      W: 'it stands on the left of its product',
    });
  });

  test('are cut, or kernels whose axes lie in another order', () => {
    const halves = { attributes: { axis: 0 } };
    expect(
      made([8, 6], ['Split', ['W'], ['a', 'b'], halves], ['MatMul', ['x', 'a'], ['y']]),
    ).toEqual({ W: 'its size is not known where it is used' });
    const order = { attributes: { perm: [3, 2, 0, 1] } };
    expect(
      made([3, 3, 4, 8], ['Transpose', ['W'], ['t'], order], ['Conv', ['x', 't'], ['y']]),
    ).toEqual({ W: 'its axes are turned on the way' });
  });

  const refusals = (name: keyof typeof fixtures) =>
    Object.fromEntries(found(fixtures[name]().model).refused);

  test('lie in subgraphs', () => {
    expect(Object.values(refusals('If, first branch'))).toEqual(
      Array.from({ length: 3 }, () => 'it is used in a subgraph'),
    );
  });

  test('belong to recurrent layers', () => {
    expect(refusals('LSTM')).toEqual({
      W: 'it is part of a recurrent layer',
      R: 'it is part of a recurrent layer',
    });
  });

  test('are batches', () => {
    expect(refusals('other float types, batches')).toEqual({ D: 'it is a batch of matrices' });
  });

  test('have too many channels for a Gram matrix', () => {
    const wide = 6000;
    const given = model(
      graph({
        nodes: [node('MatMul', ['x', 'W'], ['y'])],
        inputs: [value('x', 'float32', ['batch', wide])],
        outputs: [value('y', 'float32', ['batch', 2])],
        initializers: [weight('W', [wide, 2], wide)],
      }),
    );
    expect(Object.fromEntries(found(given).refused)).toEqual({
      W: 'its input has 6,000 channels, and statistics of them would take 576 MB',
    });
  });

  test('are looked up', () => {
    const given = model(
      graph({
        nodes: [node('Gather', ['E', 'ids'], ['y'])],
        inputs: [value('ids', 'int64', [1, 'time'])],
        outputs: [value('y', 'float32', [1, 'time', 8])],
        initializers: [weight('E', [20, 8], 8)],
      }),
    );
    expect(Object.fromEntries(found(given).refused)).toEqual({ E: 'it is only looked up' });
  });
});

test.each([
  'Gemm, MLP',
  'convolutions of every kind',
  'a language model with tied embedding',
] as const)('codes in place of weights change nothing: %s', async (name) => {
  const { model: before } = fixtures[name]();
  const steps = [{ technique: 'quantize-block', options: { bits: 8, blockSize: 32 } }];
  const { model: after } = await compress(before, parseRecipe({ version: 1, steps }));
  expect(findWeights(after).every(({ quantized }) => quantized)).toBe(true);
  expect(lines(after).map((line) => line.split(' →')[0])).toEqual(
    lines(before).map((line) => line.split(' →')[0]),
  );
});
