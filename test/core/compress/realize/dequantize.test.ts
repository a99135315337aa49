import { expect, test } from 'vitest';
import { codedWeights } from '../../../../src/core/compress/realize/coded-weight.ts';
import { dequantize } from '../../../../src/core/compress/realize/dequantize.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';
import { numbers } from './coded.ts';

/** Dims of the codes and of the scales, and the attributes of DequantizeLinear. */
const cases: [string, number[], number[], Record<string, number>][] = [
  ['one scale', [3, 4, 5], [], {}],
  ['a scale per channel', [3, 4, 5], [4], { axis: 1 }],
  ['a scale per channel of the first axis', [3, 4, 5], [3], { axis: -3 }],
  ['blocks along the first axis', [35, 4, 3], [3, 4, 3], { axis: 0, block_size: 16 }],
  ['blocks along the middle axis', [3, 35, 4], [3, 3, 4], { axis: 1, block_size: 16 }],
  ['blocks along the last axis', [2, 3, 35], [2, 3, 3], { axis: -1, block_size: 16 }],
  ['four axes', [2, 3, 35, 2], [2, 3, 3, 2], { axis: 2, block_size: 16 }],
];

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

test.each(cases)('%s: as onnxruntime computes it', async (_, dims, scaleDims, attributes) => {
  const bytes = (count: number) => Int8Array.from(numbers(count, 3), (x) => x * 127);
  const tensors = [
    makeTensor('c', 'int8', dims, bytes(product(dims))),
    makeTensor('s', 'float32', scaleDims, numbers(product(scaleDims), 11)),
    makeTensor('z', 'int8', scaleDims, bytes(product(scaleDims))),
  ];
  const main = graph({
    nodes: [node('DequantizeLinear', ['c', 's', 'z'], ['y'], { attributes })],
    inputs: [],
    outputs: [value('y', 'float32')],
    initializers: tensors,
  });
  const whole = model(main);
  const session = await nodeRuntime().createSession(writeOnnx(whole));
  const { y } = await session.run({});
  await session.release();
  const [weight] = codedWeights(whole);
  expect(weight && (await dequantize(weight))).toEqual(y?.data);
});

test('scales that do not go with the codes are not understood', () => {
  for (const [dims, attributes] of [
    [[5], { axis: 0 }],
    [[2, 3], { axis: 0, block_size: 32 }],
  ] as const) {
    const main = graph({
      nodes: [node('DequantizeLinear', ['c', 's'], ['y'], { attributes })],
      inputs: [],
      outputs: [value('y', 'float32')],
      initializers: [
        makeTensor('c', 'int8', [32, 3], new Int8Array(96)),
        makeTensor('s', 'float32', dims, new Float32Array(product(dims))),
      ],
    });
    expect(codedWeights(model(main))).toEqual([]);
  }
});
