/** What is drawn of a model: nodes, groups, what two models share. Counted by hand. */
import { describe, expect, test } from 'vitest';

import { detailsOf } from '../../../src/core/inspect/graph-details.ts';
import { listNodes } from '../../../src/core/inspect/graph-nodes.ts';
import { matchNodes } from '../../../src/core/inspect/graph-match.ts';
import { nodeStates, pictureOf, pictureOfTwo } from '../../../src/core/inspect/graph-picture.ts';
import { repeatedBlocks } from '../../../src/core/inspect/graph-repeats.ts';
import { countSeen, firstOpen } from '../../../src/core/inspect/graph-visible.ts';
import { float, graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../../src/core/onnx/types.ts';
import { manyNodes } from './large-graphs.ts';

const weight = (name: string, rows = 2, columns = 2): Tensor =>
  makeTensor(name, 'float32', [rows, columns], new Float32Array(rows * columns).fill(1));

function modelOf(
  nodes: readonly Node[],
  initializers: readonly Tensor[] = [],
  output = 'y',
): Model {
  const inputs = [value('x', 'float32', [1, 2])];
  return model(graph({ inputs, outputs: [value(output, 'float32', [1, 2])], nodes, initializers }));
}

describe('nodes', () => {
  test('know what they come from; constants count with those that take them, once', () => {
    const { nodes } = listNodes(
      modelOf(
        [
          node('Constant', [], ['two'], { attributes: { value: weight('', 1, 1) } }),
          node('MatMul', ['x', 'w'], ['a'], { name: '/enc/a' }),
          node('MatMul', ['a', 'w'], ['b'], { name: '/enc/b' }),
          node('Mul', ['b', 'two'], ['y']),
        ],
        [weight('w')],
      ),
    );
    expect(nodes.map(({ op, sources, bytes }) => [op, sources, bytes])).toEqual([
      ['Input', [], 0],
      ['MatMul', [0], 16],
      ['MatMul', [1], 0],
      ['Mul', [2], 4],
      ['Output', [3], 0],
    ]);
    expect(nodes[1]!.path).toEqual(['enc']);
  });

  test('of subgraphs take from outside, and lead to the node around them', () => {
    const branch = (op: string) =>
      graph({ nodes: [node(op, ['x'], ['r'])], inputs: [], outputs: [value('r', 'float32')] });
    const { nodes } = listNodes(
      modelOf([
        node('If', ['x'], ['y'], {
          name: 'choose',
          attributes: { then_branch: branch('Relu'), else_branch: branch('Neg') },
        }),
      ]),
    );
    expect(nodes.map(({ op, sources, path }) => [op, sources, path])).toEqual([
      ['Input', [], []],
      ['If', [0, 2, 3], undefined],
      ['Relu', [0], ['choose then_branch']],
      ['Neg', [0], ['choose else_branch']],
      ['Output', [1], []],
    ]);
  });

  test('hostile ones do no harm: cycles, equal names, names of a megabyte', async () => {
    const long = `/${'n'.repeat(1_000_000)}/x`;
    const nodes = [
      node('Add', ['x', 'c'], ['b'], { name: long }),
      node('Relu', ['b'], ['c'], { name: long }),
      node('Neg', ['c'], ['y'], { name: '__proto__' }),
      node('Neg', ['missing'], ['y'], { name: '__proto__' }),
    ];
    const picture = await pictureOf(listNodes(modelOf(nodes)));
    expect(picture.names.every((name) => name.length <= 160)).toBe(true);
    expect(picture.groupNames.every((name) => name.length <= 200)).toBe(true);
    expect(picture.names).toHaveLength(6);
  });

  test('too many are cut off, and counted', () => {
    const { nodes, total } = listNodes(manyNodes(60_000));
    expect(nodes).toHaveLength(50_000);
    expect(total).toBe(60_003);
  });
});

describe('groups', () => {
  test('follow the paths of names, and dissolve where they hold one node', async () => {
    const names = ['/net/a/one', '/net/a/two', '/net/b/one', '/net/c', '/net/d'];
    const nodes = names.map((name, at) =>
      node('Relu', [at === 0 ? 'x' : `v${at}`], [at === 4 ? 'y' : `v${at + 1}`], { name }),
    );
    const { groupNames, groupParents, group } = await pictureOf(listNodes(modelOf(nodes)));
    expect(groupNames).toEqual(['net', 'a']);
    expect([...groupParents]).toEqual([-1, 0]);
    expect([...group]).toEqual([-1, 1, 1, 0, 0, 0, -1]);
  });

  test('are the blocks that repeat where no name tells', () => {
    const block = ['MatMul', 'Add', 'Relu', 'Mul', 'Softmax'];
    const ops = ['Gather', 'Add', ...block, ...block, ...block, 'MatMul'];
    expect(repeatedBlocks(ops)).toEqual({ start: 2, period: 5, repeats: 3 });
    expect(repeatedBlocks(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'])).toBeUndefined();
    expect(repeatedBlocks(Array<string>(40).fill('Relu'))).toBeUndefined();
  });

  test.each([true, false])('leave few boxes at first, named: %s', async (named) => {
    const picture = await pictureOf(listNodes(manyNodes(5000, { named })));
    expect(countSeen(picture, firstOpen(picture))).toBeLessThan(40);
  });
});

describe('two models', () => {
  const before = modelOf(
    [
      node('MatMul', ['x', 'w'], ['a'], { name: 'first' }),
      node('Relu', ['a'], ['b'], { name: 'act' }),
      node('Identity', ['b'], ['c'], { name: 'idle' }),
      node('MatMul', ['c', 'v'], ['d'], { name: 'second' }),
      node('LeakyRelu', ['d'], ['y'], { name: 'end', attributes: { alpha: float(0.5) } }),
    ],
    [weight('w'), weight('v')],
  );
  const after = modelOf(
    [
      node('DequantizeLinear', ['w_quantized', 's'], ['w']),
      node('MatMul', ['x', 'w'], ['a'], { name: 'renamed' }),
      node('Relu', ['a'], ['b'], { name: 'act' }),
      node('MatMul', ['b', 'v'], ['d'], { name: 'second' }),
      node('LeakyRelu', ['d'], ['y'], { name: 'end', attributes: { alpha: float(0.25) } }),
    ],
    [makeTensor('w_quantized', 'int8', [2, 2], new Int8Array(4)), weight('s', 1, 1), weight('v')],
  );

  test('lie over one another: the same, changed, only left, only right', async () => {
    const same = () => Promise.resolve(true);
    const { names, states, edges, edgeSides } = await pictureOfTwo(
      listNodes(before),
      listNodes(after),
      same,
    );
    const told = names.map((name, at) => `${name} ${nodeStates[states[at]!]!}`);
    expect(told).toEqual([
      'x same',
      'w right',
      'first changed',
      'act same',
      'idle left',
      'second same',
      'end changed',
      'y same',
    ]);
    const at = (from: string, to: string): number =>
      edgeSides[
        Array.from({ length: edges.length / 2 }, (_, one) => one).find(
          (one) => names[edges[2 * one]!] === from && names[edges[2 * one + 1]!] === to,
        ) ?? -1
      ] ?? 0;
    expect([at('x', 'first'), at('act', 'idle'), at('act', 'second'), at('w', 'first')]).toEqual([
      3, 1, 2, 2,
    ]);
  });

  test('what only the right one has lies in the group of what it feeds', async () => {
    const layers = (first: readonly Node[], input: string): Model =>
      modelOf([
        ...first,
        node('MatMul', ['x', input], ['a'], { name: '/net/attn/one' }),
        node('Relu', ['a'], ['b'], { name: '/net/attn/two' }),
        node('Neg', ['b'], ['c'], { name: '/net/mlp/one' }),
        node('Abs', ['c'], ['y'], { name: '/net/mlp/two' }),
      ]);
    const added = [
      node('Cast', ['s'], ['s32'], { name: 'model/weights/cast' }),
      node('DequantizeLinear', ['q', 's32'], ['w'], { name: 'model/weights/dequantize' }),
    ];
    const picture = await pictureOfTwo(listNodes(layers([], 'v')), listNodes(layers(added, 'w')));
    const groupOf = (op: string): string | undefined => {
      const at = picture.rightOps.findIndex((one) => picture.operators[one] === op);
      return picture.groupNames[picture.group[at]!];
    };
    expect(['Cast', 'DequantizeLinear', 'MatMul'].map(groupOf)).toEqual(['attn', 'attn', 'attn']);
  });

  test('values of weights that differ make a change', async () => {
    const list = listNodes(before);
    const again = listNodes({ ...before });
    const { states, names } = await pictureOfTwo(list, again, ({ name }) =>
      Promise.resolve(name !== 'second'),
    );
    expect(names.filter((_, at) => states[at] !== 0)).toEqual(['second']);
  });

  test('are matched by structure where no name helps', () => {
    const bare = (prefix: string): Model =>
      modelOf([
        node('Relu', ['x'], [`${prefix}1`]),
        node('Neg', [`${prefix}1`], [`${prefix}2`]),
        node('Abs', [`${prefix}2`], ['y']),
      ]);
    const partners = matchNodes(listNodes(bare('a')).nodes, listNodes(bare('b')).nodes);
    expect([...partners]).toEqual([0, 1, 2, 3, 4]);
  });

  test('details tell attributes, types and the weight behind an input', () => {
    const details = detailsOf(before, 1)!;
    expect(details.inputs).toEqual([
      { name: 'x', type: { name: 'x', dtype: 'float32', dims: [1, 2] } },
      { name: 'w', stored: { dtype: 'float32', dims: [2, 2], bytes: 16, weight: 'w' } },
    ]);
    expect(detailsOf(before, 5)!.attributes).toEqual([{ name: 'alpha', text: '0.5' }]);
  });
});
