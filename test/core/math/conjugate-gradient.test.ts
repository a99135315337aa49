import { expect, test } from 'vitest';

import { solvePositive } from '../../../src/core/math/conjugate-gradient.ts';
import { createRandom } from '../../../src/core/math/random.ts';

test('by hand: [[2, 1], [1, 3]]·x = (3, 5)', () => {
  const x = solvePositive(Float64Array.of(2, 1, 1, 3), Float64Array.of(3, 5), new Float64Array(2));
  expect(x[0]).toBeCloseTo(0.8, 12);
  expect(x[1]).toBeCloseTo(1.4, 12);
});

test('solves a system whose solution is known', () => {
  const n = 40;
  const random = createRandom(3);
  const m = Float64Array.from({ length: n * n }, () => random.normal());
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) a[i * n + j]! += m[k * n + i]! * m[k * n + j]!;
    }
    a[i * n + i]! += 1;
  }
  const solution = Float64Array.from({ length: n }, (_, at) => Math.cos(at));
  const b = solution.map((_, i) => solution.reduce((sum, x, j) => sum + a[i * n + j]! * x, 0));
  const found = solvePositive(a, b, new Float64Array(n).fill(1));
  found.forEach((x, at) => expect(x).toBeCloseTo(solution[at]!, 6));
});

test('a first guess that is right stays', () => {
  const x = solvePositive(
    Float64Array.of(2, 0, 0, 2),
    Float64Array.of(2, 4),
    Float64Array.of(1, 2),
  );
  expect([...x]).toEqual([1, 2]);
});
