import { mkdtempSync, openAsBlob, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Dtype } from '../../src/core/onnx/types.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import type { Value, ValueData } from '../../src/core/runtime.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { open, product, row, runOnce, runtime, sketch } from './runtime-models.ts';

test('runs a model and names its inputs and outputs', async () => {
  const session = await open(product);
  expect([session.inputNames, session.outputNames]).toEqual([['x'], ['y']]);
  expect(await session.run({ x: row(10, 100) })).toEqual({ y: row(310, 420) });
  expect((await session.run({ x: { ...row(), dims: [0, 2] } }))['y']?.dims).toEqual([0, 2]);
  await session.release();
});

describe('every element type goes in and comes out as it is', () => {
  const rows: readonly (readonly [Dtype, ValueData])[] = [
    ['float32', Float32Array.of(1.5, -0)],
    ['float64', Float64Array.of(1e300, Number.NaN)],
    ['float16', Uint16Array.of(0x3c00, 0x8001)],
    ['int8', Int8Array.of(-128, 127)],
    ['uint8', Uint8Array.of(0, 255)],
    ['int16', Int16Array.of(-32768, 32767)],
    ['uint16', Uint16Array.of(0, 65535)],
    ['int32', Int32Array.of(-(2 ** 31), 7)],
    ['uint32', Uint32Array.of(2 ** 32 - 1, 7)],
    ['int64', BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n)],
    ['uint64', BigUint64Array.of(2n ** 64n - 1n, 1n)],
    ['bool', Uint8Array.of(0, 1)],
    ['string', ['', 'naïve ∆ 数']],
  ];
  test.each(rows)('%s', async (dtype, data) => {
    const identity = sketch(
      [node('Identity', ['x'], ['y'])],
      [value('x', dtype, [2])],
      [value('y', dtype, [2])],
    );
    const x: Value = { dtype, dims: [2], data };
    expect(await runOnce(identity, { x })).toEqual({ y: x });
  });

  test('a type that JavaScript has no array for is refused by name', async () => {
    const cast = sketch(
      [node('Cast', ['x'], ['y'], { attributes: { to: 1 } })],
      [value('x', 'bfloat16', [2])],
      [value('y', 'float32', [2])],
    );
    await expect(open(cast)).rejects.toThrow(/is bfloat16, which onnxruntime can't pass/);
  });

  test('an output of 4-bit integers is refused, since onnxruntime would end the process', async () => {
    const cast = sketch(
      [node('Cast', ['x'], ['y'], { attributes: { to: 21 } })],
      [value('x', 'float32', [3])],
      [value('y', 'uint4', [3])],
    );
    const refusal = /"y" of the model is uint4, which onnxruntime can't/;
    await expect(open(cast)).rejects.toThrow(refusal);
    const files = writeOnnx(cast);
    await expect(runtime.createStatefulSession!(files, { hold: ['y'] })).rejects.toThrow(refusal);
  });
});

describe('external data', () => {
  const weights = Float32Array.from({ length: 128 * 256 }, (_, index) => index % 7);
  const large = sketch(
    [node('MatMul', ['x', 'W'], ['y'])],
    [value('x', 'float32', [1, 128])],
    [value('y', 'float32', [1, 256])],
    [makeTensor('W', 'float32', [128, 256], weights)],
  );
  const x: Value = { dtype: 'float32', dims: [1, 128], data: new Float32Array(128).fill(1) };
  const sums = Float32Array.from({ length: 256 }, (_, column) =>
    Array.from({ length: 128 }, (_, k) => weights[k * 256 + column]!).reduce((a, b) => a + b),
  );

  test('given beside the model', async () => {
    const files = writeOnnx(large, { external: { location: 'some/folder/w.bin' } });
    expect(files.external.size).toBe(1);
    const session = await runtime.createSession(files);
    expect((await session.run({ x }))['y']?.data).toEqual(sums);
  });

  test('taken out of a single file', async () => {
    expect((await runOnce(large, { x }))['y']?.data).toEqual(sums);
  });

  test('missing: the reader says so, and nothing is looked up on the disk', async () => {
    const { onnx } = writeOnnx(large, { external: { location: 'package.json' } });
    await expect(runtime.createSession({ onnx, external: new Map() })).rejects.toMatchObject({
      name: 'ModelError',
      message: expect.stringContaining('"package.json"') as string,
    });
  });
});

describe('weights of more than 64 MiB', () => {
  const before = process.env['TMPDIR'];
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runtime-test-'));
    process.env['TMPDIR'] = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, { recursive: true });
  });

  const table = new Float32Array(2 ** 24 + 2 ** 20);
  table.fill(5, 3 * 1024, 4 * 1024);
  const lookup = sketch(
    [node('Gather', ['T', 'i'], ['y'])],
    [value('i', 'int64', [1])],
    [value('y', 'float32', [1, 1024])],
    [makeTensor('T', 'float32', [17 * 1024, 1024], table)],
  );
  const i: Value = { dtype: 'int64', dims: [1], data: BigInt64Array.of(3n) };
  const expected = new Float32Array(1024).fill(5);

  // onnxruntime-node for Windows keeps the file mapped, and so there, until the session is released.
  test('go through a temporary folder, of which nothing is left', async () => {
    const session = await open(lookup);
    expect((await session.run({ i }))['y']?.data).toEqual(expected);
    await session.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('go through memory where there is no folder to write in', async () => {
    process.env['TMPDIR'] = join(folder, 'absent');
    expect((await runOnce(lookup, { i }))['y']?.data).toEqual(expected);
  });
});

test('foldDequantize multiplies by the dequantized weights exactly', async () => {
  // 64 rows of code 3, scale 1/64: every output is the plain sum of x times 3/64.
  const codes = new Int8Array(64 * 64).fill(3);
  const quantized = sketch(
    [
      node('DequantizeLinear', ['codes', 'scale'], ['W'], { attributes: { axis: 1 } }),
      node('MatMul', ['x', 'W'], ['y']),
    ],
    [value('x', 'float32', [1, 64])],
    [value('y', 'float32', [1, 64])],
    [
      makeTensor('codes', 'int8', [64, 64], codes),
      makeTensor('scale', 'float32', [64], new Float32Array(64).fill(1 / 64)),
    ],
  );
  const x = row(...Array.from({ length: 64 }, (_, index) => index + 1 / 128));
  const exact = (((63 * 64) / 2 + 0.5) * 3) / 64;
  const session = await runtime.createSession(writeOnnx(quantized), {
    foldDequantize: true,
    threads: 1,
  });
  expect((await session.run({ x }))['y']?.data).toEqual(new Float32Array(64).fill(exact));
});

describe('real models open', () => {
  const names = [
    'mnist-8.onnx',
    'burn_mnist.onnx',
    'stories260K/model.onnx',
    'magika/model.onnx',
    'bart_g2p/model.onnx',
    'silero_vad_v6.onnx',
    'super_resolution/model.onnx',
    'mobilenetv2_fp32_dequantized.onnx',
    'mobilenetv2_qdq_int8_pytorch.onnx',
  ];
  const reason = hasShared ? '' : ` (${skipReason})`;
  test.skipIf(!hasShared).each(names)(`%s${reason}`, async (name) => {
    const onnx = await openAsBlob(sharedPath(`models/${name}`));
    const session = await runtime.createSession({ onnx, external: new Map() });
    expect(session.outputNames).not.toEqual([]);
    await session.release();
  });
});
