/** Roles come from the graph around a weight, and from names only where the graph says nothing. */
import { describe, expect, test } from 'vitest';
import { node } from '../../../src/core/onnx/build.ts';
import { roleOfName } from '../../../src/core/onnx/role-names.ts';
import type { Node, Tensor } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { modelOf, zeros } from './sketches.ts';

/** `name role` of each weight. All tensors are 8×8 unless dims are given. */
function roles(
  nodes: readonly Node[],
  names: readonly (string | Tensor)[],
  inputs = ['x'],
): string[] {
  const tensors = names.map((one) => (typeof one === 'string' ? zeros(one, [8, 8]) : one));
  return findWeights(modelOf(nodes, tensors, inputs)).map(({ key, role }) => `${key} ${role}`);
}
const mul = (a: string, b: string, to: string): Node => node('MatMul', [a, b], [to]);
const one = (opType: string, from: string, to: string): Node => node(opType, [from], [to]);
const two = (opType: string, a: string, b: string, to: string): Node => node(opType, [a, b], [to]);

/** Softmax(Q·Kᵀ + mask)·V, its product with `o` and the residual. */
const attend = (q: string, k: string, v: string): Node[] => [
  one('Transpose', k, 'kt'),
  mul(q, 'kt', 'scores'),
  two('Div', 'scores', 'scale', 'scaled'),
  two('Add', 'scaled', 'mask', 'masked'),
  one('Softmax', 'masked', 'shares'),
  mul('shares', v, 'context'),
  one('Reshape', 'context', 'joined'),
  mul('joined', 'a4', 'out'),
  two('Add', 'x', 'out', 'r'),
];
const last = mul('r', 'z', 'y');
const scale = zeros('scale', []);

describe('attention', () => {
  test('four matrices, with biases and norms between', () => {
    const nodes = [
      mul('x', 'a1', 'q0'),
      two('Add', 'q0', 'bias', 'q1'),
      node('LayerNormalization', ['q1', 'bias'], ['q']),
      mul('x', 'a2', 'k'),
      mul('x', 'a3', 'v'),
      ...attend('q', 'k', 'v'),
      last,
    ];
    expect(
      roles(nodes, ['a1', 'a2', 'a3', 'a4', 'z', zeros('bias', [8]), scale], ['x', 'mask']),
    ).toEqual(['a1 attention-q', 'a2 attention-k', 'a3 attention-v', 'a4 attention-o', 'z head']);
  });

  test('one matrix for queries, keys and values', () => {
    const nodes = [
      mul('x', 'a1', 'all'),
      node('Split', ['all'], ['q', 'k', 'v'], { attributes: { axis: 1 } }),
      ...attend('q', 'k', 'v'),
      last,
    ];
    const names = [zeros('a1', [8, 24]), 'a4', 'z', scale];
    expect(roles(nodes, names, ['x', 'mask'])).toEqual([
      'a1 attention-qkv',
      'a4 attention-o',
      'z head',
    ]);
  });

  test('rotated queries, keys joined with those of the past', () => {
    const nodes = [
      mul('x', 'a1', 'q0'),
      two('Mul', 'q0', 'cos', 'q1'),
      one('Neg', 'q0', 'q2'),
      two('Mul', 'q2', 'sin', 'q3'),
      two('Add', 'q1', 'q3', 'q'),
      mul('x', 'a2', 'k0'),
      two('Concat', 'past', 'k0', 'k'),
      mul('x', 'a3', 'v'),
      ...attend('q', 'k', 'v'),
      last,
    ];
    const found = roles(
      nodes,
      ['a1', 'a2', 'a3', 'a4', 'z', 'cos', 'sin', scale],
      ['x', 'mask', 'past'],
    );
    expect(found.slice(0, 3)).toEqual(['a1 attention-q', 'a2 attention-k', 'a3 attention-v']);
  });

  test('the residual stream itself is no projection', () => {
    const nodes = [
      mul('x', 'w1', 'm1'),
      two('Add', 'x', 'm1', 's1'),
      mul('s1', 'w2', 'm2'),
      two('Add', 's1', 'm2', 's2'),
      ...attend('s2', 's2', 's2'),
      last,
    ];
    expect(roles(nodes, ['w1', 'w2', 'a4', 'z', scale], ['x', 'mask'])).toEqual([
      'w1 linear',
      'w2 linear',
      'a4 attention-o',
      'z head',
    ]);
  });

  test.each(['MultiHeadAttention', 'GroupQueryAttention'])('fused into %s', (opType) => {
    const fused = (inputs: string[]) => node(opType, inputs, ['c'], { domain: 'com.microsoft' });
    const out = [mul('c', 'a4', 'r'), last];
    const apart = [
      mul('x', 'a1', 'q'),
      mul('x', 'a2', 'k'),
      mul('x', 'a3', 'v'),
      fused(['q', 'k', 'v']),
    ];
    expect(roles([...apart, ...out], ['a1', 'a2', 'a3', 'a4', 'z'])).toEqual([
      'a1 attention-q',
      'a2 attention-k',
      'a3 attention-v',
      'a4 attention-o',
      'z head',
    ]);
    const packed = [mul('x', 'a1', 'q'), fused(['q', '', ''])];
    expect(roles([...packed, ...out], ['a1', 'a4', 'z'])[0]).toBe('a1 attention-qkv');
  });

  test('an operator that holds the projection itself', () => {
    const nodes = [
      node('Attention', ['x', 'a1', 'bias'], ['c'], { domain: 'com.microsoft' }),
      mul('c', 'a4', 'r'),
      last,
    ];
    expect(roles(nodes, ['a1', 'a4', 'z', zeros('bias', [24])])).toEqual([
      'a1 attention-qkv',
      'a4 attention-o',
      'z head',
    ]);
  });

  test('a softmax over the classes at the end is none', () => {
    expect(roles([mul('x', 'w', 'm'), one('Softmax', 'm', 'y')], ['w'])).toEqual(['w head']);
  });
});

describe('MLP', () => {
  const up = zeros('up', [8, 32]);
  const down = zeros('down', [32, 8]);
  const residual = [two('Add', 'x', 'd', 'r'), last];

  test.each(['Relu', 'Gelu', 'Swish'])('up, %s, down, residual', (activation) => {
    const nodes = [
      mul('x', 'up', 'u'),
      one(activation, 'u', 'a'),
      mul('a', 'down', 'd'),
      ...residual,
    ];
    expect(roles(nodes, [up, down, 'z'])).toEqual(['up mlp-up', 'down mlp-down', 'z head']);
  });

  test('GELU written out with Erf; the residual inside a fused norm', () => {
    const nodes = [
      mul('x', 'up', 'u'),
      two('Div', 'u', 'half', 'u1'),
      one('Erf', 'u1', 'u2'),
      two('Add', 'u2', 'half', 'u3'),
      two('Mul', 'u', 'u3', 'a'),
      mul('a', 'down', 'd'),
      node('SkipLayerNormalization', ['x', 'd', 'g'], ['r'], { domain: 'com.microsoft' }),
      last,
    ];
    const names = [up, down, 'z', zeros('half', []), zeros('g', [8])];
    expect(roles(nodes, names)).toEqual(['up mlp-up', 'down mlp-down', 'z head']);
  });

  test('gated: the gate is the one that goes through the activation', () => {
    const nodes = [
      mul('x', 'one', 'b'),
      mul('x', 'two', 'g'),
      one('Sigmoid', 'g', 's'),
      two('Mul', 'g', 's', 'a'),
      two('Mul', 'b', 'a', 'h'),
      mul('h', 'down', 'd'),
      ...residual,
    ];
    expect(roles(nodes, [zeros('one', [8, 32]), zeros('two', [8, 32]), down, 'z'])).toEqual([
      'one mlp-up',
      'two mlp-gate',
      'down mlp-down',
      'z head',
    ]);
  });

  test('layers that do not come back to the residual stream are linear', () => {
    const nodes = [
      mul('x', 'w1', 'm'),
      one('Relu', 'm', 'a'),
      mul('a', 'w2', 'n'),
      one('Relu', 'n', 'r'),
      last,
    ];
    expect(roles(nodes, ['w1', 'w2', 'z'])).toEqual(['w1 linear', 'w2 linear', 'z head']);
  });
});

describe('others', () => {
  test('every last layer is a head', () => {
    const nodes = [mul('x', 'w', 'r'), mul('r', 'b', 'boxes'), last];
    expect(roles(nodes, ['w', 'b', 'z'])).toEqual(['w linear', 'b head', 'z head']);
  });

  test('a product with one-hot rows looks rows up', () => {
    const nodes = [
      two('Equal', 'x', 'all', 'hot'),
      node('Cast', ['hot'], ['rows'], { attributes: { to: 1 } }),
      mul('rows', 'e', 'r'),
      last,
    ];
    expect(roles(nodes, ['e', 'z', zeros('all', [8])])).toEqual(['e embedding', 'z head']);
  });

  test('operators that say it themselves', () => {
    const moe = node('MoE', ['x', 'router', 'e1', '', 'e2'], ['r'], { domain: 'com.microsoft' });
    const experts = [zeros('e1', [2, 32, 8]), zeros('e2', [2, 8, 32])];
    expect(roles([moe, last], [...experts, 'z'], ['x', 'router'])).toEqual([
      'e1 mlp-up',
      'e2 mlp-down',
      'z head',
    ]);
    const embed = node('EmbedLayerNormalization', ['ids', 'type_ids', 'w', 'p', 't'], ['y'], {
      domain: 'com.microsoft',
    });
    expect(roles([embed], ['w', 'p', 't'], ['ids', 'type_ids'])).toEqual([
      'w embedding',
      't embedding',
    ]);
  });

  test('names decide where the graph says nothing', () => {
    const names = ['h.0.attn.q_proj.weight', 'h.0.mlp.fc1.weight', 'plain'];
    const nodes = names.map((name, index) =>
      mul(index === 0 ? 'x' : `m${index - 1}`, name, `m${index}`),
    );
    expect(roles([...nodes, mul('m2', 'z', 'y')], [...names, 'z'])).toEqual([
      'h.0.attn.q_proj.weight attention-q',
      'h.0.mlp.fc1.weight mlp-up',
      'plain linear',
      'z head',
    ]);
  });

  test.each([
    ['transformer.h.3.attn.c_attn.weight', 'attention-qkv'],
    ['transformer.h.3.attn.c_proj.weight', 'attention-o'],
    ['transformer.h.3.mlp.c_proj.weight', 'mlp-down'],
    ['model.layers.0.self_attn.k_proj.weight', 'attention-k'],
    ['layers.0.attention.wv.weight', 'attention-v'],
    ['layers.0.feed_forward.w1.weight', 'mlp-gate'],
    ['model.layers.0.mlp.gate_proj.weight', 'mlp-gate'],
    ['bert.encoder.layer.0.attention.output.dense.weight', 'attention-o'],
    ['bert.encoder.layer.0.intermediate.dense.weight', 'mlp-up'],
    ['bert.encoder.layer.0.output.dense.weight', 'mlp-down'],
    ['encoder.block.0.layer.0.SelfAttention.q.weight', 'attention-q'],
    ['decoder.block.0.layer.2.DenseReluDense.wi_0.weight', 'mlp-gate'],
    ['lm_head.weight', 'head'],
    ['onnx::MatMul_1234', undefined],
    ['fc1.weight', undefined],
  ])('%s: %s', (name, role) => {
    expect(roleOfName(name, '')).toBe(role);
    expect(roleOfName('onnx::MatMul_7', `/${name.replaceAll('.', '/')}/MatMul`)).toBe(role);
  });
});
