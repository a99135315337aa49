import { expect, test } from 'vitest';

import { dot, multiply, rotate, transpose } from '../../../src/core/math/matrix.ts';

test('multiply: [2, 3] · [3, 2]', () => {
  const a = Float64Array.of(1, 2, 3, 4, 5, 6);
  const b = Float64Array.of(7, 8, 9, 10, 11, 12);
  expect([...multiply(a, b, 2, 3, 2)]).toEqual([58, 64, 139, 154]);
});

test('transpose: every element, beyond one tile', () => {
  const [rows, columns] = [37, 21];
  const a = Float64Array.from({ length: rows * columns }, (_, i) => i);
  const turned = transpose(a, rows, columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      expect(turned[column * rows + row]).toBe(row * columns + column);
    }
  }
  expect(transpose(turned, columns, rows)).toEqual(a);
});

test('dot: every length, from an offset', () => {
  const x = Float64Array.from({ length: 12 }, (_, i) => i + 1);
  for (let length = 0; length <= 11; length++) {
    let expected = 0;
    for (let i = 0; i < length; i++) expected += x[i + 1]! * x[i]!;
    expect(dot(x, 1, x, 0, length)).toBe(expected);
  }
});

test('rotate: by 90°', () => {
  const x = Float64Array.of(0, 1, 2);
  const y = Float64Array.of(0, 3, 4);
  rotate(x, 1, y, 1, 2, 0, 1);
  expect([...x, ...y]).toEqual([0, 3, 4, 0, -1, -2]);
});
