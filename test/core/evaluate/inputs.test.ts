import { describe, expect, test } from 'vitest';
import { inputSpecsOf, randomFeeds, symbolsOf } from '../../../src/core/evaluate/inputs.ts';
import { attribute, graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Graph, Model, Node, Tensor, ValueInfo } from '../../../src/core/onnx/types.ts';
import { numbersOf } from '../../../src/core/evaluate/values.ts';
import type { Feeds } from '../../../src/core/runtime.ts';

const modelOf = (inputs: ValueInfo[], nodes: Node[] = [], initializers: Tensor[] = []): Model =>
  model(graph({ nodes, inputs, outputs: [value('Y', 'float32')], initializers }));

const numbers = (feeds: Feeds, name: string): number[] => Array.from(numbersOf(feeds[name]!));

describe('specs', () => {
  test('initializers that are listed as inputs, as before IR version 4, need no value', async () => {
    const W = makeTensor('W', 'float32', [1], Float32Array.of(1));
    const specs = await inputSpecsOf(
      modelOf([value('X', 'float32', [1]), value('W', 'float32', [1])], [], [W]),
    );
    expect(specs).toEqual([{ name: 'X', dtype: 'float32', dims: [1] }]);
  });

  test('dims without a name get one of their own', async () => {
    const unnamed: ValueInfo = {
      name: 'X',
      type: { tensorType: { elemType: 1, shape: { dims: [{}, { value: -1 }, { value: 3 }] } } },
    };
    const [spec] = await inputSpecsOf(modelOf([unnamed]));
    expect(spec?.dims).toEqual(['X[0]', 'X[1]', 3]);
    expect(symbolsOf([spec!])).toEqual({ 'X[0]': 1, 'X[1]': 1 });
  });

  test.each([
    [{ name: 'S', type: { sequenceType: {} } }, /Input "S" is not a tensor/],
    [{ name: 'U', type: { tensorType: { elemType: 1 } } }, /Input "U" declares no shape/],
  ])('what can not be fed is named: %j', async (input, message) => {
    await expect(inputSpecsOf(modelOf([input]))).rejects.toThrow(message);
  });
});

describe('feeds', () => {
  test('are the same for the same seed, and others for other seeds, samples and inputs', () => {
    const inputs = ['A', 'B'].map((name) => ({ name, dtype: 'float32' as const, dims: [2, 50] }));
    const feeds = randomFeeds(inputs, { seed: 5 });
    expect(randomFeeds(inputs, { seed: 5 })).toEqual(feeds);
    expect(randomFeeds(inputs, { seed: 6 })).not.toEqual(feeds);
    expect(randomFeeds(inputs, { seed: 5, sample: 1 })).not.toEqual(feeds);
    expect(numbers(feeds, 'A')).not.toEqual(numbers(feeds, 'B'));
    // An input keeps its values whatever stands beside it.
    expect(randomFeeds(inputs.slice(1), { seed: 5 })['B']).toEqual(feeds['B']);
  });

  test('reals fill −1 … 1 or the range that is asked for', () => {
    const inputs = [{ name: 'X', dtype: 'float64' as const, dims: [1000] }];
    const usual = numbers(randomFeeds(inputs), 'X');
    expect(Math.min(...usual)).toBeLessThan(-0.98);
    expect(Math.max(...usual)).toBeGreaterThan(0.98);
    const pixels = numbers(randomFeeds(inputs, { ranges: { X: [0, 255] } }), 'X');
    expect(Math.min(...pixels)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...pixels)).toBeGreaterThan(250);
  });

  test('symbolic dims have sizes, which may be chosen', () => {
    const inputs = [
      { name: 'ids', dtype: 'int64' as const, dims: ['batch', 'seq'] },
      { name: 'mask', dtype: 'int64' as const, dims: ['batch', 'past + seq'] },
    ];
    const shapes = (dims: Record<string, number>): unknown[] =>
      Object.values(randomFeeds(inputs, { dims })).map((one) => one.dims);
    expect(shapes({})).toEqual([
      [1, 8],
      [1, 8],
    ]);
    expect(shapes({ batch: 2, seq: 3, past: 4 })).toEqual([
      [2, 3],
      [2, 7],
    ]);
  });

  test('masks are ones and positions count up', () => {
    const dims = [2, 3];
    const feeds = randomFeeds([
      { name: 'attention_mask', dtype: 'int64', dims },
      { name: 'mask', dtype: 'bool', dims },
      { name: 'float_mask', dtype: 'float32', dims },
      { name: 'position_ids', dtype: 'int64', dims },
    ]);
    for (const name of ['attention_mask', 'mask', 'float_mask']) {
      expect(numbers(feeds, name)).toEqual([1, 1, 1, 1, 1, 1]);
    }
    expect(numbers(feeds, 'position_ids')).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test.each([
    ['float16', Uint16Array],
    ['bfloat16', Uint16Array],
    ['float64', Float64Array],
    ['bool', Uint8Array],
    ['int8', Int8Array],
    ['uint8', Uint8Array],
    ['int16', Int16Array],
    ['uint16', Uint16Array],
    ['int32', Int32Array],
    ['uint32', Uint32Array],
    ['int64', BigInt64Array],
    ['uint64', BigUint64Array],
  ] as const)('%s comes in its own array', (dtype, type) => {
    const feeds = randomFeeds([{ name: 'X', dtype, dims: [5] }]);
    expect(feeds['X']!.data).toBeInstanceOf(type);
    expect(feeds['X']!.data).toHaveLength(5);
  });

  test('text, numbers of odd types, and inputs beyond all measure are refused', () => {
    const feed =
      (dtype: 'string' | 'complex64' | 'float8e4m3fn' | 'float32', dims: number[]) => () =>
        randomFeeds([{ name: 'X', dtype, dims }]);
    expect(feed('string', [1])).toThrow(/Input "X" takes text/);
    expect(feed('complex64', [1])).toThrow(/takes complex64 values/);
    expect(feed('float8e4m3fn', [1])).toThrow(/takes float8e4m3fn values/);
    expect(feed('float32', [2 ** 20, 2 ** 20])).toThrow(/would have 1099511627776 values/);
    expect(() =>
      randomFeeds([{ name: 'X', dtype: 'float32', dims: ['n'] }], { dims: { n: -1 } }),
    ).toThrow(/Dim "n" has the size -1/);
  });

  test('zero-size dims and scalars', () => {
    const feeds = randomFeeds([
      { name: 'past', dtype: 'float32', dims: [1, 0, 4] },
      { name: 'scalar', dtype: 'float32', dims: [] },
    ]);
    expect(feeds['past']!.data).toHaveLength(0);
    expect(feeds['scalar']!.data).toHaveLength(1);
  });
});

describe('ids', () => {
  const table = makeTensor('T', 'float32', [7, 2], new Float32Array(14));
  const idsOf = async (nodes: Node[], initializers: Tensor[] = [table]) =>
    (await inputSpecsOf(modelOf([value('X', 'int64', [1, 'seq'])], nodes, initializers)))[0]!.ids;

  test('lie below the length of the table they look up', async () => {
    expect(await idsOf([node('Gather', ['T', 'X'], ['Y'])])).toEqual({ below: 7 });
    const transposed = node('Gather', ['T', 'X'], ['Y'], { attributes: { axis: 1 } });
    expect(await idsOf([transposed])).toEqual({ below: 2 });
  });

  test('through nodes that hand them on, and the smallest of several tables', async () => {
    const small = makeTensor('S', 'float32', [5, 2], new Float32Array(10));
    const nodes = [
      node('Cast', ['X'], ['X32'], { attributes: { to: 6 } }),
      node('Unsqueeze', ['X32', 'axes'], ['X3']),
      node('Gather', ['T', 'X3'], ['A']),
      node('Gather', ['S', 'X32'], ['Y']),
    ];
    expect(await idsOf(nodes, [table, small])).toEqual({ below: 5 });
  });

  test('of tables that are quantized, packed, constant or turned', async () => {
    const codes = makeTensor('C', 'int8', [2, 9], new Int8Array(18));
    const nodes = [
      node('DequantizeLinear', ['C', 's'], ['W']),
      node('Transpose', ['W'], ['T'], { attributes: { perm: [1, 0] } }),
      node('Gather', ['T', 'X'], ['Y']),
    ];
    expect(await idsOf(nodes, [codes])).toEqual({ below: 9 });
    const constant: Node = {
      ...node('Constant', [], ['T']),
      attributes: [attribute('value', table)],
    };
    expect(await idsOf([constant, node('Gather', ['T', 'X'], ['Y'])], [])).toEqual({ below: 7 });
    const packed = makeTensor('T', 'uint8', [11, 4], new Uint8Array(44));
    const blocks = node('GatherBlockQuantized', ['T', 'X', 's'], ['Y'], {
      domain: 'com.microsoft',
    });
    expect(await idsOf([blocks], [packed])).toEqual({ below: 11 });
  });

  test('inside the branches of an If, where the table lies outside', async () => {
    const branch: Graph = graph({
      nodes: [node('Gather', ['T', 'X'], ['B'])],
      inputs: [],
      outputs: [value('B', 'float32')],
    });
    const choice = node('If', ['c'], ['Y'], {
      attributes: { then_branch: branch, else_branch: branch },
    });
    expect(await idsOf([choice])).toEqual({ below: 7 });
  });

  test('are those that the model asks for where it compares them', async () => {
    const rates = [8000n, 16000n].map((rate, index) =>
      makeTensor(`R${index}`, 'int64', [], BigInt64Array.of(rate)),
    );
    const nodes = [node('Equal', ['X', 'R1'], ['a']), node('Equal', ['R0', 'X'], ['b'])];
    expect(await idsOf(nodes, rates)).toEqual({ choices: [8000, 16000] });
  });

  test('one-hot classes; nothing known; a graph that runs in a circle', async () => {
    const depth = makeTensor('D', 'int64', [], BigInt64Array.of(257n));
    expect(await idsOf([node('OneHot', ['X', 'D', 'v'], ['Y'])], [depth])).toEqual({ below: 257 });
    const classes = makeTensor('I', 'int32', [1, 1, 5], Int32Array.of(0, 1, 2, 3, 4));
    const spelled = [node('Expand', ['I', 's'], ['E']), node('Equal', ['X', 'E'], ['Y'])];
    expect(await idsOf(spelled, [classes])).toEqual({ below: 5 });
    expect(await idsOf([node('Neg', ['X'], ['Y'])])).toEqual({});
    expect(await idsOf([node('Identity', ['X'], ['X'])])).toEqual({});
    expect(await idsOf([node('Gather', ['T', 'X'], ['Y']), node('Cast', ['U'], ['T'])])).toEqual({
      below: 7,
    });
  });

  test('are drawn from what is known', () => {
    const draw = (ids: object): number[] =>
      numbers(randomFeeds([{ name: 'X', dtype: 'int64', dims: [200], ids }]), 'X');
    expect([...new Set(draw({ below: 3 }))].sort()).toEqual([0, 1, 2]);
    expect([...new Set(draw({ choices: [8000, 16000] }))].sort()).toEqual([16000, 8000]);
    expect([...new Set(draw({}))].sort()).toEqual([0, 1]);
    const ranged = randomFeeds([{ name: 'X', dtype: 'int64', dims: [200] }], {
      ranges: { X: [4, 5] },
    });
    expect([...new Set(numbers(ranged, 'X'))].sort()).toEqual([4, 5]);
  });
});
