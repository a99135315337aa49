import { expect, test } from 'vitest';

import { classFigures } from '../../../src/tasks/classes.ts';
import { generationFigures } from '../../../src/tasks/generation-figures.ts';
import { axesOf, figureOn, firstAxes, formatFigure } from '../../../src/ui/lab/axes.ts';

const axes = axesOf(classFigures);
const axis = (key: string) => axes.find((one) => one.key === key)!;

test('a figure is an axis against the right answers, against the original, or both', () => {
  expect(axis('judged:accuracy')).toMatchObject({ label: 'Right answers', better: 'higher' });
  expect(axis('between:agreement')).toMatchObject({ unit: 'share', ofOriginal: 1 });
  expect(axis('judged:agreement')).toBeUndefined();
});

test('a perplexity is no number of nats', () => {
  const perplexity = axesOf(generationFigures).find(({ key }) => key === 'judged:perplexity');
  expect(perplexity).toMatchObject({ unit: '', better: 'lower' });
});

test('the original agrees with itself, and every file has a size', () => {
  const original = { id: 'original', bytes: 1000, figures: {} };
  expect(figureOn(axis('between:agreement'), original)).toEqual({ value: 1, on: 'by definition' });
  expect(figureOn(axis('stored'), original)?.value).toBe(1000);
  expect(figureOn(axis('judged:accuracy'), original)).toBeUndefined();
  expect(figureOn(axis('between:agreement'), { ...original, id: 'v1' })).toBeUndefined();
});

test('a plot begins with the first figure that something is known of', () => {
  expect(firstAxes(axes, [{ figures: {} }])).toEqual({ x: 'stored', y: 'judged:accuracy' });
  const measured = { figures: { 'between:agreement': { value: 0.9, on: 'digits' } } };
  expect(firstAxes(axes, [measured]).y).toBe('between:agreement');
});

test.each([
  [1_234_567, 'bytes', '1.23 MB'],
  [3.14159, 'ms', '3.1 ms'],
  [0.9731, 'share', '97.3 %'],
  [0.04217, 'nats', '0.0422 nats'],
  [0.000012, 'nats', '1.2e−5 nats'],
  [41.26, 'per second', '41.3 per s'],
  [12.3456, '', '12.3'],
  [NaN, 'share', 'not a number'],
] as const)('%f in %s reads %s', (value, unit, text) => {
  expect(formatFigure(value, unit)).toBe(text);
});
