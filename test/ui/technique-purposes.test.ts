import { expect, test } from 'vitest';

import { needsOfStep } from '../../src/core/compress/needs.ts';
import { techniqueIds } from '../../src/core/compress/techniques/index.ts';
import { purposeOf, techniquesByPurpose } from '../../src/ui/technique-purposes.ts';

test('every technique has its place, once', () => {
  const placed = techniquesByPurpose.flatMap(([, ids]) => ids);
  expect([...placed].sort()).toEqual([...techniqueIds].sort());
});

test('what searches is offered as a search, what trains as training', () => {
  for (const id of techniqueIds) {
    const needs = needsOfStep({ technique: id });
    expect(purposeOf(id) === 'search', id).toBe(needs.includes('search'));
    if (needs.includes('training')) expect(['distill', 'search'], id).toContain(purposeOf(id));
  }
});
