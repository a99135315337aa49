/** Tiny models and values for the tests of the Node runtime. */
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor, ValueInfo } from '../../src/core/onnx/types.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import type { Feeds, Value } from '../../src/core/runtime.ts';
import { nodeRuntime } from '../../src/node/runtime.ts';

export const runtime = nodeRuntime();

export const sketch = (
  nodes: readonly Node[],
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
  initializers: readonly Tensor[] = [],
  opset = 21,
): Model => model(graph({ nodes, inputs, outputs, initializers }), { opset, microsoft: true });

export const open = (from: Model) => runtime.createSession(writeOnnx(from));
export const vector = (...numbers: number[]): Value => ({
  dtype: 'float32',
  dims: [numbers.length],
  data: Float32Array.from(numbers),
});
export const row = (...numbers: number[]): Value => ({
  ...vector(...numbers),
  dims: [1, numbers.length],
});

export async function runOnce(from: Model, feeds: Feeds): Promise<Record<string, Value>> {
  const session = await open(from);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** y = x · W, with W [2, 2] = [[1, 2], [3, 4]] */
export const product = sketch(
  [node('MatMul', ['x', 'W'], ['y'], { name: 'product' })],
  [value('x', 'float32', ['batch', 2])],
  [value('y', 'float32', ['batch', 2])],
  [makeTensor('W', 'float32', [2, 2], Float32Array.of(1, 2, 3, 4))],
);
