import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Axis } from '../../../src/ui/lab/axes.ts';
import {
  dotsOf,
  frontOf,
  lineageOf,
  nextDot,
  stepsOf,
  type Dot,
} from '../../../src/ui/lab/pareto.ts';
import type { VariantFigures } from '../../../src/ui/state/variant.ts';

const size: Axis = { key: 'stored', label: 'Size', unit: 'bytes', log: true, better: 'lower' };
const right: Axis = {
  key: 'judged:accuracy',
  label: 'Right answers',
  unit: 'share',
  log: false,
  better: 'higher',
};

const dot = (id: string, x: number, y: number): Dot => ({ id, x, y });
const ids = (dots: readonly { readonly id: string }[]): string[] => dots.map(({ id }) => id);
const variant = (id: string, bytes: number, figures: VariantFigures = {}, parent = '') => ({
  id,
  bytes,
  figures,
  parent,
});
const of = (value: number): VariantFigures => ({ 'judged:accuracy': { value, on: 'digits' } });

describe('dots', () => {
  test('variants without one of the figures are told apart', () => {
    const { dots, missing } = dotsOf(
      [variant('a', 100, of(0.9)), variant('b', 50), variant('c', 20, of(NaN))],
      size,
      right,
    );
    expect(dots).toEqual([{ id: 'a', x: 100, y: 0.9 }]);
    expect(ids(missing)).toEqual(['b', 'c']);
  });

  test('what a logarithm can’t show is missing', () => {
    const { dots, missing } = dotsOf([variant('a', 0, of(0.9))], size, right);
    expect(dots).toEqual([]);
    expect(ids(missing)).toEqual(['a']);
  });
});

describe('the front', () => {
  test('goes from the smallest to the best', () => {
    const dots = [dot('big', 100, 0.95), dot('worse', 60, 0.7), dot('mid', 50, 0.9)];
    expect(ids(frontOf([...dots, dot('tiny', 10, 0.4)], size, right))).toEqual([
      'tiny',
      'mid',
      'big',
    ]);
  });

  test('is what a plain look at all pairs says', () => {
    const coordinate = fc.integer({ min: 1, max: 6 });
    const better = fc.constantFrom('lower' as const, 'higher' as const);
    const point = fc.tuple(coordinate, coordinate);
    fc.assert(
      fc.property(fc.array(point, { maxLength: 12 }), better, better, (points, x, y) => {
        const dots = points.map(([a, b], index) => dot(String(index), a, b));
        const good = (one: Dot): readonly [number, number] => [
          x === 'lower' ? -one.x : one.x,
          y === 'lower' ? -one.y : one.y,
        ];
        const beaten = (one: Dot): boolean =>
          dots.some((other) => {
            const [[a, b], [c, d]] = [good(one), good(other)];
            return c >= a && d >= b && (c > a || d > b);
          });
        const expected = dots.filter((one) => !beaten(one)).map(({ id }) => id);
        expect(ids(frontOf(dots, { better: x }, { better: y })).sort()).toEqual(expected.sort());
      }),
    );
  });

  test('is drawn in steps: between two dots the smaller one is what can be had', () => {
    expect(stepsOf([dot('a', 10, 0.4), dot('b', 50, 0.9)])).toEqual([
      [10, 0.4],
      [50, 0.4],
      [50, 0.9],
    ]);
    expect(stepsOf([])).toEqual([]);
  });
});

test('lines of descent join the dots that are there', () => {
  const dots = [dot('a', 1, 1), dot('b', 2, 2)];
  const variants = [variant('a', 1), variant('b', 1, {}, 'a'), variant('c', 1, {}, 'a')];
  expect(lineageOf(dots, variants).map(([from, to]) => [from.id, to.id])).toEqual([['a', 'b']]);
});

describe('keys', () => {
  const dots = [dot('a', 1, 5), dot('b', 3, 1), dot('c', 2, 3)];

  test.each([
    ['a', 'ArrowRight', 'c'],
    ['c', 'ArrowRight', 'b'],
    ['b', 'ArrowRight', 'b'],
    ['b', 'ArrowUp', 'c'],
    ['a', 'ArrowDown', 'c'],
    ['c', 'Home', 'a'],
    ['c', 'End', 'b'],
    ['c', 'x', undefined],
  ])('from %s %s leads to %s', (from, key, to) => {
    expect(nextDot(dots, from, key)).toBe(to);
  });

  test('all of a hundred dots are reached, those of one place too', () => {
    const many = Array.from({ length: 100 }, (_, i) => dot(`v${i}`, i % 7, i % 3));
    const seen = new Set<string>();
    let at = nextDot(many, '', 'Home');
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      at = nextDot(many, at, 'ArrowRight');
    }
    expect(seen.size).toBe(100);
  });
});
