import { describe, expect, test } from 'vitest';
import { deflateRawSync } from 'node:zlib';
import { encodeParts } from '../../../src/core/coding/coded-file.ts';
import { partsOf } from '../../../src/core/coding/coded-mark.ts';
import { ledgerOf, zippedSize, type Ledger } from '../../../src/core/evaluate/ledger.ts';
import { attribute, graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../../src/core/onnx/types.ts';
import { writeOnnx, type WriteOptions } from '../../../src/core/onnx/write.ts';

async function ledger(from: Model, options?: WriteOptions): Promise<Ledger> {
  const files = writeOnnx(from, options);
  return ledgerOf(await readOnnx(files), files, { code: false });
}

/** Every part by its role, and the invariant that they add up to the files. */
function parts({ parts: all, stored }: Ledger): Record<string, { count: number; bytes: number }> {
  expect(all.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(stored);
  for (const { bytes } of all) expect(bytes).toBeGreaterThanOrEqual(0);
  return Object.fromEntries(all.map(({ role, ...rest }) => [role, rest]));
}

const floats = (name: string, dims: number[]): Tensor =>
  makeTensor(name, 'float32', dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));

function linear(nodes: Node[], initializers: Tensor[]): Model {
  return model(
    graph({
      nodes,
      inputs: [value('X', 'float32', [1, 64])],
      outputs: [value('Y', 'float32', [1, 32])],
      initializers,
    }),
    { microsoft: true },
  );
}

describe('the parts add up to the file', () => {
  test('a linear layer with a bias', async () => {
    const nodes = [node('MatMul', ['X', 'W'], ['H']), node('Add', ['H', 'b'], ['Y'])];
    const made = await ledger(linear(nodes, [floats('W', [64, 32]), floats('b', [32])]));
    const { structure, ...tensors } = parts(made);
    expect(tensors).toEqual({
      head: { count: 1, bytes: 8192 },
      'other-tensors': { count: 1, bytes: 128 },
    });
    expect(structure?.bytes).toBeLessThan(300);
    expect(made.parameters).toBe(64 * 32 + 32);
    expect(made.float32Equivalent).toBe(4 * made.parameters);
  });

  test('4-bit blocks: codes, scales and zero points apart; scales are no parameters', async () => {
    const nodes = [
      node('DequantizeLinear', ['C', 's', 'z'], ['W'], { attributes: { axis: 0, block_size: 32 } }),
      node('MatMul', ['X', 'W'], ['Y']),
    ];
    const made = await ledger(
      linear(nodes, [
        makeTensor('C', 'uint4', [64, 32], new Uint8Array(1024)),
        floats('s', [2, 32]),
        makeTensor('z', 'uint4', [2, 32], new Uint8Array(32)),
      ]),
    );
    expect(parts(made)).toMatchObject({
      head: { count: 1, bytes: 1024 },
      scales: { count: 1, bytes: 256 },
      'zero-points': { count: 1, bytes: 32 },
    });
    expect(made.parameters).toBe(64 * 32);
  });

  test('float16 scales behind a Cast are scales', async () => {
    const nodes = [
      node('Cast', ['s'], ['wide'], { attributes: { to: 1 } }),
      node('DequantizeLinear', ['C', 'wide'], ['W'], { attributes: { axis: 0, block_size: 32 } }),
      node('MatMul', ['X', 'W'], ['Y']),
    ];
    const made = await ledger(
      linear(nodes, [
        makeTensor('C', 'int4', [64, 32], new Uint8Array(1024)),
        makeTensor('s', 'float16', [2, 32], new Uint16Array(64)),
      ]),
    );
    expect(parts(made)).toMatchObject({
      head: { count: 1, bytes: 1024 },
      scales: { count: 1, bytes: 128 },
    });
    expect(made.parameters).toBe(64 * 32);
  });

  test('MatMulNBits and GatherBlockQuantized count the numbers that their bytes hold', async () => {
    const attributes = { K: 64, N: 32, bits: 4, block_size: 32 };
    const nodes = [
      node('MatMulNBits', ['X', 'B', 's'], ['Y'], { domain: 'com.microsoft', attributes }),
    ];
    const made = await ledger(
      linear(nodes, [
        makeTensor('B', 'uint8', [32, 2, 16], new Uint8Array(1024)),
        floats('s', [64]),
      ]),
    );
    expect(parts(made)).toMatchObject({ scales: { count: 1, bytes: 256 } });
    expect(made.parameters).toBe(64 * 32);
  });

  test('values in typed fields count as they are stored', async () => {
    const bytes = new Uint8Array(new Float32Array(64 * 32).buffer);
    const typed: Tensor = {
      name: 'W',
      dtype: 'float32',
      dims: [64, 32],
      floatData: [{ packed: true, bytes }],
    };
    const made = await ledger(linear([node('MatMul', ['X', 'W'], ['Y'])], [typed]));
    expect(parts(made)['head']).toEqual({ count: 1, bytes: 8192 });
  });

  test('a Constant and a text', async () => {
    const text: Tensor = {
      name: 'T',
      dtype: 'string',
      dims: [2],
      stringData: [new TextEncoder().encode('one'), new TextEncoder().encode('three')],
    };
    const constant: Node = {
      ...node('Constant', [], ['W']),
      attributes: [attribute('value', floats('', [64, 32]))],
    };
    const made = await ledger(linear([constant, node('MatMul', ['X', 'W'], ['Y'])], [text]));
    expect(parts(made)).toMatchObject({
      head: { count: 1, bytes: 8192 },
      'other-tensors': { count: 1, bytes: 8 },
    });
  });

  test('a sparse weight is its values and their places', async () => {
    const dense = linear([node('MatMul', ['X', 'W'], ['Y'])], []);
    const sparse = {
      values: floats('W', [10]),
      indices: makeTensor(
        'W_places',
        'int64',
        [10],
        BigInt64Array.from({ length: 10 }, (_, i) => BigInt(i)),
      ),
      dims: [64, 32],
    };
    const made = await ledger({
      ...dense,
      graph: { ...dense.graph, sparseInitializers: [sparse] },
    });
    expect(parts(made)['head']).toEqual({ count: 2, bytes: 40 + 80 });
  });

  test('scales inside a branch are found where it takes them from outside', async () => {
    const branch = graph({
      nodes: [node('DequantizeLinear', ['C', 's'], ['D']), node('MatMul', ['X', 'D'], ['B'])],
      inputs: [],
      outputs: [value('B', 'float32')],
    });
    const choice = node('If', ['c'], ['Y'], {
      attributes: { then_branch: branch, else_branch: branch },
    });
    const codes = makeTensor('C', 'int8', [64, 32], new Int8Array(2048));
    const made = await ledger(linear([choice], [codes, floats('s', [32])]));
    expect(parts(made)['scales']).toEqual({ count: 1, bytes: 128 });
  });

  test('external data: padding is structure', async () => {
    const nodes = [node('MatMul', ['X', 'W'], ['H']), node('MatMul', ['H', 'V'], ['Y'])];
    const weights = [floats('W', [64, 33]), floats('V', [33, 32])];
    const made = await ledger(linear(nodes, weights), {
      external: { location: 'w.bin', threshold: 1024 },
    });
    expect(parts(made)).toMatchObject({
      linear: { count: 1, bytes: 4 * 33 * 64 },
      head: { count: 1, bytes: 4 * 33 * 32 },
    });
  });

  test('tied weights that share external bytes count them once', async () => {
    const entry = (key: string, text: string | number) => ({ key, value: String(text) });
    const external = (name: string, offset: number): Tensor => ({
      name,
      dtype: 'float32',
      dims: [64, 32],
      dataLocation: 1,
      externalData: [entry('location', 'w.bin'), entry('offset', offset), entry('length', 8192)],
    });
    const nodes = [node('MatMul', ['X', 'W'], ['H']), node('MatMul', ['H', 'V'], ['Y'])];
    const onnx = writeOnnx(linear(nodes, [external('W', 0), external('V', 4096)])).onnx;
    const files = { onnx, external: new Map([['w.bin', new Blob([new Uint8Array(12288)])]]) };
    const made = await ledgerOf(await readOnnx(files), files, { code: false });
    expect(parts(made)).toMatchObject({
      linear: { count: 1, bytes: 8192 },
      head: { count: 1, bytes: 4096 },
    });
  });
});

describe('zipped', () => {
  const files = (bytes: Uint8Array<ArrayBuffer>) => ({
    onnx: new Blob([bytes]),
    external: new Map<string, Blob>(),
  });

  test('is what zlib makes of the bytes', async () => {
    const bytes = new Uint8Array(300_000).map((_, i) => (i * i) >> 7);
    expect(await zippedSize(files(bytes))).toBe(deflateRawSync(bytes).length);
    const two = { onnx: new Blob([bytes]), external: new Map([['w', new Blob([bytes])]]) };
    expect(await zippedSize(two)).toBe(2 * deflateRawSync(bytes).length);
  });

  test('zeros shrink; an empty file costs two bytes', async () => {
    expect(await zippedSize(files(new Uint8Array(1_000_000)))).toBeLessThan(1100);
    expect(await zippedSize(files(new Uint8Array(0)))).toBe(2);
  });
});

describe('coded', () => {
  test('is the size of the coded file, unless left out, and can be stopped', async () => {
    const made = linear([node('MatMul', ['X', 'W'], ['Y'])], [floats('W', [64, 32])]);
    const written = writeOnnx(made);
    const read = await readOnnx(written);
    const { size } = await encodeParts(partsOf('model.onnx', written));
    expect((await ledgerOf(read, written)).coded).toBe(size);
    expect(size).toBeLessThan(500);
    expect((await ledgerOf(read, written, { code: false })).coded).toBeUndefined();
    const controller = new AbortController();
    controller.abort(new Error('stop'));
    await expect(ledgerOf(read, written, { signal: controller.signal })).rejects.toThrow('stop');
  });
});
