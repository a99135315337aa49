import { expect, test } from 'vitest';
import { realize } from '../../../../src/core/compress/realize/realize.ts';
import { residentBytes } from '../../../../src/core/compress/realize/resident.ts';
import { node } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import { coded, matmul, modelOf, stored } from './coded.ts';
import { allBut } from './sessions.ts';

const products = modelOf([coded('W', [64, 8])], [matmul]);

test('a weight that is unpacked at load counts as float32', async () => {
  const result = await realize(products, 'wasm', allBut());
  expect(residentBytes(result, 'wasm')).toBe(64 * 8 * 4);
  // Nothing folds it: the codes and scales stay.
  expect(residentBytes({ ...result, session: {} }, 'wasm')).toBe((64 * 8) / 2 + 2 * 8 * 4);
});

test('a packed weight counts as its bytes', async () => {
  const result = await realize(products, 'webgpu', allBut());
  expect(residentBytes(result, 'webgpu')).toBe((64 * 8) / 2 + 2 * 8 * 4);
});

test('a transposed weight is kept once, and twice where something else uses it as it was', async () => {
  const turn = node('Transpose', ['W'], ['Wt'], { attributes: { perm: [1, 0] } });
  const product = node('MatMul', ['x', 'Wt'], ['h']);
  const once = modelOf([coded('W', [8, 64], { axis: 1 })], [turn, product]);
  const twice = modelOf(
    [coded('W', [8, 64], { axis: 1 })],
    [turn, product, node('Concat', ['h', 'W'], ['y'], { attributes: { axis: 0 } })],
  );
  const bytes = 8 * 64 * 4;
  expect(residentBytes(await realize(once, 'wasm', allBut()), 'wasm')).toBe(bytes);
  expect(residentBytes(await realize(twice, 'wasm', allBut()), 'wasm')).toBe(2 * bytes);
});

test('float16 is widened on processors, and where a Cast says so', async () => {
  const half = makeTensor('W', 'float16', [64, 8], new Uint16Array(64 * 8));
  const plain = await realize(modelOf([], [matmul], [half]), 'wasm', {});
  expect(residentBytes(plain, 'wasm')).toBe(64 * 8 * 4);
  expect(residentBytes(plain, 'webgpu')).toBe(64 * 8 * 2);
  const cast = node('Cast', ['W'], ['V'], { attributes: { to: 1 } });
  const product = node('MatMul', ['x', 'V'], ['y']);
  const widened = await realize(modelOf([], [cast, product], [half]), 'webgpu', {});
  expect(residentBytes(widened, 'webgpu')).toBe(64 * 8 * 4);
});

test('what nothing uses does not count', async () => {
  const unused = modelOf([], [matmul], [stored('W', 64, 8), stored('V', 100)]);
  expect(residentBytes(await realize(unused, 'cpu', {}), 'cpu')).toBe(64 * 8 * 4);
});
