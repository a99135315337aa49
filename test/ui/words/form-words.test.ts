import { expect, test } from 'vitest';

import type { FormRow } from '../../../src/core/compress/realize/form-table.ts';
import { formLines, standingWords } from '../../../src/ui/words/form-words.ts';

const row = (given: Partial<FormRow>): FormRow => ({
  id: 'matmul-nbits-4',
  label: '4-bit products',
  summary: '',
  standing: 'runs natively',
  ...given,
});

test('what a device does with a form, and why', () => {
  expect(standingWords(row({ error: 1e-7 }))).toEqual({ standing: 'Runs natively', why: '' });
  expect(
    standingWords(row({ standing: 'folded at load', reason: 'it has no such kernel' })),
  ).toEqual({ standing: 'Folded at load', why: 'It has no such kernel.' });
});

test('speed and error where they were measured', () => {
  const { why } = standingWords(row({ error: 0.008, speed: { one: 0.6, many: 2.34 } }));
  expect(why).toBe('2.3× the speed of float32 with many rows, 0.60× with one. Off by up to 0.8 %.');
});

test('forms that differ in bits alone are one line where all devices do the same', () => {
  const of = (bits: number, standing: FormRow['standing']) =>
    row({ label: `products, ${bits} bits`, standing });
  const wasm = [of(8, 'folded at load'), of(4, 'folded at load'), of(2, 'folded at load')];
  const webgpu = [of(8, 'runs natively'), of(4, 'runs natively'), of(2, 'not at all')];
  expect(formLines([wasm]).map(({ label }) => label)).toEqual(['products, 8, 4 and 2 bits']);
  expect(
    formLines([wasm, webgpu]).map(({ label, cells }) => [label, ...cells.map((c) => c.standing)]),
  ).toEqual([
    ['products, 8 and 4 bits', 'Folded at load', 'Runs natively'],
    ['products, 2 bits', 'Folded at load', 'Not at all'],
  ]);
});
