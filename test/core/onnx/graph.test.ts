import { describe, expect, test } from 'vitest';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { graphAt, mapGraphs, mapTensors, updateGraph } from '../../../src/core/onnx/edit.ts';
import {
  freshName,
  indexGraph,
  namesOf,
  renameValue,
  sorted,
  withoutUnreachable,
} from '../../../src/core/onnx/graph.ts';
import { GraphEdit } from '../../../src/core/onnx/graph-edit.ts';
import { opsetOf, withOpset } from '../../../src/core/onnx/opset.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Graph, Node } from '../../../src/core/onnx/types.ts';
import { tensorsOf } from '../../../src/core/onnx/walk.ts';

const tensor = (name: string) => makeTensor(name, 'float32', [1], Float32Array.of(1));
const opTypes = ({ nodes }: Graph): string[] => nodes.map(({ opType }) => opType);
const at = (from: Graph, index: number): Node => from.nodes[index] as Node;

// Y = Relu(X · A) + B
const line = graph({
  nodes: [
    node('MatMul', ['X', 'A'], ['M'], { name: 'mul' }),
    node('Relu', ['M'], ['R']),
    node('Add', ['R', 'B'], ['Y']),
  ],
  inputs: [value('X', 'float32', [1, 1]), value('A', 'float32', [1])],
  outputs: [value('Y', 'float32')],
  initializers: [tensor('A'), tensor('B')],
});

// Y = If(c) { captured A used inside } – the branch uses A and its own constant
const branch = graph({
  nodes: [
    node('Constant', [], ['K'], { attributes: { value: tensor('K') } }),
    node('Add', ['A', 'K'], ['out']),
  ],
  inputs: [],
  outputs: [value('out', 'float32')],
  name: 'then',
});
const branching = graph({
  nodes: [
    node('Identity', ['c0'], ['c']),
    node('If', ['c'], ['Y'], {
      name: 'choose',
      attributes: { then_branch: branch, else_branch: branch },
    }),
  ],
  inputs: [value('c0', 'bool', [])],
  outputs: [value('Y', 'float32')],
  initializers: [tensor('A')],
});

describe('indexGraph', () => {
  test('finds producers, uses and outputs', () => {
    const index = indexGraph(line);
    expect(index.producer.get('R')?.opType).toBe('Relu');
    expect(index.uses('B')).toEqual([{ node: at(line, 2), input: 1, captured: false }]);
    expect(index.uses('nothing')).toEqual([]);
    expect([index.isOutput('Y'), index.isOutput('R')]).toEqual([true, false]);
  });

  test('sees what subgraphs take from outside', () => {
    expect(indexGraph(branching).uses('A')).toEqual([
      { node: at(branching, 1), input: -1, captured: true },
    ]);
  });
});

describe('GraphEdit', () => {
  test('replaces, inserts and removes without touching the original', () => {
    const edit = new GraphEdit(line);
    edit.insertAfter(at(line, 0), node('Cast', ['M'], ['M2']));
    edit.insertBefore(at(line, 0), node('Identity', ['X'], ['X2']));
    edit.replace(at(line, 1), node('Gelu', ['M2'], ['R']));
    edit.insertFirst(node('DequantizeLinear', ['q', 's'], ['A'])).removeInitializer('A');
    edit.addInitializer(tensor('q'), tensor('s'));
    const done = edit.done();
    expect(opTypes(done)).toEqual([
      'DequantizeLinear',
      'Identity',
      'MatMul',
      'Cast',
      'Gelu',
      'Add',
    ]);
    expect(done.initializers.map(({ name }) => name)).toEqual(['B', 'q', 's']);
    // Old files list initializers among the inputs: that one has to go as well.
    expect(done.inputs.map(({ name }) => name)).toEqual(['X']);
    expect(opTypes(line)).toEqual(['MatMul', 'Relu', 'Add']);
  });

  test('puts nodes behind what they depend on', () => {
    const edit = new GraphEdit(line);
    edit.insertFirst(node('Neg', ['R'], ['N']));
    edit.replace(at(line, 2), node('Add', ['N', 'B'], ['Y']));
    expect(opTypes(edit.done())).toEqual(['MatMul', 'Relu', 'Neg', 'Add']);
  });
});

test('sorted keeps an order that is right and mends one that is not', () => {
  expect(sorted(line)).toBe(line);
  const reversed = { ...line, nodes: [...line.nodes].reverse() };
  expect(opTypes(sorted(reversed))).toEqual(['MatMul', 'Relu', 'Add']);
});

test('sorted copes with a chain longer than the call stack', () => {
  const nodes = Array.from({ length: 50_000 }, (_, i) => node('Relu', [`v${i}`], [`v${i + 1}`]));
  const long = { ...line, nodes: nodes.reverse() };
  expect(sorted(long).nodes.at(-1)?.outputs).toEqual(['v50000']);
});

test('withoutUnreachable drops what no output needs and keeps what subgraphs capture', () => {
  const dead = {
    ...line,
    nodes: [...line.nodes, node('Exp', ['B'], ['E'])],
    initializers: [...line.initializers, tensor('D')],
  };
  const kept = withoutUnreachable(dead);
  expect(opTypes(kept)).toEqual(['MatMul', 'Relu', 'Add']);
  expect(kept.initializers.map(({ name }) => name)).toEqual(['A', 'B']);
  expect(withoutUnreachable(branching).initializers.map(({ name }) => name)).toEqual(['A']);
});

test('renameValue follows a value into subgraphs', () => {
  const renamedGraph = renameValue(branching, 'A', 'A2');
  expect(indexGraph(renamedGraph).uses('A2')).toHaveLength(1);
  expect(indexGraph(renamedGraph).uses('A')).toEqual([]);
  expect(renamedGraph.initializers[0]?.name).toBe('A2');
});

test('fresh names collide with nothing in the model, subgraphs included', () => {
  const taken = namesOf(model(branching));
  expect([freshName(taken, 'K'), freshName(taken, 'K'), freshName(taken, 'new')]).toEqual([
    'K_1',
    'K_2',
    'new',
  ]);
});

describe('edits through the whole model', () => {
  const whole = model(branching);
  const path = [{ node: 1, attribute: 'then_branch', index: 0 }];

  test('graphAt and updateGraph reach a subgraph and leave its neighbours alone', () => {
    const changed = updateGraph(whole, path, (inner) => ({ ...inner, name: 'changed' }));
    expect(graphAt(changed, path).name).toBe('changed');
    expect(graphAt(changed, [{ node: 1, attribute: 'else_branch', index: 0 }])).toBe(branch);
    expect(graphAt(whole, path)).toBe(branch);
    expect(() => graphAt(whole, [{ node: 0, attribute: 'none', index: 0 }])).toThrow(RangeError);
  });

  test('a map that changes nothing gives the same model', () => {
    expect(mapGraphs(whole, (inner) => inner)).toBe(whole);
    expect(mapTensors(whole, (one) => one)).toBe(whole);
  });

  test('mapTensors reaches initializers and constants of subgraphs', () => {
    const renamed = mapTensors(whole, (one) => ({ ...one, docString: 'seen' }));
    const seen = [...tensorsOf(renamed)];
    expect(seen).toHaveLength(3);
    expect(seen.every(({ docString }) => docString === 'seen')).toBe(true);
  });
});

test('opsets are found, added and raised, never lowered', () => {
  const plain = model(line, { opset: 13 });
  expect(opsetOf(plain)).toBe(13);
  expect(opsetOf(plain, 'ai.onnx')).toBe(13);
  expect(opsetOf(plain, 'com.microsoft')).toBeUndefined();
  expect(opsetOf(withOpset(plain, 'com.microsoft', 1), 'com.microsoft')).toBe(1);
  expect(opsetOf(withOpset(plain, '', 21))).toBe(21);
  expect(withOpset(plain, '', 11)).toBe(plain);
});
