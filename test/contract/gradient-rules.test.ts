/** Every row of the table of gradient rules is right for one small case, and every other operator is refused or stops the gradient. */
import { describe, expect, test } from 'vitest';

import { gradientModel } from '../../src/core/differentiate/gradient.ts';
import { hasNoGradient, ruleFor, rules } from '../../src/core/differentiate/rules/index.ts';
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Model, Node } from '../../src/core/onnx/types.ts';
import type { Value } from '../../src/core/runtime.ts';
import { nodeRuntime } from '../../src/node/runtime.ts';
import {
  centralDifferences,
  checkGradient,
  draw,
  relativeError,
} from '../core/differentiate/check-rule.ts';
import { gradientsOf } from '../core/differentiate/emitted-gradients.ts';
import { integers } from '../core/differentiate/reference/draw.ts';
import { gradientCases } from './gradient-cases.ts';

describe('every rule', () => {
  test('has a case', () => {
    expect([...Object.keys(gradientCases), 'Resize'].sort()).toEqual(Object.keys(rules).sort());
  });

  test('is the first that its case needs', () => {
    for (const [opType, { nodes }] of Object.entries(gradientCases)) {
      expect(nodes[0]!.opType).toBe(opType);
    }
  });

  for (const [opType, given] of Object.entries(gradientCases)) checkGradient(opType, given);

  test('Resize', async () => {
    // Twice as wide by the nearest neighbor is every column twice.
    const columns = integers([0, 0, 1, 1, 2, 2]);
    const twice = node('Gather', ['x', 'columns'], ['y'], { attributes: { axis: 3 } });
    const drawn = draw({ nodes: [twice], inputs: { x: [1, 1, 2, 3], columns }, wrt: ['x'] });
    const scales = makeTensor('scales', 'float32', [4], Float32Array.of(1, 1, 1, 2));
    const resize = node('Resize', ['x', '', 'scales'], ['y'], { attributes: { mode: 'nearest' } });
    const main = { ...drawn.model.graph, nodes: [resize], initializers: [scales] };
    const found = await gradientsOf({ ...drawn, model: { ...drawn.model, graph: main } });
    expect(relativeError(found.get('x')!.data, centralDifferences(drawn, 'x'))).toBeLessThan(5e-6);
  });
});

const dims = [2, 2];
const square = (name: string) => makeTensor(name, 'float32', dims, Float32Array.of(1, -2, 3, 0.5));
const feeds = { x: { dtype: 'float32', dims, data: Float32Array.of(1, 2, 3, 4) } } as const;
const seed: Value = { dtype: 'float32', dims, data: new Float32Array(4).fill(1) };

/** The gradients of `y` with respect to "w". */
const gradients = async (main: Model) =>
  (await gradientModel(main, feeds, { y: seed }, ['w'], nodeRuntime())).gradients;

const around = (nodes: readonly Node[], microsoft = false): Model =>
  model(
    graph({
      nodes,
      inputs: [value('x', 'float32', dims)],
      outputs: [value('y', 'float32', dims)],
      initializers: [square('w')],
    }),
    { microsoft },
  );

const through = (opType: string, name: string, input = 'product', output = 'y') =>
  node(opType, [input], [output], { name });

describe('no gradient flows through', () => {
  /** To float32, for a Cast. */
  const float = { attributes: { to: 1 } };
  const back = node('Cast', ['flat'], ['y'], float);
  test.each([
    ['Sign', [node('Sign', ['w'], ['y'])]],
    ['Greater', [node('Greater', ['w', 'x'], ['flat']), back]],
    ['IsNaN', [node('IsNaN', ['w'], ['flat']), back]],
    ['Cast to whole numbers', [node('Cast', ['w'], ['flat'], { attributes: { to: 7 } }), back]],
    ['Cast to bool', [node('Cast', ['w'], ['flat'], { attributes: { to: 9 } }), back]],
    ['Shape', [node('Shape', ['w'], ['dims']), node('Expand', ['x', 'dims'], ['y'])]],
    [
      'ArgMax',
      [
        node('ArgMax', ['w'], ['flat'], { attributes: { axis: 1, keepdims: 1 } }),
        node('Cast', ['flat'], ['index'], float),
        node('Add', ['x', 'index'], ['y']),
      ],
    ],
  ])('%s', async (_, nodes) => {
    expect(hasNoGradient(nodes[0]!)).toBe(true);
    expect(await gradients(around(nodes))).toEqual(new Map());
  });

  test('a cast to a float is none of these', () => {
    for (const to of [1, 10, 11, 16]) {
      expect(hasNoGradient(node('Cast', ['w'], ['y'], { attributes: { to } })), `${to}`).toBe(
        false,
      );
    }
  });

  test('an operator has a rule or stops the gradient, never both', () => {
    const both = Object.keys(rules).filter((op) => hasNoGradient(node(op, [], [], float)));
    expect(both).toEqual([]);
  });
});

test('an operator of another domain is not that of ONNX', () => {
  const domains = ['', 'ai.onnx', 'com.microsoft', 'com.example'];
  const known = domains.map((domain) => ruleFor(node('Relu', [], [], { domain })) !== undefined);
  expect(known).toEqual([true, true, true, false]);
  expect(ruleFor(node('toString', [], []))).toBeUndefined();
});

describe('an operator without a rule', () => {
  const product = node('MatMul', ['x', 'w'], ['product']);

  test('is named with the way that leads to it', async () => {
    const error = await gradients(around([product, through('Atan', 'angle')])).catch(String);
    expect(error).toBe(
      'ModelError: This model can\'t be trained: there is no gradient for Atan "angle" ("w" → MatMul → Atan). ' +
        'Train only weights behind these nodes, or leave this step out.',
    );
  });

  test('is named after its output where it has no name', async () => {
    const made = gradients(around([product, through('Atan', '')]));
    await expect(made).rejects.toThrow('Atan "y" ("w" → MatMul → Atan)');
  });

  test('several are all listed, each with its way', async () => {
    const nodes = [
      product,
      through('Atan', 'angle', 'product', 'a'),
      through('Sinh', 'wave', 'a', 'b'),
      node('Add', ['a', 'b'], ['c']),
      through('Acosh', 'last', 'c', 'y'),
    ];
    await expect(gradients(around(nodes))).rejects.toThrow(
      'no gradient for Atan "angle" ("w" → MatMul → Atan); ' +
        'Sinh "wave" ("w" → MatMul → Atan → Sinh); ' +
        'Acosh "last" ("w" → MatMul → Atan → Add → Acosh). Train',
    );
  });

  test('of more than five, the others are counted', async () => {
    const chain = Array.from({ length: 8 }, (_, at) =>
      through('Atan', `n${at}`, at === 0 ? 'w' : `v${at - 1}`, at === 7 ? 'y' : `v${at}`),
    );
    await expect(gradients(around(chain))).rejects.toThrow(/"n4" .*\) and 3 more\. Train/);
  });

  test('a long way is cut in its middle', async () => {
    const chain = Array.from({ length: 9 }, (_, at) =>
      through('Tanh', '', at === 0 ? 'w' : `v${at - 1}`, `v${at}`),
    );
    await expect(gradients(around([...chain, through('Atan', 'end', 'v8')]))).rejects.toThrow(
      'Atan "end" ("w" → Tanh → Tanh → … → Tanh → Tanh → Atan)',
    );
  });

  test('does no harm before what is trained, or beside what is differentiated', async () => {
    const nodes = [
      through('Atan', 'before', 'x', 'bent'),
      node('MatMul', ['bent', 'w'], ['y']),
      through('Atan', 'beside', 'y', 'unused'),
    ];
    expect([...(await gradients(around(nodes))).keys()]).toEqual(['w']);
  });

  test('an LSTM is named, not taken apart', async () => {
    const stored = (name: string, size: readonly number[]) =>
      makeTensor(name, 'float32', size, new Float32Array(size.reduce((a, b) => a * b)));
    const main = graph({
      nodes: [
        product,
        node('Unsqueeze', ['product', 'first'], ['steps']),
        node('LSTM', ['steps', 'W', 'R'], ['all'], { name: 'x', attributes: { hidden_size: 2 } }),
        node('Squeeze', ['all'], ['y']),
      ],
      inputs: [value('x', 'float32', dims)],
      outputs: [value('y', 'float32', dims)],
      initializers: [
        square('w'),
        makeTensor('first', 'int64', [1], BigInt64Array.of(0n)),
        stored('W', [1, 8, 2]),
        stored('R', [1, 8, 2]),
      ],
    });
    await expect(gradients(model(main))).rejects.toThrow(
      'LSTM "x" ("w" → MatMul → Unsqueeze → LSTM)',
    );
  });
});
