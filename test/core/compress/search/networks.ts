/** Tiny networks and samples for searches. */
import { float, graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import type { SearchControl, SearchNews } from '../../../../src/core/compress/search.ts';
import { normals } from '../fixtures.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import { bytesFromFloats } from '../../../../src/core/onnx/floats.ts';

const tensor = (name: string, dims: readonly [number, number], deviation: number) =>
  makeTensor(
    name,
    'float32',
    dims,
    bytesFromFloats(normals(name, dims[0] * dims[1], deviation / Math.sqrt(dims[0])), 'float32'),
  );

/**
 * logits = relu(s)·loud + leaky(tanh(s)·quiet)·back, s = x·layers.0.q + 2·x·layers.0.k: q and k share an
 * input, and the branch of `quiet`, whose weights are small, hardly matters.
 */
export function twoBranches(): Model {
  const nodes = [
    node('MatMul', ['x', 'layers.0.q'], ['q'], { name: 'layers.0.q.matmul' }),
    node('MatMul', ['x', 'layers.0.k'], ['k'], { name: 'layers.0.k.matmul' }),
    node('Add', ['k', 'k'], ['k2']),
    node('Add', ['q', 'k2'], ['sum']),
    node('Relu', ['sum'], ['h']),
    node('MatMul', ['h', 'loud'], ['a'], { name: 'loud.matmul' }),
    node('Tanh', ['sum'], ['t']),
    node('MatMul', ['t', 'quiet'], ['b'], { name: 'quiet.matmul' }),
    node('LeakyRelu', ['b'], ['small'], { attributes: { alpha: float(0.01) } }),
    node('MatMul', ['small', 'back'], ['c'], { name: 'back.matmul' }),
    node('Add', ['a', 'c'], ['logits']),
  ];
  const initializers = [
    tensor('layers.0.q', [64, 64], 1),
    tensor('layers.0.k', [64, 64], 1),
    tensor('loud', [64, 32], 2),
    tensor('quiet', [64, 64], 0.02),
    tensor('back', [64, 32], 1),
  ];
  return model(
    graph({
      nodes,
      inputs: [value('x', 'float32', ['batch', 64])],
      outputs: [value('logits', 'float32', ['batch', 32])],
      initializers,
    }),
    { opset: 21 },
  );
}

/** Writes the news down; `next` is told how often it was asked. */
export function listener(
  next: (asked: number) => 'go' | 'stop' = () => 'go',
): SearchControl & { readonly news: SearchNews[] } {
  const news: SearchNews[] = [];
  let asked = 0;
  return {
    news,
    report: (one) => void news.push(one),
    next: () => Promise.resolve(next(asked++)),
  };
}
