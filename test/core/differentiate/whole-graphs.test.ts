/** Whole networks against PyTorch: gradients of every parameter, computed by one training step. */
import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { nodeRuntime } from '../../../src/node/runtime.ts';
import { compareStep, fixtureIds, type Fixture } from './fixtures/whole-graph.ts';

describe.each(fixtureIds)('%s', (id) => {
  const path = new URL(`fixtures/${id}.json`, import.meta.url);
  const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture;

  test(`${fixture.about}: loss and gradients are PyTorch's`, async () => {
    const { loss, gradients } = await compareStep(fixture, nodeRuntime());
    expect(loss).toBeLessThan(1e-5);
    const wrong = Object.entries(gradients).filter(([, error]) => !(error <= 1e-5));
    expect(wrong).toEqual([]);
  });
});
