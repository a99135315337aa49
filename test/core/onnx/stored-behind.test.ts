import { expect, test } from 'vitest';

import { node } from '../../../src/core/onnx/build.ts';
import { storedBehind } from '../../../src/core/onnx/stored-behind.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';

const scale = makeTensor('s', 'float16', [1], new Uint16Array(1));
const inner = makeTensor('c', 'float32', [1], new Float32Array(1));
const graph = {
  initializers: [scale],
  nodes: [
    node('Cast', ['s'], ['wide'], { attributes: { to: 1 } }),
    node('Identity', ['wide'], ['same']),
    node('Constant', [], ['k'], { attributes: { value: inner } }),
    node('Neg', ['s'], ['other']),
    node('Mul', ['wide', 'k'], ['product']),
    node('Mul', ['wide', 'other'], ['computed']),
    node('Identity', ['loop'], ['loop']),
  ],
};

test('stored tensors, also in another type, under another name or multiplied', () => {
  for (const name of ['s', 'wide', 'same']) expect(storedBehind(graph, name)).toEqual([scale]);
  expect(storedBehind(graph, 'k')).toEqual([inner]);
  expect(storedBehind(graph, 'product')).toEqual([scale, inner]);
});

test('not what is computed, nor what is not there, nor what goes around', () => {
  for (const name of ['other', 'computed', 'none', '', 'loop']) {
    expect(storedBehind(graph, name)).toEqual([]);
  }
});
