import { expect, test } from 'vitest';

import { exponentOf, powerOfTwo } from '../../../src/core/math/binary.ts';

test('powerOfTwo is exact over the whole range, subnormals included', () => {
  let expected = 1;
  for (let exponent = 0; exponent <= 1024; exponent++, expected *= 2) {
    expect(powerOfTwo(exponent)).toBe(expected);
  }
  expected = 1;
  for (let exponent = 0; exponent >= -1075; exponent--, expected /= 2) {
    expect(powerOfTwo(exponent)).toBe(expected);
  }
});

test('exponentOf inverts it, whatever the mantissa and sign', () => {
  for (let exponent = -1074; exponent <= 1023; exponent++) {
    const power = powerOfTwo(exponent);
    expect(exponentOf(power)).toBe(exponent);
    expect(exponentOf(-power)).toBe(exponent);
    if (exponent > -1073) expect(exponentOf(power * 1.75)).toBe(exponent);
  }
});

test.each([0, NaN, Infinity, -Infinity])('exponentOf(%d) is refused', (x) => {
  expect(() => exponentOf(x)).toThrow(RangeError);
});
