/** Finding weights ends soon, whatever a hostile graph looks like. */
import { describe, expect, test } from 'vitest';
import { graph, node, value } from '../../../src/core/onnx/build.ts';
import type { Node, Tensor } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { lines, modelOf, product, zeros } from './sketches.ts';

const of = (nodes: readonly Node[], ...tensors: readonly Tensor[]) =>
  lines(findWeights(modelOf(nodes, tensors)));

describe('hostile graphs end soon', () => {
  const limit = 20_000;

  test('functions that call functions, 2^40 times', { timeout: limit }, () => {
    const call = (name: string, inputs: string[], output: string) =>
      node(name, inputs, [output], { domain: 'own' });
    const functions = Array.from({ length: 41 }, (_, index) => ({
      name: `f${index}`,
      domain: 'own',
      inputs: ['a', 'b'],
      outputs: ['o'],
      attributeNames: [],
      attributes: [],
      opsetImports: [],
      valueInfos: [],
      nodes:
        index === 0
          ? [node('MatMul', ['a', 'b'], ['o'])]
          : [call(`f${index - 1}`, ['a', 'b'], 't'), call(`f${index - 1}`, ['t', 'b'], 'o')],
    }));
    const model = modelOf([call('f40', ['x', 'w'], 'y')], [zeros('w', [4, 4])]);
    expect(findWeights({ ...model, functions }).length).toBeLessThan(2);
  });

  test('a value joined with itself 2^1000 times, and a long chain', { timeout: limit }, () => {
    const link = (opType: string, index: number, width: number) =>
      node(opType, Array<string>(width).fill(index === 0 ? 'w' : `v${index}`), [`v${index + 1}`]);
    const join = Array.from({ length: 1000 }, (_, index) => link('Concat', index, 2));
    expect(of([...join, product('v20')], zeros('w', [4, 4]))).toHaveLength(1);
    const chain = Array.from({ length: 20_000 }, (_, index) => link('Identity', index, 1));
    expect(of([...chain, product('v20000')], zeros('w', [4, 4]))).toEqual([]);
  });

  test('many tensors joined for many nodes; many constants of one name', { timeout: limit }, () => {
    const names = Array.from({ length: 600 }, (_, index) => `w${index}`);
    const nodes = [
      node('Concat', names, ['w'], { attributes: { axis: 0 } }),
      ...names.map((_, index) => node('MatMul', ['x', 'w'], [`y${index}`])),
    ];
    expect(of(nodes, ...names.map((name) => zeros(name, [2, 2]))).length).toBeGreaterThan(0);
    const branch = graph({
      nodes: [
        node('Constant', [], ['k'], { attributes: { value: zeros('', [2, 2]) } }),
        node('MatMul', ['x', 'k'], ['z']),
      ],
      inputs: [],
      outputs: [value('z', 'float32')],
    });
    const attributes = { then_branch: branch, else_branch: branch };
    const ifs = names.map((_, index) =>
      node('If', ['x'], [`y${index}`], { name: 'a', attributes }),
    );
    const keys = findWeights(modelOf(ifs)).map(({ key }) => key);
    expect(new Set(keys).size).toBe(1200);
    expect(keys.slice(0, 3)).toEqual(['a.then_branch/k', 'a.else_branch/k', 'a.then_branch/k_1']);
  });
});
