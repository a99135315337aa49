import { describe, expect, test } from 'vitest';
import {
  asFloat32,
  forecast,
  suggest,
  type Surroundings,
} from '../../../src/store/hub/forecast.ts';
import type { Variant, VariantDtype } from '../../../src/store/hub/variants.ts';

const MB = 1e6;
const GB = 1e9;

const variant = (bytes: number | undefined, dtype: VariantDtype = 'fp32'): Variant => ({
  path: `onnx/model_${dtype}.onnx`,
  component: 'model',
  dtype,
  onnx: { path: 'onnx/model.onnx', url: 'https://x/', bytes },
  external: [],
  companions: [{ path: 'config.json', url: 'https://x/', bytes: 0 }],
  bytes,
});
const roomy: Surroundings = { storage: { used: 0, allowed: 100 * GB } };
const webgpu = { bufferBytes: 2 * GB, f16: true };

test('a small model fits everywhere, and says in numbers why', () => {
  expect(forecast(variant(100 * MB), { ...roomy, webgpu })).toEqual({
    bytes: 100 * MB,
    files: 2,
    storage: { fit: 'fits', why: 'About 100 GB of storage are left.' },
    wasm: { fit: 'fits', why: 'Needs about 140 MB of memory on WASM.' },
    webgpu: { fit: 'fits', why: 'Needs about 100 MB on the graphics adapter.' },
    overall: { fit: 'fits', why: 'Needs about 140 MB of memory on WASM.' },
  });
});

describe('memory on WASM', () => {
  // 2.9 GB of float32 weights were loaded into its 4 GiB, 3.8 GB were not.
  test.each([
    ['fp32', 1.9 * GB, 'fits'],
    ['fp32', 2.5 * GB, 'tight'],
    ['fp32', 2.9 * GB, 'tight'],
    ['fp32', 3.0 * GB, 'no'],
    // Becomes float32 at load.
    ['fp16', 1.5 * GB, 'no'],
    ['fp16', 0.9 * GB, 'fits'],
    // 4-bit weights stay packed: 15 MB took 30.
    ['q4', 1.3 * GB, 'fits'],
    ['q4', 2.1 * GB, 'no'],
  ] as const)('%s with %d bytes: %s', (dtype, bytes, fit) => {
    expect(forecast(variant(bytes, dtype), roomy).wasm.fit).toBe(fit);
  });

  test('is tight where the device has less than both sides need', () => {
    const { wasm } = forecast(variant(1 * GB), { ...roomy, memory: 2 * GB });
    expect(wasm).toEqual({
      fit: 'tight',
      why: 'Original and compressed may need about 1.40 GB of memory on WASM each; this device has 2.00 GB.',
    });
  });
});

describe('WebGPU', () => {
  test('counts where WASM is too small', () => {
    const around = { ...roomy, webgpu: { ...webgpu, bufferBytes: 4 * GB } };
    expect(forecast(variant(3 * GB), around).overall.fit).toBe('fits');
  });
  test('refuses float16 where the adapter has none', () => {
    const found = forecast(variant(100 * MB, 'q4f16'), { webgpu: { ...webgpu, f16: false } });
    expect(found.webgpu).toEqual({
      fit: 'no',
      why: expect.stringMatching(/no 16-bit floats/) as string,
    });
    expect(found.overall.fit).toBe('fits');
  });
  test('is tight where a single weight might be larger than a buffer', () => {
    const found = forecast(variant(3 * GB), { webgpu });
    expect(found.webgpu?.fit).toBe('tight');
  });
});

describe('storage', () => {
  test.each([
    [0.4 * GB, 'fits'],
    [0.6 * GB, 'tight'],
    [1.2 * GB, 'no'],
  ] as const)('%d bytes into 1 GB: %s', (bytes, fit) => {
    const around = { storage: { used: 2 * GB, allowed: 3 * GB } };
    expect(forecast(variant(bytes), around).storage.fit).toBe(fit);
    if (fit === 'no') expect(forecast(variant(bytes), around).overall.fit).toBe('no');
  });
});

test('an unknown size is said', () => {
  const { overall, storage } = forecast(variant(undefined), roomy);
  expect([overall.fit, storage.why]).toEqual(['tight', 'The server does not tell the size.']);
});

test('4-bit weights with their scales are a seventh of float32', () => {
  // 32 weights: 16 bytes of codes and a float16 scale, against 128.
  expect(asFloat32(18, 'q4')).toBeCloseTo(128);
});

describe('what is suggested', () => {
  const judged = (...list: Variant[]) => list.map((one) => [one, forecast(one, roomy)] as const);
  const large = variant(3.5 * GB);
  const small = variant(1 * GB, 'q4');
  test('is the most exact that fits', () => {
    expect(suggest(judged(large, small))).toBe(small);
    expect(suggest(judged(variant(1 * GB), small))?.dtype).toBe('fp32');
  });
  test('is what was asked for, whether it fits or not', () => {
    expect(suggest(judged(large, small), large.path)).toBe(large);
  });
  test('is something even where nothing fits', () => {
    expect(suggest(judged(large))).toBe(large);
  });
});
