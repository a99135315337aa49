import { zipSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';

import { makeTensor } from '../../src/core/onnx/tensor.ts';
import { writeTensor } from '../../src/core/onnx/write.ts';
import type { InputSpec } from '../../src/core/evaluate/inputs.ts';
import { idxExamples } from '../../src/tasks/arrays/idx.ts';
import type { ModelFacts } from '../../src/tasks/facts.ts';
import { taskFor } from '../../src/tasks/index.ts';
import { tensors, type TensorsAnswer, type TensorsInput } from '../../src/tasks/tensors.ts';
import type { PreparedTask } from '../../src/tasks/task.ts';
import { npy } from './samples/npy-file.ts';

const input = (
  name: string,
  dtype: InputSpec['dtype'],
  dims: readonly (number | string)[],
): InputSpec => ({ name, dtype, dims });
const facts = (...inputs: readonly InputSpec[]): ModelFacts => ({
  inputs,
  outputs: [{ name: 'y', dtype: 'float32', dims: ['n', 2] }],
  config: {},
  beside: [],
});
const one = facts(input('x', 'float32', ['n', 3]));
const two = facts(input('x', 'float32', ['n', 3]), input('ids', 'int64', ['n', 2]));

type Ready = PreparedTask<TensorsInput, TensorsAnswer, unknown>;
let ofOne: Ready;
let ofTwo: Ready;
beforeAll(async () => {
  ofOne = await tensors.prepare(one, new Map());
  ofTwo = await tensors.prepare(two, new Map());
});

const floats = Float32Array.of(1, -2.5, 0.125);
const ids = BigInt64Array.of(7n, -9_007_199_254_740_993n);
const given = (name: string, part: BlobPart) => ({ file: { name, blob: new Blob([part]) } });
const feeds = async (ready: Ready, name: string, part: BlobPart) =>
  (await ready.inputFrom(given(name, part))).feeds;

test('every model fits, after all others', () => {
  expect(taskFor(two)).toEqual({ id: 'tensors', because: 'any model can be fed with numbers' });
});

describe('files of inputs', () => {
  const x = { dtype: 'float32', dims: [1, 3], data: floats };

  test('.npy: named after an input, or the only one; a batch of one may be left out', async () => {
    expect(await feeds(ofTwo, 'x.npy', npy('<f4', [1, 3], floats))).toEqual({ x });
    expect(await feeds(ofOne, 'other.npy', npy('<f4', [3], floats))).toEqual({ x });
    const wide = npy('<f8', [1, 3], Float64Array.from(floats));
    expect(await feeds(ofOne, 'x.npy', wide)).toEqual({ x });
  });

  test('.npy: 64-bit whole numbers keep every digit', async () => {
    expect(await feeds(ofTwo, 'ids.npy', npy('<i8', [1, 2], ids))).toEqual({
      ids: { dtype: 'int64', dims: [1, 2], data: ids },
    });
  });

  test('.npz: several by name, or the only one under the name that NumPy gives it', async () => {
    const both = zipSync({
      'x.npy': npy('<f4', [1, 3], floats),
      'ids.npy': npy('<i4', [1, 2], Int32Array.of(4, 5)),
    });
    const found = await feeds(ofTwo, 'a.npz', both.slice());
    expect(found).toEqual({
      x,
      ids: { dtype: 'int64', dims: [1, 2], data: BigInt64Array.of(4n, 5n) },
    });
    const plan = await ofTwo.plan({ feeds: found });
    expect(plan).toEqual({ loop: 'once', request: { feeds: found } });
    const unnamed = zipSync({ 'arr_0.npy': npy('<f4', [1, 3], floats) });
    expect(await feeds(ofOne, 'a.npz', unnamed.slice())).toEqual({ x });
  });

  test('.json: by name, or nested lists for the only one', async () => {
    const text = JSON.stringify({ x: [[1, -2.5, 0.125]], ids: [[1, 2]] });
    expect(await feeds(ofTwo, 'a.json', text)).toEqual({
      x,
      ids: { dtype: 'int64', dims: [1, 2], data: BigInt64Array.of(1n, 2n) },
    });
    expect(await feeds(ofOne, 'a.json', '[[1, -2.5, 0.125]]')).toEqual({ x });
  });

  test('.pb: by the name of the tensor, or the number of the file', async () => {
    const tensor = (name: string) => writeTensor(makeTensor(name, 'float32', [1, 3], floats));
    expect(await feeds(ofTwo, 'some.pb', tensor('x'))).toEqual({ x });
    expect(await feeds(ofTwo, 'input_0.pb', tensor(''))).toEqual({ x });
  });

  test('text for models that take text', async () => {
    const ready = await tensors.prepare(facts(input('words', 'string', ['n'])), new Map());
    expect(ready.examples).toEqual([]);
    expect(await feeds(ready, 'a.json', '["a", "b"]')).toEqual({
      words: { dtype: 'string', dims: [2], data: ['a', 'b'] },
    });
  });

  test('halves are encoded', async () => {
    const ready = await tensors.prepare(facts(input('x', 'float16', [2])), new Map());
    // 1.5 is 0x3e00 in IEEE 754 binary16, −2 is 0xc000.
    expect(await feeds(ready, 'a.json', '[1.5, -2]')).toEqual({
      x: { dtype: 'float16', dims: [2], data: Uint16Array.of(0x3e00, 0xc000) },
    });
  });

  test.each<[string, string, BlobPart]>([
    ['no file of arrays', 'a.txt', 'hello'],
    ['has the shape [1, 4]', 'x.npy', npy('<f4', [1, 4], new Float32Array(4))],
    ['holds the value 0.5', 'ids.npy', npy('<f4', [1, 2], Float32Array.of(1, 0.5))],
    ['"z", which is no input', 'z.npy', npy('<f4', [1, 3], floats)],
    ['is no .npy file', 'x.npy', 'not an array at all'],
    ['is no .npz file', 'a.npz', 'not a zip at all'],
    ['holds no .npy', 'a.npz', zipSync({ 'a.txt': new Uint8Array(3) }).slice()],
    ['is no JSON', 'a.json', '{"x": '],
    ['do not have one shape', 'a.json', '{"x": [[1, 2], [3]]}'],
    ['neither numbers nor text', 'a.json', '{"x": [[1, null, 3]]}'],
    ['must be an object', 'a.json', '[[1, 2, 3]]'],
    ['holds text', 'a.json', '{"x": [["a", "b", "c"]]}'],
    ['holds no tensor', 'input_0.pb', new Uint8Array([255, 255, 255, 255])],
  ])('refuses in words: %s', async (words, name, part) => {
    await expect(ofTwo.inputFrom(given(name, part))).rejects.toThrow(words);
    await expect(ofTwo.inputFrom(given(name, part))).rejects.toMatchObject({ name: 'ModelError' });
  });

  test('a zip that unpacks to more than a gigabyte is refused before it is', async () => {
    const bytes = zipSync({ 'x.npy': new Uint8Array(1000) });
    // The size stands in the central directory, 24 bytes from its signature.
    const at = Buffer.from(bytes).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    new DataView(bytes.buffer).setUint32(at + 24, 2 ** 31, true);
    await expect(ofOne.inputFrom(given('a.npz', bytes.slice()))).rejects.toThrow('1.07 GB');
  });

  test('a plan needs all inputs, and only those', async () => {
    await expect(ofTwo.plan({ feeds: {} })).rejects.toThrow('The input "x" has no values');
    const odd = { x: { dtype: 'float32' as const, dims: [1, 3], data: floats } };
    await expect(ofOne.plan({ feeds: { ...odd, z: odd.x } })).rejects.toThrow('no input "z"');
  });
});

describe('data sets', () => {
  const pb = (name: string, dims: number[], data: Float32Array | BigInt64Array) =>
    writeTensor(makeTensor(name, data instanceof Float32Array ? 'float32' : 'int64', dims, data));

  test('folders of ONNX test data, with what should come out', async () => {
    const files = new Map([
      ['m/test_data_set_0/input_0.pb', pb('', [1, 3], floats)],
      ['m/test_data_set_0/input_1.pb', pb('ids', [1, 2], ids)],
      ['m/test_data_set_0/output_0.pb', pb('', [1, 2], Float32Array.of(3, 4))],
      ['m/test_data_set_1/input_0.pb', pb('', [1, 3], floats)],
    ]);
    const [first, second] = await ofTwo.examplesFrom(files);
    expect(first?.name).toBe('test_data_set_0');
    expect(first?.input.feeds['ids']?.data).toEqual(ids);
    expect(first?.target).toMatchObject({ y: { data: Float32Array.of(3, 4) } });
    expect(second?.target).toBeUndefined();
    // Beside a model they are what it is tried with first.
    const ready = await tensors.prepare(two, files);
    expect(ready.examples[0]).toEqual(first);
    // Those of another model are no hindrance.
    const other = await tensors.prepare(facts(input('z', 'float32', [7])), files);
    expect(other.examples[0]?.name).toBe('random values');
  });

  test('.npz with inputs and outputs by name', async () => {
    const zip = zipSync({
      'x.npy': npy('<f4', [1, 3], floats),
      'y.npy': npy('<f4', [1, 2], Float32Array.of(1, 2)),
    });
    const [example] = await ofOne.examplesFrom(new Map([['a.npz', new Blob([zip.slice()])]]));
    expect(Object.keys(example!.input.feeds)).toEqual(['x']);
    expect(example?.target).toMatchObject({ y: { dims: [1, 2] } });
  });

  test('.npy whose first axis counts the samples', async () => {
    const array = npy('<f4', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
    const examples = await ofOne.examplesFrom(new Map([['x.npy', new Blob([array.slice()])]]));
    expect(
      examples.map(({ input: { feeds: fed } }) => [...(fed['x']!.data as Float32Array)]),
    ).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    await expect(ofOne.examplesFrom(new Map())).rejects.toMatchObject({ name: 'ModelError' });
  });

  test('MNIST files whose labels are missing or cut off are refused by name', async () => {
    const header = (...dims: number[]) =>
      new Uint8Array([0, 0, 8, dims.length, ...dims.flatMap((dim) => [0, 0, dim >> 8, dim & 255])]);
    const images = new Blob([header(1, 28, 28), new Uint8Array(784)]);
    const files = new Map([['a-images-idx3-ubyte', images]]);
    await expect(idxExamples(files)).rejects.toThrow('no file of 1 labels');
    files.set('a-labels-idx1-ubyte', new Blob([header(2), new Uint8Array(1)]));
    await expect(idxExamples(files)).rejects.toThrow('should hold 2 bytes and holds 1');
    files.set('a-labels-idx1-ubyte', new Blob([header(1), Uint8Array.of(7)]));
    expect(await idxExamples(files)).toMatchObject([{ target: 7 }]);
  });
});

describe('figures and words', () => {
  const y = (...data: number[]): TensorsAnswer => ({
    outputs: { y: { dtype: 'float32', dims: [1, data.length], data: Float32Array.from(data) } },
  });
  const { figures } = tensors;

  test('relative and largest error over all outputs', () => {
    // √((0.3² + 0.4²) ÷ (3² + 4²)) = 0.1.
    const relative = figures['relative-error']!.ofOriginal!(y(3.3, 4.4), y(3, 4))!;
    expect(relative.count).toBe(1);
    expect(relative.sum).toBeCloseTo(0.1, 6);
    expect(figures['largest-error']!.ofOriginal!(y(3.3, 4.4), y(3, 4))?.sum).toBeCloseTo(0.4, 6);
    expect(figures['error-to-expected']!.ofTarget!(y(1, 2), y(1, 5).outputs)?.sum).toBe(3);
    expect(figures['error-to-expected']!.ofTarget!(y(1, 2), undefined)).toBeUndefined();
    expect(figures['largest-error']!.ofOriginal!(y(NaN), y(1))?.sum).toBe(Infinity);
  });

  test('outputs that can not be compared are named', () => {
    const compare = (ours: TensorsAnswer, original: TensorsAnswer) =>
      figures['largest-error']!.ofOriginal!(ours, original);
    expect(() => compare(y(1, 2), y(1))).toThrow('"y" has [1, 2] where [1, 1] belongs');
    expect(() => compare({ outputs: {} }, y(1))).toThrow('"y" is missing');
  });

  test('an answer in a line', () => {
    expect(ofOne.words(y(1, -2, 4))).toBe('y float32 [1, 3]: -2 to 4, mean 1; 1, -2, 4');
  });
});
