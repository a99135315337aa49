/** The way back through graphs of several nodes: what adds up, what is shared, and what is not reached. */
import { describe, expect, test } from 'vitest';

import { emitBackward } from '../../../src/core/differentiate/backward.ts';
import { GraphEmitter } from '../../../src/core/differentiate/emitter.ts';
import { traceForward } from '../../../src/core/differentiate/forward.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { namesOf } from '../../../src/core/onnx/graph.ts';
import type { Node } from '../../../src/core/onnx/types.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { checkGradient, draw } from './check-rule.ts';
import { gradientsOf } from './emitted-gradients.ts';
import { integers } from './reference/draw.ts';

const matrix = [3, 3];

describe('a value that is used more than once gets the sum', () => {
  checkGradient('as both inputs of one node: x · x', {
    nodes: [node('Mul', ['x', 'x'], ['y'])],
    inputs: { x: [2, 3] },
    wrt: ['x'],
  });
  checkGradient('as both inputs of a product of matrices', {
    nodes: [node('MatMul', ['x', 'x'], ['y'])],
    inputs: { x: matrix },
    wrt: ['x'],
  });
  checkGradient('by two nodes, one of which is behind the other', {
    nodes: [
      node('Tanh', ['x'], ['t']),
      node('Mul', ['t', 'x'], ['p']),
      node('Add', ['p', 'x'], ['y']),
    ],
    inputs: { x: [2, 3] },
    wrt: ['x'],
  });
  checkGradient('by five nodes', {
    nodes: [
      ...['Sin', 'Cos', 'Exp', 'Tanh', 'Neg'].map((op) => node(op, ['x'], [op])),
      node('Sum', ['Sin', 'Cos', 'Exp', 'Tanh', 'Neg'], ['y']),
    ],
    inputs: { x: [4] },
    wrt: ['x'],
  });
  checkGradient('in other dims, by a broadcast', {
    nodes: [node('Add', ['a', 'b'], ['sum']), node('Mul', ['sum', 'b'], ['y'])],
    inputs: { a: [2, 3], b: [3] },
    wrt: ['a', 'b'],
  });
  checkGradient('as an output, and on the way to another one', {
    nodes: [node('Tanh', ['x'], ['a']), node('Mul', ['a', 'x'], ['b'])],
    inputs: { x: [3] },
    outputs: ['a', 'b'],
    wrt: ['x'],
  });
});

checkGradient('a weight that is shared by an embedding and its inverse', {
  nodes: [
    node('Gather', ['table', 'ids'], ['rows']),
    node('Tanh', ['rows'], ['hidden']),
    node('Transpose', ['table'], ['inverse'], { attributes: { perm: [1, 0] } }),
    node('MatMul', ['hidden', 'inverse'], ['y']),
  ],
  inputs: { table: [5, 3], ids: integers([4, 0, 4]) },
  wrt: ['table'],
  feeds: ['ids'],
});

checkGradient('a weight that is shared by two layers', {
  nodes: [
    node('MatMul', ['x', 'w'], ['a']),
    node('Tanh', ['a'], ['h']),
    node('MatMul', ['h', 'w'], ['y']),
  ],
  inputs: { x: [2, 3], w: matrix },
  wrt: ['x', 'w'],
});

describe('several outputs of one node', () => {
  const halves = node('Split', ['x'], ['a', 'b'], { attributes: { num_outputs: 2 } });
  checkGradient('all of them used, one of them twice', {
    nodes: [halves, node('Mul', ['a', 'b'], ['p']), node('Add', ['p', 'a'], ['y'])],
    inputs: { x: [4, 2] },
    wrt: ['x'],
  });
  checkGradient('one of them used', {
    nodes: [halves, node('Tanh', ['b'], ['y'])],
    inputs: { x: [4, 2] },
    wrt: ['x'],
  });
});

/** Which of the wanted values get a gradient for the output "y". */
async function reached(nodes: readonly Node[], names: readonly string[]): Promise<string[]> {
  const inputs = Object.fromEntries(names.map((name) => [name, [2]]));
  const gradients = await gradientsOf(draw({ nodes, inputs, wrt: names, outputs: ['y'] }));
  return [...gradients.keys()];
}

describe('no gradient', () => {
  test('reaches a value beside the output', async () => {
    const nodes = [
      node('Tanh', ['a'], ['y']),
      node('Tanh', ['b'], ['beside']),
      node('Add', ['y', 'beside'], ['behind']),
    ];
    expect(await reached(nodes, ['a', 'b'])).toEqual(['a']);
  });

  test('goes through a node that is flat', async () => {
    const nodes = [node('Sign', ['a'], ['s']), node('Mul', ['s', 'b'], ['y'])];
    expect(await reached(nodes, ['a', 'b'])).toEqual(['b']);
  });

  test('but one goes around it', async () => {
    const nodes = [node('Sign', ['a'], ['s']), node('Mul', ['s', 'a'], ['y'])];
    expect(await reached(nodes, ['a'])).toEqual(['a']);
  });
});

async function traced(nodes: readonly Node[]) {
  const dims = [2, 2];
  const x = { dtype: 'float32', dims, data: Float32Array.of(1, 2, 3, 4) } as const;
  const main = graph({
    nodes,
    inputs: [value('x', 'float32', dims)],
    outputs: [value('y', 'float32', dims)],
  });
  const forward = await traceForward(model(main), { x }, new Set(['x']), nodeRuntime());
  return { forward, emitter: new GraphEmitter(namesOf(forward.model)) };
}

test('nothing is emitted for what can’t be differentiated, however much could', async () => {
  const { forward, emitter } = await traced([
    node('Atan', ['x'], ['bent']),
    node('Tanh', ['bent'], ['more']),
    node('Exp', ['more'], ['y']),
  ]);
  const seeds = new Map([['y', 'seed']]);
  expect(() => emitBackward(forward, emitter, { seeds, wanted: ['x'] })).toThrow('no gradient');
  expect(emitter.nodes).toEqual([]);
  expect(emitter.initializers).toEqual([]);
});

test('no rule is asked for inputs that lead to nothing wanted', async () => {
  const { forward, emitter } = await traced([
    node('MatMul', ['x', 'x'], ['square']),
    node('Tanh', ['square'], ['y']),
  ]);
  const gradients = emitBackward(forward, emitter, { seeds: new Map([['y', 's']]), wanted: [] });
  expect(gradients.size).toBe(0);
  expect(emitter.nodes).toEqual([]);
});

test('a seed of a wanted value is its gradient', async () => {
  const { forward, emitter } = await traced([node('Tanh', ['x'], ['y'])]);
  const seeds = new Map([['x', 'seed of x']]);
  expect(emitBackward(forward, emitter, { seeds, wanted: ['x'] }).get('x')).toBe('seed of x');
});
