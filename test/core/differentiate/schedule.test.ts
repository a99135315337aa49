/** Learning rates, computed by hand. */
import { expect, test } from 'vitest';

import { learningRateAt, type Schedule } from '../../../src/core/differentiate/schedule.ts';

const schedule: Schedule = { learningRate: 0.8, warmUp: 4, steps: 12, floor: 0.1 };
const at = (step: number, changed: Partial<Schedule> = {}): number =>
  learningRateAt({ ...schedule, ...changed }, step);

test('the warm-up rises evenly, from one part rather than from zero', () => {
  expect([0, 1, 2, 3].map((step) => at(step))).toEqual([0.2, 0.4, 0.6000000000000001, 0.8]);
});

test('then half a cosine falls from the peak to the floor', () => {
  expect(at(4)).toBe(0.8);
  // A quarter of the way: (1 + √½) / 2 of what lies above the floor of 0.08.
  expect(at(6)).toBeCloseTo(0.08 + 0.72 * 0.8535533906, 9);
  expect(at(8)).toBeCloseTo(0.08 + 0.72 / 2, 12);
  expect(at(10)).toBeCloseTo(0.08 + 0.72 * 0.1464466094, 9);
  expect(at(12)).toBeCloseTo(0.08, 12);
});

test('it never rises after the peak, and stays at the floor', () => {
  const rates = Array.from({ length: 20 }, (_, step) => at(step));
  for (let step = 4; step < 20; step++) {
    expect(rates[step]!).toBeLessThanOrEqual(rates[step - 1]! + 1e-15);
  }
  expect(at(1000)).toBeCloseTo(0.08, 12);
});

test('a floor of 0 ends at rest, one of 1 changes nothing after the warm-up', () => {
  expect(at(12, { floor: 0 })).toBeCloseTo(0, 15);
  expect([4, 7, 12, 50].map((step) => at(step, { floor: 1 }))).toEqual([0.8, 0.8, 0.8, 0.8]);
});

test('without a warm-up the first step has the full rate', () => {
  expect(at(0, { warmUp: 0 })).toBe(0.8);
  expect(at(6, { warmUp: 0 })).toBeCloseTo(0.08 + 0.72 / 2, 12);
});

test('a training that ends within its warm-up never divides by zero', () => {
  const short = { warmUp: 4, steps: 4 };
  expect([3, 4, 5].map((step) => at(step, short))).toEqual([0.8, 0.8, expect.closeTo(0.08, 12)]);
  expect(at(2, { warmUp: 4, steps: 3 })).toBeCloseTo(0.6, 12);
});
