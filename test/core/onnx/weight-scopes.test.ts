/** Weights inside If, Loop and Scan, used there from outside, and passed to the model's own functions. */
import { describe, expect, test } from 'vitest';
import { attribute, graph, node, value } from '../../../src/core/onnx/build.ts';
import { graphAt } from '../../../src/core/onnx/edit.ts';
import type { Graph, Model, ModelFunction, Node, Tensor } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { lines, modelOf, zeros } from './sketches.ts';

const found = (model: Model): string[] => lines(findWeights(model));
const branch = (
  nodes: readonly Node[],
  output: string,
  initializers: readonly Tensor[] = [],
): Graph => graph({ nodes, inputs: [], outputs: [value(output, 'float32')], initializers });

describe('subgraphs', () => {
  const choice = (then: Graph, otherwise: Graph, name = 'if'): Node =>
    node('If', ['c'], ['y'], { name, attributes: { then_branch: then, else_branch: otherwise } });

  test('an initializer inside a branch, and one outside that the branches use', () => {
    const own = branch([node('MatMul', ['x', 'w'], ['a'])], 'a', [zeros('w', [4, 6])]);
    const outer = branch([node('Transpose', ['v'], ['t']), node('MatMul', ['x', 't'], ['a'])], 'a');
    const model = modelOf([choice(own, outer)], [zeros('v', [6, 4])], ['x', 'c']);
    expect(found(model)).toEqual([
      'v: head 6×4, in 1, out 0 → MatMul.1 < Transpose',
      'if.then_branch/w: head 4×6, in 0, out 1 → MatMul.1',
    ]);
    const [shared, inside] = findWeights(model);
    const thenPath = [{ node: 0, attribute: 'then_branch', index: 0 }];
    expect(shared?.path).toEqual([]);
    expect(shared?.consumers[0]?.path).toEqual([{ node: 0, attribute: 'else_branch', index: 0 }]);
    expect(inside).toMatchObject({ name: 'w', path: thenPath, consumers: [{ path: thenPath }] });
    expect(graphAt(model, inside?.path ?? []).initializers[0]).toBe(inside?.tensor);
  });

  test('a name means the innermost value that has it', () => {
    const hidden = branch([node('MatMul', ['x', 'w'], ['a'])], 'a', [zeros('w', [4, 2])]);
    const model = modelOf([choice(hidden, hidden, '')], [zeros('w', [4, 6])], ['x', 'c']);
    expect(found(model)).toEqual([
      'y.then_branch/w: head 4×2, in 0, out 1 → MatMul.1',
      'y.else_branch/w: head 4×2, in 0, out 1 → MatMul.1',
    ]);
  });

  test('branches in branches', () => {
    const inner = branch(
      [choice(branch([node('MatMul', ['x', 'w'], ['a'])], 'a'), branch([], 'x'), 'two')],
      'y',
    );
    const model = modelOf(
      [choice(inner, branch([], 'x'), 'one')],
      [zeros('w', [4, 6])],
      ['x', 'c'],
    );
    expect(findWeights(model)[0]?.consumers[0]?.path).toEqual([
      { node: 0, attribute: 'then_branch', index: 0 },
      { node: 0, attribute: 'then_branch', index: 0 },
    ]);
  });

  test('Loop and Scan bodies; what a loop carries on is not the last layer', () => {
    const step = [node('MatMul', ['h', 'w'], ['m']), node('Tanh', ['m'], ['next'])];
    const values = (...names: string[]) => names.map((name) => value(name, 'float32'));
    const loopBody = graph({
      nodes: step,
      inputs: values('i', 'go', 'h'),
      outputs: values('go', 'next'),
    });
    const scanBody = graph({ nodes: step, inputs: values('h', 'e'), outputs: values('next') });
    const after = node('MatMul', ['l', 'v'], ['y']);
    const loops = [
      node('Loop', ['n', 'c', 'x'], ['l'], { attributes: { body: loopBody } }),
      node('Scan', ['x', 'xs'], ['l'], { attributes: { body: scanBody, num_scan_inputs: 1 } }),
    ];
    for (const loop of loops) {
      const model = modelOf(
        [loop, after],
        [zeros('w', [4, 4]), zeros('v', [4, 6])],
        ['x', 'n', 'c', 'xs'],
      );
      expect(found(model)).toEqual([
        'w: linear 4×4, in 0, out 1 → MatMul.1',
        'v: head 4×6, in 0, out 1 → MatMul.1',
      ]);
    }
  });

  test('rows are picked by data that comes into a Loop', () => {
    const body = graph({
      nodes: [node('Gather', ['t', 'token'], ['e']), node('Gather', ['p', 'i'], ['q'])],
      inputs: [value('i', 'int64'), value('go', 'bool'), value('token', 'int64')],
      outputs: [value('go', 'bool'), value('token', 'int64'), value('e', 'float32')],
    });
    const loop = node('Loop', ['n', '', 'ids'], ['z', 'y'], { attributes: { body } });
    const model = modelOf([loop], [zeros('t', [9, 4]), zeros('p', [9, 4])], ['ids', 'n']);
    // Picked by the number of the round, `p` is a table of positions.
    expect(found(model)).toEqual(['t: embedding 9×4, in 1, out 0 → Gather.0']);
  });
});

describe('functions of the model', () => {
  const define = (name: string, inputs: string[], nodes: Node[], more = {}): ModelFunction => ({
    name,
    domain: 'own',
    inputs,
    outputs: ['o'],
    attributeNames: [],
    attributes: [],
    opsetImports: [],
    valueInfos: [],
    nodes,
    ...more,
  });
  const call = (name: string, inputs: string[], output: string, attributes = {}): Node =>
    node(name, inputs, [output], { domain: 'own', attributes });

  const linear = define(
    'linear',
    ['a', 'b', 'c'],
    [
      node('Transpose', ['b'], ['t']),
      node('MatMul', ['a', 't'], ['m']),
      node('Add', ['m', 'c'], ['o']),
    ],
  );

  test('the call is the consumer; the nodes before it are the way', () => {
    const nodes = [node('Identity', ['w'], ['v']), call('linear', ['x', 'v', 'bias'], 'y')];
    const model = {
      ...modelOf(nodes, [zeros('w', [6, 4]), zeros('bias', [6])]),
      functions: [linear],
    };
    expect(found(model)).toEqual(['w: head 6×4, in 1, out 0 → linear.1 < Identity']);
    expect(findWeights(model)[0]?.consumers[0]).toMatchObject({ node: nodes[1], path: [] });
  });

  test('functions that call functions, with roles seen across their borders', () => {
    const mlp = define(
      'mlp',
      ['a', 'u', 'd', 'c'],
      [
        call('linear', ['a', 'u', 'c'], 'h'),
        node('Relu', ['h'], ['r']),
        call('linear', ['r', 'd', 'c'], 's'),
        node('Add', ['a', 's'], ['o']),
      ],
    );
    const nodes = [call('mlp', ['x', 'u', 'd', 'c'], 'z'), call('linear', ['z', 'w', 'c'], 'y')];
    const tensors = [zeros('u', [16, 4]), zeros('d', [4, 16]), zeros('w', [9, 4]), zeros('c', [1])];
    expect(found({ ...modelOf(nodes, tensors), functions: [linear, mlp] })).toEqual([
      'u: mlp-up 16×4, in 1, out 0 → mlp.1',
      'd: mlp-down 4×16, in 1, out 0 → mlp.2',
      'w: head 9×4, in 1, out 0 → linear.1',
    ]);
  });

  test('attributes come from the call, or from the default', () => {
    const body: Node = {
      ...node('Gemm', ['a', 'b'], ['o']),
      attributes: [{ name: 'transB', type: 2, refAttrName: 'flip' }],
    };
    const gemm = define('gemm', ['a', 'b'], [body], {
      attributeNames: ['flip'],
      attributes: [attribute('flip', 1)],
    });
    const nodes = [call('gemm', ['x', 'w'], 'z'), call('gemm', ['z', 'v'], 'y', { flip: 0 })];
    const model = {
      ...modelOf(nodes, [zeros('w', [6, 4]), zeros('v', [6, 4])]),
      functions: [gemm],
    };
    expect(found(model)).toEqual([
      'w: linear 6×4, in 1, out 0 → gemm.1',
      'v: head 6×4, in 0, out 1 → gemm.1',
    ]);
  });

  test('a function that calls itself ends', () => {
    const endless = define('endless', ['a', 'b'], [call('endless', ['a', 'b'], 'o')]);
    const model = modelOf([call('endless', ['x', 'w'], 'y')], [zeros('w', [4, 4])]);
    expect(found({ ...model, functions: [endless] })).toEqual([]);
  });
});
