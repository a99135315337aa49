import { describe, expect, test } from 'vitest';
import { realize } from '../../../../src/core/compress/realize/realize.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import type { Node, Tensor } from '../../../../src/core/onnx/types.ts';
import { nodesOf } from '../../../../src/core/onnx/walk.ts';
import type { Value } from '../../../../src/core/runtime.ts';
import { coded, float32 } from './coded.ts';
import { allBut, apart, canonical, realized } from './sessions.ts';

describe('subgraphs', () => {
  const weight = coded('W', [64, 8]);
  const choose = (
    body: readonly Node[],
    outside: readonly Node[],
    initializers: readonly Tensor[],
  ) => {
    const branch = (nodes: readonly Node[], result: string) =>
      graph({ nodes, inputs: [], outputs: [value(result, 'float32')], name: result });
    const other = branch([node('ReduceSum', ['x'], ['b'])], 'b');
    const attributes = { then_branch: branch(body, 'a'), else_branch: other };
    return model(
      graph({
        nodes: [...outside, node('If', ['c'], ['y'], { name: 'choice', attributes })],
        inputs: [value('x', 'float32'), value('c', 'bool', [])],
        outputs: [value('y', 'float32')],
        initializers,
      }),
    );
  };
  const constants = weight.tensors.map((tensor) =>
    node('Constant', [], [tensor.name], { attributes: { value: tensor } }),
  );
  const product = node('MatMul', ['x', 'W'], ['a']);
  const inside = choose([...constants, weight.node, product], [], []);
  const captured = choose([product], [weight.node], weight.tensors);
  const feeds = {
    x: float32(2, 64),
    c: { dtype: 'bool', dims: [], data: Uint8Array.of(1) } as Value,
  };

  test.each([
    ['a weight of a branch', inside, 'subgraph'],
    ['a weight that a branch captures', captured, 'a subgraph takes it'],
  ])('%s is unpacked at load', async (_, before, reason) => {
    const result = await realize(before, 'webgpu', allBut());
    expect(result.model).toBe(before);
    expect(result.session).toEqual({ foldDequantize: true });
    expect(result.forms[0]?.reason).toContain(reason);
  });

  test.each([
    ['a weight of a branch', inside],
    ['a weight that a branch captures', captured],
  ])('%s is unpacked here where the runtime may not', async (_, before) => {
    const result = await realize(before, 'webgpu', allBut('fold-dequantize'));
    const ops = Array.from(nodesOf(result.model), ({ opType }) => opType);
    expect(ops).not.toContain('DequantizeLinear');
    expect(apart(await realized(result, feeds), await canonical(before, feeds))).toBe(0);
  });
});
