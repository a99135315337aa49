import { describe, expect, test } from 'vitest';

import { node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Model } from '../../src/core/onnx/types.ts';
import type { Feeds, Value } from '../../src/core/runtime.ts';
import { open, product, row, runOnce, runtime, sketch, vector } from './runtime-models.ts';

describe('what was fed wrongly is named', () => {
  test.each<[string, Feeds, RegExp]>([
    ['missing', {}, /Input "x" is missing\. Feed it float32 \[batch, 2\]/],
    ['unknown', { x: row(1, 2), z: row(1) }, /no input "z"\. Its inputs are: x/],
    ['shape', { x: row(1, 2, 3) }, /Input "x" was given the shape \[1, 3\].*\[batch, 2\]/],
    ['rank', { x: vector(1, 2) }, /Input "x" was given the shape \[2\]/],
    [
      'type',
      { x: { dtype: 'int32', dims: [1, 2], data: Int32Array.of(1, 2) } },
      /"x" was given int32/,
    ],
    [
      'array',
      { x: { dtype: 'float32', dims: [1, 2], data: Float64Array.of(1, 2) } },
      /Float32Array, not a Float64Array/,
    ],
    ['count', { x: { ...row(1, 2, 3), dims: [1, 2] } }, /needs 2 values but was given 3/],
    ['negative', { x: { ...row(), dims: [-1, 2] } }, /shape \[-1, 2\]/],
  ])('%s', async (_, feeds, message) => {
    const session = await open(product);
    await expect(session.run(feeds)).rejects.toMatchObject({
      name: 'RuntimeError',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('what onnxruntime refuses is named', () => {
  const x = value('x', 'float32', [1]);
  const y = value('y', 'float32', [1]);
  const single = (operator: string, domain = '') =>
    sketch([node(operator, ['x'], ['y'], { name: 'n1', domain })], [x], [y]);
  const bfloat = [value('x', 'float32', [1, 1]), value('y', 'float32', [1, 1])] as const;

  test.each<[string, Model, RegExp]>([
    [
      'an operator that no opset has',
      single('Nonsense'),
      /operator Nonsense \(node "n1"\).*opset 21/,
    ],
    [
      'an operator that Microsoft does not have',
      single('Nonsense', 'com.microsoft'),
      /Nonsense of com\.microsoft.* unknown/,
    ],
    [
      'a domain that is not imported',
      single('Foo', 'my.domain'),
      /Foo of my\.domain \(node "n1"\)/,
    ],
    [
      'an operator without an implementation for a type',
      sketch(
        [
          node('Cast', ['x'], ['b'], { attributes: { to: 16 } }),
          node('Sin', ['b'], ['s'], { name: 'n1' }),
          node('Cast', ['s'], ['y'], { attributes: { to: 1 } }),
        ],
        bfloat.slice(0, 1),
        bfloat.slice(1),
        [],
        22,
      ),
      /operator Sin \(node "n1"\) has no implementation/,
    ],
    [
      'an input of the wrong type',
      sketch(
        [node('BitShift', ['x', 'x'], ['y'], { name: 'n1', attributes: { direction: 'LEFT' } })],
        [x],
        [y],
      ),
      /BitShift \(node "n1"\) can't take "x"/,
    ],
    [
      'an opset from the future',
      { ...single('Relu'), opsetImports: [{ domain: '', version: 99 }] },
      /opset 99 of ai\.onnx/,
    ],
    [
      'shapes that do not fit',
      sketch(
        [node('MatMul', ['x', 'W'], ['y'], { name: 'n1' })],
        [value('x', 'float32', [1, 3])],
        [y],
        [makeTensor('W', 'float32', [2, 1], Float32Array.of(1, 2))],
      ),
      /MatMul \(node "n1"\): its shapes/,
    ],
  ])('%s', async (_, from, message) => {
    await expect(open(from)).rejects.toMatchObject({
      name: 'RuntimeError',
      message: expect.stringMatching(message) as string,
    });
  });

  test('a node that fails in a run', async () => {
    const reshape = sketch(
      [node('Reshape', ['x', 'shape'], ['y'], { name: 'n1' })],
      [value('x', 'float32', ['n']), value('shape', 'int64', [1])],
      [value('y', 'float32', ['m'])],
    );
    const shape: Value = { dtype: 'int64', dims: [1], data: BigInt64Array.of(5n) };
    await expect(runOnce(reshape, { x: vector(1, 2), shape })).rejects.toMatchObject({
      name: 'RuntimeError',
      message: expect.stringMatching(
        /^The operator Reshape \(node "n1"\) failed: .*\{2\}.*\{5\}/,
      ) as string,
    });
  });

  test('an output that is no tensor', async () => {
    const type = { sequenceType: { elemType: { tensorType: { elemType: 1 } } } };
    const sequence = sketch([node('SequenceConstruct', ['x'], ['s'])], [x], [{ name: 's', type }]);
    await expect(runOnce(sequence, { x: vector(1) })).rejects.toMatchObject({
      name: 'RuntimeError',
      message: expect.stringMatching(/no tensor/) as string,
    });
  });

  test('a session that was released', async () => {
    const session = await open(product);
    await session.release();
    await expect(session.run({ x: row(1, 2) })).rejects.toThrow(/was released/);
  });

  test('a file that is no model', async () => {
    const onnx = new Blob([Uint8Array.of(1, 2, 3, 4)]);
    await expect(runtime.createSession({ onnx, external: new Map() })).rejects.toMatchObject({
      name: 'ModelError',
    });
  });
});
