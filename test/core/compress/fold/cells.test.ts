import { describe, expect, test } from 'vitest';

import { cellsOf, weightsOf } from '../../../../src/core/compress/fold/cells.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import type { Model, Node } from '../../../../src/core/onnx/types.ts';
import { weight } from '../fixtures.ts';
import { spread } from './networks.ts';

const size = 8;

/** h = x·scale, and what is made of it. */
function network(nodes: readonly Node[], outputs: readonly string[] = ['y']): Model {
  return model(
    graph({
      nodes: [node('Mul', ['x', 'scale'], ['h']), ...nodes],
      inputs: [value('x', 'float32', ['batch', size])],
      outputs: outputs.map((name) => value(name, 'float32', ['batch', size])),
      initializers: [
        spread('scale', [size]),
        ...['A', 'B', 'C'].map((name) => weight(name, [size, size], size)),
        weight('b', [size], 1),
      ],
    }),
  );
}

const found = (from: Model): string[] =>
  cellsOf(from, ['norm', 'layer']).cells.map(
    (cell) =>
      `${cell.source.label}: ${weightsOf(cell)
        .map(({ key }) => key)
        .join(' ')}`,
  );
const refused = (from: Model, key: string) => cellsOf(from, ['norm', 'layer']).refused.get(key);

describe('a scale can be taken up', () => {
  test('by all that read it', () => {
    const nodes = [
      node('MatMul', ['h', 'A'], ['p']),
      node('Relu', ['h'], ['r']),
      node('MatMul', ['r', 'B'], ['q']),
      node('Add', ['p', 'q'], ['y']),
    ];
    expect(found(network(nodes))).toEqual(['scale: A B']);
  });

  test('by the bias between two layers, and through a product with another value', () => {
    const nodes = [
      node('Sigmoid', ['x'], ['gate']),
      node('MatMul', ['x', 'A'], ['p']),
      node('Add', ['p', 'b'], ['q']),
      node('Mul', ['gate', 'q'], ['r']),
      node('MatMul', ['r', 'B'], ['y']),
    ];
    const { cells } = cellsOf(network(nodes), ['layer']);
    expect(cells[0]!.divided.map(({ stored }) => stored.name)).toEqual(['A', 'b']);
  });
});

describe('a scale is left alone', () => {
  test.each([
    [
      'where a product squares it',
      [node('Mul', ['h', 'h'], ['q']), node('MatMul', ['q', 'A'], ['y'])],
      ['y'],
    ],
    [
      'where both factors depend on it',
      [
        node('Relu', ['h'], ['r']),
        node('Mul', ['h', 'r'], ['q']),
        node('MatMul', ['q', 'A'], ['y']),
      ],
      ['y'],
    ],
    ['where the model gives it out', [node('MatMul', ['h', 'A'], ['y'])], ['y', 'h']],
    [
      'where it is added to something',
      [node('MatMul', ['h', 'A'], ['p']), node('Add', ['h', 'p'], ['y'])],
      ['y'],
    ],
    [
      'where a layer behind it is read twice',
      [node('MatMul', ['h', 'A'], ['p']), node('MatMul', ['p', 'A'], ['y'])],
      ['y'],
    ],
  ])('%s', (_, nodes, outputs) => {
    const from = network(nodes, outputs);
    expect(found(from)).toEqual([]);
    expect(refused(from, 'A')).toBeTypeOf('string');
  });

  test('where somebody else takes the scale', () => {
    const nodes = [node('MatMul', ['h', 'A'], ['p']), node('Add', ['p', 'scale'], ['y'])];
    expect(refused(network(nodes), 'A')).toBe('the scale "scale" before it is shared');
  });

  test('where callers may feed it', () => {
    const from = network([node('MatMul', ['h', 'A'], ['y'])]);
    const fed = {
      ...from,
      graph: { ...from.graph, inputs: [...from.graph.inputs, value('scale', 'float32', [size])] },
    };
    expect(found(from)).toEqual(['scale: A']);
    expect(found(fed)).toEqual([]);
  });
});

test('a chain of thousands of nodes ends the walk, not the stack', () => {
  const chain = Array.from({ length: 20_000 }, (_, at) =>
    node('Relu', [at === 0 ? 'h' : `r${at - 1}`], [`r${at}`]),
  );
  const from = network([...chain, node('MatMul', ['r19999', 'A'], ['y'])]);
  expect(found(from)).toEqual([]);
});
