/** A graph made ready for training: what becomes constant, what stays, and which shapes are known. */
import { describe, expect, test } from 'vitest';

import { traceForward, type Forward } from '../../../src/core/differentiate/forward.ts';
import { float, graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { opsetOf } from '../../../src/core/onnx/opset.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Graph, Model, Node, Tensor } from '../../../src/core/onnx/types.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';

const batch = { dtype: 'float32', dims: [2, 6], data: new Float32Array(12).fill(1) } as const;
const trace = (given: Model, trained: readonly string[] = ['w']): Promise<Forward> =>
  traceForward(given, { x: batch }, new Set(trained), nodeRuntime());

const floats = (name: string, dims: readonly number[], data: readonly number[]): Tensor =>
  makeTensor(name, 'float32', dims, Float32Array.from(data));
const integers = (name: string, data: readonly number[], dims = [data.length]): Tensor =>
  makeTensor(name, 'int64', dims, BigInt64Array.from(data, BigInt));

/** A model of "x" with a symbolic batch, and "w" of six ones. */
function around(nodes: readonly Node[], initializers: readonly Tensor[] = [], opset = 21): Model {
  const w = floats('w', [6], Array<number>(6).fill(1));
  return model(
    graph({
      nodes,
      inputs: [value('x', 'float32', ['batch', 6])],
      outputs: [value('y', 'float32')],
      initializers: [w, ...initializers],
    }),
    { opset },
  );
}

const opTypes = ({ model }: Forward): string[] => model.graph.nodes.map(({ opType }) => opType);
const stored = ({ model }: Forward): string[] => model.graph.initializers.map(({ name }) => name);

describe('Constant nodes become initializers', () => {
  const cases: readonly (readonly [string, Node])[] = [
    ['value', node('Constant', [], ['c'], { attributes: { value: floats('', [1], [2]) } })],
    ['value_float', node('Constant', [], ['c'], { attributes: { value_float: float(2) } })],
    [
      'value_floats',
      node('Constant', [], ['c'], { attributes: { value_floats: { floats: [2] } } }),
    ],
  ];
  test.each(cases)('%s', async (_, constant) => {
    const traced = await trace(around([constant, node('Mul', ['x', 'c'], ['y'])]));
    expect(opTypes(traced)).toEqual(['Mul']);
    expect(stored(traced)).toContain('c');
    expect(Array.from(traced.constants.get('c')!.data as Float32Array)).toEqual([2]);
  });

  test('and can be trained', async () => {
    const constant = node('Constant', [], ['c'], { attributes: { value: floats('', [1], [2]) } });
    const traced = await trace(around([constant, node('Mul', ['x', 'c'], ['y'])]), ['c']);
    expect(stored(traced)).toContain('c');
    expect(traced.constants.has('c')).toBe(false);
  });
});

describe('shapes', () => {
  const chain = [
    node('Shape', ['x'], ['shape']),
    node('Gather', ['shape', 'first'], ['rows']),
    node('Concat', ['rows', 'tail'], ['target'], { attributes: { axis: 0 } }),
    node('Mul', ['x', 'w'], ['scaled']),
    node('Reshape', ['scaled', 'target'], ['y']),
  ];
  const given = around(chain, [integers('first', [0]), integers('tail', [3, -1])]);

  test('a chain that computes one folds into a constant', async () => {
    const traced = await trace(given);
    expect(opTypes(traced)).toEqual(['Mul', 'Reshape']);
    expect(Array.from(traced.constants.get('target')!.data as BigInt64Array)).toEqual([
      2n,
      3n,
      -1n,
    ]);
    expect(traced.values.get('y')!.dims).toEqual([2, 3, 2]);
  });

  test('that of a trained value is constant too, and what it makes of the value is not', async () => {
    const nodes = [
      node('Shape', ['w'], ['shape']),
      node('Expand', ['one', 'shape'], ['ones']),
      node('Mul', ['w', 'ones'], ['scaled']),
      node('Mul', ['x', 'scaled'], ['y']),
    ];
    const traced = await trace(around(nodes, [floats('one', [1], [1])]));
    expect(opTypes(traced)).toEqual(['Mul', 'Mul']);
    expect([...traced.constants.keys()].sort()).toEqual(['one', 'ones', 'shape']);
  });

  test('symbolic inputs become as large as the data, and every value has its dims and type', async () => {
    const traced = await trace(given);
    const [input] = traced.model.graph.inputs;
    expect(input!.type?.tensorType?.shape?.dims).toEqual([{ value: 2 }, { value: 6 }]);
    const known = ['x', 'w', 'scaled', 'y', 'target'].map((name) => traced.values.get(name));
    expect(known).toEqual([
      { dims: [2, 6], dtype: 'float32' },
      { dims: [6], dtype: 'float32' },
      { dims: [2, 6], dtype: 'float32' },
      { dims: [2, 3, 2], dtype: 'float32' },
      { dims: [3], dtype: 'int64' },
    ]);
  });
});

describe('what is no constant', () => {
  test('random values, and what comes of them', async () => {
    const random = node('RandomNormal', [], ['noise'], { attributes: { shape: [6] } });
    const nodes = [random, node('Mul', ['noise', 'w'], ['n']), node('Add', ['x', 'n'], ['y'])];
    const traced = await trace(around(nodes));
    expect(opTypes(traced)).toEqual(['RandomNormal', 'Mul', 'Add']);
    expect(traced.constants.has('noise')).toBe(false);
  });

  test('outputs stay, even where they never change', async () => {
    const traced = await trace(
      around([node('Add', ['one', 'one'], ['y'])], [floats('one', [], [1])]),
    );
    expect(opTypes(traced)).toEqual(['Add']);
  });

  test('If and Loop stay with their subgraphs', async () => {
    const nodes = [
      node('If', ['yes'], ['chosen'], {
        attributes: { then_branch: branch('w'), else_branch: branch('one') },
      }),
      node('Loop', ['times', 'yes', 'x'], ['looped'], { attributes: { body } }),
      node('Add', ['looped', 'chosen'], ['y']),
    ];
    const yes = makeTensor('yes', 'bool', [], Uint8Array.of(1));
    const given = around(nodes, [yes, integers('times', [3], []), floats('one', [], [1])]);
    const traced = await trace(given);
    expect(opTypes(traced)).toEqual(['If', 'Loop', 'Add']);
    const kept = traced.model.graph.nodes.map(({ attributes }) =>
      attributes.map(({ g }) => g?.nodes.length),
    );
    expect(kept).toEqual([[1, 1], [2], []]);
    expect(traced.values.get('looped')!.dims).toEqual([2, 6]);
  });
});

const branch = (name: string): Graph =>
  graph({
    nodes: [node('Identity', [name], [`${name} here`])],
    inputs: [],
    outputs: [value(`${name} here`, 'float32')],
  });

/** Doubles its value, as often as it is asked to. */
const body = graph({
  nodes: [node('Identity', ['go'], ['go on']), node('Add', ['state', 'state'], ['doubled'])],
  inputs: [value('turn', 'int64', []), value('go', 'bool', []), value('state', 'float32')],
  outputs: [value('go on', 'bool'), value('doubled', 'float32')],
});

test('an old opset is raised', async () => {
  // Softmax of opset 11 takes all axes from `axis` on together.
  const traced = await trace(around([node('Softmax', ['x'], ['y'])], [], 11));
  expect(opsetOf(traced.model)).toBeGreaterThanOrEqual(21);
  expect(traced.values.get('y')!.dims).toEqual([2, 6]);
});

describe('Dropout', () => {
  const half = floats('half', [], [0.25]);
  const flag = (on: boolean) => makeTensor('flag', 'bool', [], Uint8Array.of(on ? 1 : 0));
  const dropout = (inputs: readonly string[]) => [
    node('Mul', ['x', 'w'], ['h']),
    node('Dropout', ['h', ...inputs], ['y']),
  ];

  test('is an Identity, and noted with its share', async () => {
    const traced = await trace(around(dropout(['half', 'flag']), [half, flag(true)]));
    expect(opTypes(traced)).toEqual(['Mul', 'Identity']);
    expect(traced.dropouts).toEqual(new Map([['y', 0.25]]));
  });

  test('drops half of all where no share is given', async () => {
    const traced = await trace(around(dropout(['', 'flag']), [flag(true)]));
    expect(traced.dropouts).toEqual(new Map([['y', 0.5]]));
  });

  test('out of training does nothing', async () => {
    const off = await trace(around(dropout(['half', 'flag']), [half, flag(false)]));
    const unsaid = await trace(around(dropout(['half']), [half]));
    expect([off, unsaid].map(({ dropouts }) => dropouts.size)).toEqual([0, 0]);
    expect(opTypes(unsaid)).toEqual(['Mul', 'Identity']);
  });
});

test('an input without data is named, with those that need some', async () => {
  const traced = traceForward(
    around([node('Mul', ['x', 'w'], ['y'])]),
    {},
    new Set(),
    nodeRuntime(),
  );
  await expect(traced).rejects.toThrow('Input "x" has no training data. Give values for "x".');
});
