import { expect, test } from 'vitest';

import { formTable } from '../../../../src/core/compress/realize/form-table.ts';
import { formIds, type FormId, type Support } from '../../../../src/core/compress/realize/forms.ts';
import type { Device } from '../../../../src/core/runtime.ts';
import { allBut } from './sessions.ts';

/** The standing of some forms. */
const standings = (device: Device, support: Support, ...ids: readonly FormId[]) => {
  const table = formTable(device, support);
  return ids.map((id) => table.find((row) => row.id === id)?.standing);
};

test('has a row for every form, in the order of the table, with words for people', () => {
  const table = formTable('wasm', allBut());
  expect(table.map(({ id }) => id)).toEqual(formIds);
  for (const { label, summary } of table) {
    expect(label).not.toBe('');
    expect(summary).toMatch(/\.$/);
  }
});

test('wasm: packed products are folded, integers run natively', () => {
  expect(
    standings(
      'wasm',
      allBut(),
      ...(['matmul-nbits-4', 'gather-block-quantized-4', 'fold-dequantize'] as const),
      ...(['integer-products', 'integer-layers', 'float16'] as const),
    ),
  ).toEqual([
    ...['folded at load', 'runs natively', 'folded at load'],
    ...['runs natively', 'runs natively', 'widened at load'],
  ]);
});

test('webgpu: packed products run natively, integers are rounded in float', () => {
  expect(
    standings(
      'webgpu',
      allBut(),
      ...(['matmul-nbits-4', 'gather-rows-4', 'float16'] as const),
      ...(['integer-products', 'rounded-activations'] as const),
    ),
  ).toEqual([
    ...['runs natively', 'looked up by other operators', 'runs natively'],
    ...['rounded in float', 'rounded in float'],
  ]);
});

test('tells why: what the device should avoid, and what its probe said', () => {
  const table = formTable('webgpu', allBut('float16', 'matmul-nbits-2'));
  const reasonOf = (id: FormId) => table.find((row) => row.id === id)?.reason;
  expect(reasonOf('integer-layers')).toContain('copies at every run');
  expect(reasonOf('float16')).toBe('no kernel for float16');
  expect(reasonOf('matmul-nbits-2')).toBe('no kernel for matmul-nbits-2');
  expect(reasonOf('matmul-nbits-8')).toBeUndefined();
});

test('where nothing takes the place of a form, it does not run at all', () => {
  const none = allBut(...formIds);
  expect(standings('webgpu', none, 'matmul-nbits-4', 'integer-products')).toEqual([
    ...['not at all', 'not at all'],
  ]);
  expect(standings('webgpu', none, 'fold-dequantize')).toEqual(['not at all']);
});

test('what was not tried is said to be so, also where another form would take its place', () => {
  expect(standings('webgpu', {}, 'matmul-nbits-4', 'integer-products', 'fold-dequantize')).toEqual([
    ...['not tried yet', 'not tried yet', 'not tried yet'],
  ]);
});

test('carries what was measured', () => {
  const speed = { one: 0.6, many: 2.4 };
  const support: Support = { 'integer-products': { available: true, error: 0.001, speed } };
  const row = formTable('wasm', support).find(({ id }) => id === 'integer-products');
  expect(row).toMatchObject({ standing: 'runs natively', error: 0.001, speed });
});
