/** Names and constants of the nodes that a training step adds. */
import { describe, expect, test } from 'vitest';

import { GraphEmitter } from '../../../src/core/differentiate/emitter.ts';
import { intOf } from '../../../src/core/onnx/build.ts';
import { loadFloats, loadIntegers } from '../../../src/core/onnx/tensor.ts';

describe('names', () => {
  test('are nobody else’s, and are taken at once', () => {
    const taken = new Set(['x', 'train/Add 1', 'train/Add 2']);
    const emitter = new GraphEmitter(taken);
    const sum = emitter.emit('Add', ['x', 'x']);
    expect(sum).toBe('train/Add 3');
    expect(taken).toContain(sum);
    expect(new GraphEmitter(taken).name('Add')).not.toBe(sum);
  });

  test('of values and nodes never meet', () => {
    const emitter = new GraphEmitter(new Set());
    for (let count = 0; count < 50; count++) emitter.emitMany('Split', ['x'], 3);
    const names = emitter.nodes.flatMap(({ name, outputs }) => [name, ...outputs]);
    expect(new Set(names).size).toBe(200);
  });
});

test('a node has its inputs, its attributes, and as many outputs as asked for', () => {
  const emitter = new GraphEmitter(new Set());
  const parts = emitter.emitMany('Split', ['x', ''], 2, { axis: 1 });
  const [node] = emitter.nodes;
  expect(node).toMatchObject({ opType: 'Split', inputs: ['x', ''], outputs: parts, domain: '' });
  expect(intOf(node!, 'axis', 0)).toBe(1);
});

describe('constants', () => {
  test('that are equal are stored once', () => {
    const emitter = new GraphEmitter(new Set());
    expect(emitter.floats(0.5)).toBe(emitter.floats(0.5));
    expect(emitter.floats([1, 2])).toBe(emitter.floats([1, 2], [2]));
    expect(emitter.integers([3, 4])).toBe(emitter.integers([3, 4]));
    expect(emitter.initializers).toHaveLength(3);
  });

  test('that differ in dims, in type or in a bit are stored apart', () => {
    const emitter = new GraphEmitter(new Set());
    const names = [
      emitter.floats(1),
      emitter.floats([1]),
      emitter.floats([1], [1, 1]),
      emitter.integers([1]),
      emitter.integers([1], []),
      emitter.floats(0),
      emitter.floats(-0),
      emitter.floats(NaN),
      emitter.floats(Infinity),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(emitter.initializers).toHaveLength(names.length);
  });

  test('hold what they were given', async () => {
    const emitter = new GraphEmitter(new Set());
    emitter.floats(0.1);
    emitter.floats([1, -2, 3, 4], [2, 2]);
    emitter.integers([-1, 2 ** 40]);
    emitter.tensor('float32', [1, 3], Float32Array.of(5, 6, 7));
    const [scalar, matrix, list, large] = emitter.initializers;
    expect(scalar!.dims).toEqual([]);
    expect(await loadFloats(scalar!)).toEqual(Float32Array.of(0.1));
    expect(matrix!.dims).toEqual([2, 2]);
    expect(await loadFloats(matrix!)).toEqual(Float32Array.of(1, -2, 3, 4));
    expect(Array.from(await loadIntegers(list!), Number)).toEqual([-1, 2 ** 40]);
    expect(large).toMatchObject({ dims: [1, 3], dtype: 'float32' });
  });
});
