import { expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import { loadFloats } from '../../../src/core/onnx/tensor.ts';
import { normal, Sketch, zeros } from '../../../src/zoo/architectures/sketch.ts';
import { withWeights } from '../../../src/zoo/architectures/weights.ts';

const begin = () => Sketch.begin(createRandom(1));

test('weights depend on the seed and their name, not on the order of drawing', async () => {
  const [one, other] = [begin(), begin()];
  one.weight('a', [8], normal(1));
  one.weight('b', [8], normal(1));
  other.weight('b', [8], normal(1));
  const ofOne = one.model('x').graph.initializers[1]!;
  const ofOther = other.model('x').graph.initializers[0]!;
  expect(await loadFloats(ofOne)).toEqual(await loadFloats(ofOther));
});

test('scopes give dotted names, and repeated operators a number', () => {
  const sketch = begin();
  const layer = sketch.within('layers.0').within('mlp');
  expect(layer.weight('up.weight', [1], zeros)).toBe('layers.0.mlp.up.weight');
  expect(layer.node('Relu', ['x'])).toBe('layers.0.mlp.relu');
  expect(layer.node('Relu', ['x'])).toBe('layers.0.mlp.relu_2');
});

test('equal constants are one node; the same weight again is the same initializer', () => {
  const sketch = begin();
  expect(sketch.integers([0, 0, -1])).toBe(sketch.integers([0, 0, -1]));
  expect(sketch.integers(1)).not.toBe(sketch.integers([1]));
  sketch.weight('tied', [2], zeros);
  sketch.weight('tied', [2], zeros);
  expect(sketch.model('x').graph.initializers).toHaveLength(1);
});

test('trained weights take the place of fresh ones; wrong ones are named', async () => {
  const sketch = begin();
  sketch.weight('a', [2], zeros);
  const model = sketch.model('x');
  const trained = withWeights(model, new Map([['a', Float32Array.of(3, 4)]]));
  expect([...(await loadFloats(trained.graph.initializers[0]!))]).toEqual([3, 4]);
  expect(() => withWeights(model, new Map())).toThrow('"a" takes 2 values; training gave none');
  const foreign = new Map([
    ['a', new Float32Array(2)],
    ['b', new Float32Array(2)],
  ]);
  expect(() => withWeights(model, foreign)).toThrow('"b" has no place in "x"');
});
