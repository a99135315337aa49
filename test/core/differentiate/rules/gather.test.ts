import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';

import { gradientModel } from '../../../../src/core/differentiate/gradient.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';
import { checkGradient } from '../check-rule.ts';
import { integers } from '../reference/draw.ts';

const gather = (axis?: number) =>
  node('Gather', ['x', 'i'], ['y'], axis === undefined ? {} : { attributes: { axis } });

describe('Gather', () => {
  checkGradient('rows of a table, some of them more than once', {
    nodes: [gather()],
    inputs: { x: [5, 3], i: integers([4, 1, 1, 0, 1, 4], [2, 3]) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('32-bit indices', {
    nodes: [gather()],
    inputs: { x: [4, 2], i: integers([3, 0, 3], [3], 'int32') },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('negative indices count from the end', {
    nodes: [gather(0)],
    inputs: { x: [4, 2], i: integers([-1, 3, -4, 1]) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('an axis in the middle', {
    nodes: [gather(1)],
    inputs: { x: [2, 4, 3], i: integers([2, 0, 2, -1], [2, 2]) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('the last axis', {
    nodes: [gather(-1)],
    inputs: { x: [3, 4], i: integers([1, 1, 3]) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('a list of numbers', {
    nodes: [gather()],
    inputs: { x: [4], i: integers([1, 1, 3]) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('one index that changes from run to run, which takes the axis away', {
    nodes: [gather(1)],
    inputs: { x: [2, 3, 2], i: integers([-2], []) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('one constant index, such as that of a class token', {
    nodes: [gather(1)],
    inputs: { x: [2, 3, 4], i: integers([0], []) },
    wrt: ['x'],
  });
  checkGradient('constant rows that follow each other, such as the first positions', {
    nodes: [gather()],
    inputs: { x: [6, 2], i: integers([1, 2, 3, 4], [2, 2]) },
    wrt: ['x'],
  });
  checkGradient('all rows in their order', {
    nodes: [gather()],
    inputs: { x: [3, 2], i: integers([0, 1, 2]) },
    wrt: ['x'],
  });
  checkGradient('constant rows in no order, such as a table of relative positions', {
    nodes: [gather()],
    inputs: { x: [4, 2], i: integers([0, 1, 3, 1, 0, 2], [3, 2]) },
    wrt: ['x'],
  });
});

test('repeated rows keep all of their gradients on several threads', async () => {
  const [rows, width, lookups] = [8, 256, 1024];
  const ids = BigInt64Array.from({ length: lookups }, (_, k) => BigInt(k % 3));
  const table = model(
    graph({
      nodes: [gather()],
      inputs: [value('i', 'int64', [lookups])],
      outputs: [value('y', 'float32', [lookups, width])],
      initializers: [makeTensor('x', 'float32', [rows, width], new Float32Array(rows * width))],
    }),
  );
  const feeds = { i: { dtype: 'int64', dims: [lookups], data: ids } } as const;
  const ones = new Float32Array(lookups * width).fill(1);
  const seeds = { y: { dtype: 'float32', dims: [lookups, width], data: ones } } as const;
  const found = await gradientModel(table, feeds, seeds, ['x'], nodeRuntime());
  const bytes = new Uint8Array(await writeOnnx(found.model).onnx.arrayBuffer());
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 2 });
  const outputs = await session.run({ i: new Tensor('int64', ids, [lookups]) });
  await session.release();
  const expected = Float32Array.from({ length: rows * width }, (_, at) => {
    const row = Math.floor(at / width);
    return row < 3 ? Math.ceil((lookups - row) / 3) : 0;
  });
  expect(outputs[found.gradients.get('x')!]!.data).toEqual(expected);
});
