import { expect, test } from 'vitest';

import { labelsOf } from '../../../src/ui/lab/dot-labels.ts';

const plane = { width: 400 };
const dot = (id: string, x: number, y: number, text = id) => ({ id, text, x, y });

test('a name stands beside its dot, on the side where there is room', () => {
  const [left, right] = labelsOf([dot('four', 20, 10), dot('eight', 390, 10)], plane);
  expect(left).toMatchObject({ anchor: 'start' });
  expect(left!.x).toBeGreaterThan(20);
  expect(right).toMatchObject({ anchor: 'end' });
  expect(right!.x).toBeLessThan(390);
});

test('of names that would cover each other the first stays', () => {
  const labels = labelsOf([dot('a', 20, 10), dot('b', 24, 14), dot('c', 24, 60)], plane);
  expect(labels.map(({ id }) => id)).toEqual(['a', 'c']);
});

test('a long name is cut', () => {
  const [label] = labelsOf([dot('a', 0, 0, 'x'.repeat(200))], plane);
  expect(label!.text).toHaveLength(28);
  expect(label!.text.endsWith('…')).toBe(true);
});
