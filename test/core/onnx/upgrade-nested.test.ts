/** Upgrades reach the graphs inside of nodes, functions and training graphs. */
import { Tensor as Feed } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { attribute, float, graph, node, value } from '../../../src/core/onnx/build.ts';
import { opsetOf } from '../../../src/core/onnx/opset.ts';
import {
  attributeTypes,
  type Graph,
  type Model,
  type ModelFunction,
  type Node,
} from '../../../src/core/onnx/types.ts';
import { upgradeOpset } from '../../../src/core/onnx/upgrade.ts';
import { difference, feedOf, runModel } from '../../onnxruntime.ts';
import { floats, integers, modelOf, opTypes } from './upgrade-case.ts';

const axes = (...list: number[]) => ({ attributes: { axes: list } });
const subgraph = (from: Node | undefined, name: string): Graph => {
  const found = from?.attributes.find((one) => one.name === name)?.g;
  if (!found) throw new TypeError(`no ${name}`);
  return found;
};

/** Y = C ? Unsqueeze(Clip(X)) : twice 0 + Unsqueeze(X), in a Loop */
function branching(): Model {
  const body = graph({
    nodes: [
      node('Identity', ['go'], ['go_on']),
      node('Unsqueeze', ['X'], ['wide'], axes(0)),
      node('Add', ['sum', 'wide'], ['next']),
    ],
    inputs: [value('i', 'int64', []), value('go', 'bool', []), value('sum', 'float32', [1, 3])],
    outputs: [value('go_on', 'bool', []), value('next', 'float32', [1, 3])],
    name: 'body',
  });
  const then = graph({
    nodes: [
      node('Clip', ['X'], ['cut'], { attributes: { min: float(0) } }),
      node('Unsqueeze', ['cut'], ['clipped'], axes(0)),
    ],
    inputs: [],
    outputs: [value('clipped', 'float32', [1, 3])],
    name: 'then',
  });
  const otherwise = graph({
    nodes: [node('Loop', ['count', '', 'zero'], ['looped'], { attributes: { body } })],
    inputs: [],
    outputs: [value('looped', 'float32', [1, 3])],
    name: 'otherwise',
  });
  const attributes = { then_branch: then, else_branch: otherwise };
  const main = graph({
    nodes: [node('If', ['C'], ['Y'], { attributes })],
    inputs: [value('C', 'bool', []), value('X', 'float32', [3])],
    outputs: [value('Y', 'float32', [1, 3])],
    initializers: [integers('count', [2], []), floats('zero', [1, 3], [0, 0, 0])],
  });
  return { ...modelOf(10, { nodes: [], inputs: {} }), graph: main };
}

describe('subgraphs', () => {
  test.each([21, 25])('both branches give the same at %i', async (version) => {
    const old = branching();
    const upgraded = await upgradeOpset(old, version);
    for (const choice of [true, false]) {
      const feeds = { C: new Feed('bool', [choice], []), X: await feedOf(floats('X', [3])) };
      expect(difference(await runModel(old, feeds), await runModel(upgraded, feeds))).toBe(0);
    }
  });

  test('constants are nodes inside of subgraphs', async () => {
    const { graph: upgraded } = await upgradeOpset(branching(), 21);
    const [choose] = upgraded.nodes;
    const then = subgraph(choose, 'then_branch');
    expect(opTypes(then)).toEqual(['Constant', 'Constant', 'Clip', 'Unsqueeze']);
    const body = subgraph(subgraph(choose, 'else_branch').nodes[0], 'body');
    expect(opTypes(body)).toEqual(['Constant', 'Identity', 'Unsqueeze', 'Add']);
    expect(upgraded.initializers.map(({ name }) => name)).toEqual(['count', 'zero']);
  });
});

/** mean(a) = ReduceMean(a, axes of the caller), in a function that imports an opset of its own */
const meanFunction = (opset: number): ModelFunction => ({
  name: 'mean',
  domain: 'local',
  inputs: ['a'],
  outputs: ['b'],
  attributeNames: ['along'],
  attributes: [],
  valueInfos: [],
  opsetImports: [{ domain: '', version: opset }],
  nodes: [
    {
      ...node('ReduceMean', ['a'], ['m'], { attributes: { keepdims: 0 } }),
      attributes: [
        attribute('keepdims', 0),
        { name: 'axes', type: attributeTypes.ints, refAttrName: 'along' },
      ],
    },
    node('Unsqueeze', ['m'], ['b'], axes(0)),
  ],
});

function calling(one: ModelFunction, opset: number): Model {
  const call = node('mean', ['X'], ['Y'], { domain: 'local', attributes: { along: [1] } });
  const old = modelOf(opset, { nodes: [call], inputs: { X: [2, 3] } });
  return {
    ...old,
    irVersion: 8,
    opsetImports: [...old.opsetImports, { domain: 'local', version: 1 }],
    functions: [one],
  };
}

describe('functions', () => {
  test('attributes of the caller reach what became an input', async () => {
    const upgraded = await upgradeOpset(calling(meanFunction(12), 12), 21);
    expect(upgraded.functions[0]?.nodes.map(({ opType }) => opType)).toEqual([
      'Constant',
      'Constant',
      'ReduceMean',
      'Unsqueeze',
    ]);
    const { Y } = await runModel(upgraded, {
      X: await feedOf(floats('X', [2, 3], [1, 2, 6, 3, 4, 8])),
    });
    expect([Y?.dims, Array.from(Y?.data as Float32Array)]).toEqual([
      [1, 2],
      [3, 5],
    ]);
  });

  test('opsets of their own are raised with the model, and alone where only they are behind', async () => {
    const both = await upgradeOpset(calling(meanFunction(12), 17), 21);
    expect([opsetOf(both), opsetOf(both.functions[0]!)]).toEqual([21, 21]);
    const ahead = calling(meanFunction(12), 21);
    const alone = await upgradeOpset(ahead, 21);
    expect(alone.graph).toBe(ahead.graph);
    expect(opsetOf(alone.functions[0]!)).toBe(21);
  });

  test('a value that decides the rewrite may not be left to the caller', async () => {
    const sample: Node = {
      ...node('GridSample', ['a', 'a'], ['b'], { name: 'sample' }),
      attributes: [{ name: 'mode', type: attributeTypes.string, refAttrName: 'along' }],
    };
    await expect(
      upgradeOpset(calling({ ...meanFunction(16), nodes: [sample] }, 16), 21),
    ).rejects.toThrow(
      'Node "sample" (GridSample) can\'t be taken from opset 16 to 21: its function',
    );
  });
});

test('training graphs are of the same opset and see the main graph', async () => {
  const algorithm = graph({
    nodes: [node('Clip', ['W'], ['next'], { attributes: { max: float(1) } })],
    inputs: [],
    outputs: [value('next', 'float32', [2])],
  });
  const relu = [node('Relu', ['X'], ['Y'])];
  const old: Model = {
    ...modelOf(10, { nodes: relu, inputs: { X: [2] }, initializers: [floats('W', [2])] }),
    trainingInfos: [{ algorithm, initializationBindings: [], updateBindings: [] }],
  };
  const [info] = (await upgradeOpset(old, 21)).trainingInfos;
  expect(info?.algorithm?.nodes.map(({ inputs }) => inputs)).toEqual([['W', '', 'max']]);
  expect(info?.algorithm?.initializers.map(({ name, dtype }) => [name, dtype])).toEqual([
    ['max', 'float32'],
  ]);
});
