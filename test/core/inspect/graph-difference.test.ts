/** What two models differ in, against counts by hand. */
import { describe, expect, test } from 'vitest';

import { differenceOf } from '../../../src/core/inspect/graph-difference.ts';
import { heirsOf } from '../../../src/core/inspect/graph-heirs.ts';
import { equalBytes, ValueComparison } from '../../../src/core/inspect/same-bytes.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model, Tensor } from '../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';

const floats = (name: string, ...values: readonly number[]): Tensor =>
  makeTensor(name, 'float32', [values.length], Float32Array.from(values));

const opened = async (made: Model) => {
  const files = { onnx: writeOnnx(made).onnx };
  return { model: await readOnnx(files), files };
};

const before = model(
  graph({
    inputs: [value('x', 'float32', [1, 2])],
    outputs: [value('y', 'float32', [1, 2])],
    initializers: [
      floats('kept', 1, 2),
      floats('shifted', 1, 2, 3, 4),
      floats('coded', 1, 2, 3, 4),
      floats('dropped', 5),
    ],
    nodes: [
      node('Add', ['x', 'kept'], ['a']),
      node('Add', ['a', 'dropped'], ['b']),
      node('Relu', ['b'], ['y']),
    ],
  }),
);
const after: Model = {
  ...before,
  metadataProps: [{ key: 'made', value: 'here' }],
  opsetImports: [{ domain: '', version: 22 }],
  graph: {
    ...before.graph,
    outputs: [value('y', 'float32', ['batch', 2])],
    initializers: [
      floats('kept', 1, 2),
      floats('shifted', 1, 2, 3, 5),
      makeTensor('coded_quantized', 'int8', [4], Int8Array.of(1, 2, 3, 4)),
      floats('coded_scale', 1),
      floats('fresh', 1, 2, 3),
    ],
    nodes: [node('Add', ['x', 'kept'], ['a']), node('Neg', ['a'], ['y'])],
  },
};

describe('the difference of two models', () => {
  const found = (async () => differenceOf(await opened(before), await opened(after)))();

  test('counts operators, those that differ first', async () => {
    expect((await found).operators).toEqual([
      { operator: 'Add', before: 2, after: 1 },
      { operator: 'Neg', before: 0, after: 1 },
      { operator: 'Relu', before: 1, after: 0 },
    ]);
  });

  test('tells of each tensor what became of it', async () => {
    const { tensors, unchanged, equalBytes: equal } = await found;
    expect(unchanged).toEqual({ count: 1, bytes: 8 });
    expect(
      tensors.map(({ name, state, beforeBytes, afterBytes, heirs }) => [
        name,
        state,
        beforeBytes,
        afterBytes,
        heirs,
      ]),
    ).toEqual([
      ['shifted', 'values', 16, 16, undefined],
      ['coded', 'form', 16, 8, ['coded_quantized', 'coded_scale']],
      ['dropped', 'removed', 4, 0, undefined],
      ['fresh', 'added', 0, 12, undefined],
    ]);
    // 4 is 40 80 00 00 and 5 is 40 A0 00 00 in IEEE 754: one byte of sixteen differs.
    expect(tensors[0]!.equal).toBe(15);
    expect(equal).toBe(8 + 15);
  });

  test('names what changed of interface and notes', async () => {
    expect((await found).facts).toEqual([
      { kind: 'opset', name: 'ai.onnx', before: '21', after: '22' },
      { kind: 'output', name: 'y', before: 'float32 [1, 2]', after: 'float32 [batch, 2]' },
      { kind: 'metadata', name: 'made', after: 'here' },
    ]);
  });

  test('splits the files into tensors and structure', async () => {
    const { files } = await found;
    expect(files.before.tensors).toBe(8 + 16 + 16 + 4);
    expect(files.before.structure).toBe((await opened(before)).files.onnx.size - 44);
  });

  test('reports how far it is, and stops when told', async () => {
    const reports: (readonly [number, number])[] = [];
    const onProgress = (done: number, all: number) => reports.push([done, all]);
    await differenceOf(await opened(before), await opened(after), { onProgress });
    expect(reports[reports.length - 1]).toEqual([44, 44]);
    const signal = AbortSignal.abort(new Error('enough'));
    const stopped = differenceOf(await opened(before), await opened(after), { signal });
    await expect(stopped).rejects.toThrow('enough');
  });
});

test('a new tensor belongs to the longest old name that it begins with', () => {
  const heirs = heirsOf(['a', 'a_b', 'c'], ['a', 'a_scale', 'a_b_scale', 'c.q', 'other', 'ab_x']);
  expect([...heirs]).toEqual([
    ['a', ['a_scale']],
    ['a_b', ['a_b_scale']],
    ['c', ['c.q']],
  ]);
});

test('bytes are compared in place, and not beyond a budget', async () => {
  const [a, b] = [floats('a', 1, 2), floats('b', 1, -2)];
  // The sign is one bit in one byte.
  expect(await equalBytes(a, b)).toBe(7);
  expect(await equalBytes(a, floats('c', 1))).toBeUndefined();
  expect(await new ValueComparison(100).same([a], [b])).toBe(false);
  const poor = new ValueComparison(4);
  expect(await poor.same([a], [b])).toBe(true);
  expect(poor.unread).toBe(8);
});
