import { expect, test } from 'vitest';

import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { loadFloats, makeTensor } from '../../src/core/onnx/tensor.ts';
import { readOnnx } from '../../src/core/onnx/read.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import { placeWeights } from '../../src/run/place-weights.ts';

const floats = (name: string, count: number) =>
  makeTensor(
    name,
    'float32',
    [count],
    Float32Array.from({ length: count }, (_, at) => at),
  );

const large = floats('large', 20_000);
const branch = (name: string) =>
  graph({
    name,
    nodes: [],
    inputs: [],
    outputs: [value(`${name} inner`, 'float32', [20_000])],
    initializers: [floats(`${name} inner`, 20_000)],
  });
const given = model(
  graph({
    nodes: [
      node('Constant', [], ['constant'], { attributes: { value: floats('constant', 20_000) } }),
      node('If', ['c'], ['y'], {
        attributes: { then_branch: branch('then'), else_branch: branch('else') },
      }),
    ],
    inputs: [value('c', 'bool', [])],
    outputs: [value('y', 'float32', [20_000])],
    initializers: [
      large,
      floats('small', 10),
      makeTensor('shape', 'int64', [2], BigInt64Array.of(1n, 4n)),
    ],
  }),
);

test('large initializers of the main graph go beside it, all else stays in it', async () => {
  const placed = await placeWeights(writeOnnx(given));
  expect([...placed.external.keys()]).toEqual(['weights']);
  expect(placed.weightBytes).toBe(placed.external.get('weights')?.size);
  expect(placed.weightBytes).toBe(80_000);
  const again = await readOnnx(placed);
  const outside = again.graph.initializers.filter(({ dataLocation }) => dataLocation === 1);
  expect(outside.map(({ name }) => name)).toEqual(['large']);
  expect(await loadFloats(outside[0]!)).toEqual(await loadFloats(large));
  // Three large tensors remain inside: a constant and one per branch.
  expect(placed.onnx.size).toBeGreaterThan(3 * 80_000);
});

test('small tensors that came in another file come into the graph, where shapes are inferred from', async () => {
  const outside = writeOnnx(given, { external: { location: 'all.bin', threshold: 1 } });
  const placed = await placeWeights(outside);
  const { graph: read } = await readOnnx(placed);
  const inside = read.initializers.filter(({ dataLocation }) => dataLocation !== 1);
  expect(inside.map(({ name }) => name)).toEqual(['small', 'shape']);
});

test('a model without large weights has nothing beside it', async () => {
  const tiny = model(
    graph({
      nodes: [node('Relu', ['x'], ['y'])],
      inputs: [value('x', 'float32', [1])],
      outputs: [value('y', 'float32', [1])],
    }),
  );
  const placed = await placeWeights(writeOnnx(tiny));
  expect([placed.external.size, placed.weightBytes]).toEqual([0, 0]);
});
