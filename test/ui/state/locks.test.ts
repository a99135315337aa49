import { afterEach, expect, test } from 'vitest';

import { locked } from '../../../src/ui/state/locks.svelte.ts';

afterEach(() => locked.unlock());

test('a locked recipe keeps the variants too, for each brings its own along', () => {
  locked.set({ recipe: 'locked', lab: 'hidden' });
  expect(locked.ids).toEqual(['recipe', 'variants', 'lab']);
  expect([locked.isLocked('variants'), locked.isHidden('variants')]).toEqual([true, false]);
  expect(locked.reason('variants')).toBe('Locked by this link.');
  expect([locked.isHidden('lab'), locked.isLocked('export')]).toEqual([true, false]);
});

test('variants alone are locked alone, and unlocking frees everything', () => {
  locked.set({ variants: 'locked' });
  expect([locked.isLocked('variants'), locked.isLocked('recipe')]).toEqual([true, false]);
  locked.unlock();
  expect(locked.ids).toEqual([]);
  expect(locked.reason('variants')).toBe('');
});
