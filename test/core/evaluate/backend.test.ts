/** Two devices on the same input: what counts as the same, and what is named where it is not. */
import { expect, test } from 'vitest';

import { compareDevices, deviceTolerance } from '../../../src/core/evaluate/backend.ts';
import type { Value } from '../../../src/core/runtime.ts';

const floats = (...values: number[]): Value => ({
  dtype: 'float32',
  dims: [values.length],
  data: Float32Array.from(values),
});
const ids = (...values: number[]): Value => ({
  dtype: 'int32',
  dims: [values.length],
  data: Int32Array.from(values),
});

test('rounding of the last digits is agreement', () => {
  const found = compareDevices({ y: floats(4, -2, 1) }, { y: floats(4, -2.001, 1) });
  expect(found.agree).toBe(true);
  expect(found.tolerance).toBe(deviceTolerance.real);
  // 0.001 of 4
  expect(found.outputs[0]?.difference).toBeCloseTo(0.00025, 6);
});

test('the output that differs is named first, with how much of its range', () => {
  const one = { logits: floats(1, 2, 4), state: floats(1, 1, 1) };
  const other = { logits: floats(1, 2, 4), state: floats(1, 1, 0.5) };
  const { agree, outputs } = compareDevices(one, other);
  expect(agree).toBe(false);
  expect(outputs.map(({ name, differs }) => [name, differs])).toEqual([
    ['state', true],
    ['logits', false],
  ]);
  expect(outputs[0]?.difference).toBeCloseTo(0.5, 6);
});

test('models that round their activations may differ by a few codes', () => {
  const [one, other] = [{ y: floats(1, 0.5) }, { y: floats(0.98, 0.5) }];
  expect(compareDevices(one, other).agree).toBe(false);
  expect(compareDevices(one, other, { rounded: true }).agree).toBe(true);
});

test('NaN on one device only never agrees; on both it does', () => {
  const broken = compareDevices({ y: floats(1, 2) }, { y: floats(1, NaN) }, { rounded: true });
  expect(broken.outputs[0]).toMatchObject({ differs: true, difference: Infinity });
  expect(broken.outputs[0]?.reason).toContain('numbers everywhere');
  expect(compareDevices({ y: floats(1, NaN) }, { y: floats(1, NaN) }).agree).toBe(true);
});

test('all zeros against numbers, and zeros against zeros', () => {
  expect(compareDevices({ y: floats(0, 0) }, { y: floats(0, 1) }).outputs[0]?.difference).toBe(1);
  expect(compareDevices({ y: floats(0, 0) }, { y: floats(0, 0) }).agree).toBe(true);
});

test('of whole numbers a tie in a hundred may fall either way', () => {
  const many = Array.from({ length: 200 }, (_, at) => at);
  const [a, b] = [many.with(7, -1), many.with(7, -1).with(8, -1).with(9, -1).with(10, -1)];
  expect(compareDevices({ y: ids(...many) }, { y: ids(...a) }).agree).toBe(true);
  expect(compareDevices({ y: ids(...many) }, { y: ids(...b) }).agree).toBe(false);
});

test('what can not be compared is said', () => {
  const shapes = compareDevices({ y: floats(1, 2) }, { y: floats(1, 2, 3) });
  expect(shapes.outputs[0]?.reason).toBe('its dims are [2] on one and [3] on the other');
  const types = compareDevices({ y: floats(1, 2) }, { y: ids(1, 2) });
  expect(types.outputs[0]?.reason).toBe('it is float32 on one and int32 on the other');
  expect(compareDevices({ y: floats(1) }, {}).outputs[0]?.reason).toContain('only one');
});
