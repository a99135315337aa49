import { expect, test } from 'vitest';

import type { Site } from '../../../../src/core/calibrate/sites.ts';
import { partsFor } from '../../../../src/core/compress/gptq/stages.ts';
import type { Role, Weight } from '../../../../src/core/onnx/weights.ts';

const site = (key: string, channels = 8): Site => ({
  ...{ key, value: key, also: [], view: 'rows', turned: false, channels, groups: 1 },
  weights: [`${key}.w`],
});
const weight = (key: string, role: Role): Weight => ({ key, role }) as Weight;

/** A transformer of so many layers, with two sites each and a head. */
function transformer(layers: number): { sites: Site[]; weights: Weight[] } {
  const sites: Site[] = [];
  const weights: Weight[] = [];
  for (let layer = 0; layer < layers; layer++) {
    sites.push(site(`${layer}.q`), site(`${layer}.down`));
    weights.push(weight(`${layer}.q.w`, 'attention-q'), weight(`${layer}.down.w`, 'mlp-down'));
  }
  return { sites: [...sites, site('head')], weights: [...weights, weight('head.w', 'head')] };
}

const keys = (parts: readonly (readonly Site[])[]): string[] =>
  parts.map((part) => part.map(({ key }) => key).join(' '));

test('blocks of a transformer, and its head', () => {
  const { sites, weights } = transformer(3);
  expect(keys(partsFor(sites, weights, 'compressed'))).toEqual([
    '0.q 0.down',
    '1.q 1.down',
    '2.q 2.down',
    'head',
  ]);
  expect(keys(partsFor(sites, weights, 'original'))).toEqual([
    '0.q 0.down 1.q 1.down 2.q 2.down head',
  ]);
});

test('at most eight parts, which lose no site', () => {
  for (const layers of [7, 8, 20, 31]) {
    const { sites, weights } = transformer(layers);
    const parts = partsFor(sites, weights, 'compressed');
    expect(parts.length).toBeLessThanOrEqual(8);
    expect(parts.flat()).toEqual(sites);
  }
});

test('other networks site by site', () => {
  const sites = ['a', 'b', 'c'].map((key) => site(key));
  const weights = sites.map(({ key }) => weight(`${key}.w`, 'conv'));
  expect(keys(partsFor(sites, weights, 'compressed'))).toEqual(['a', 'b', 'c']);
  expect(partsFor([], [], 'compressed')).toEqual([]);
});

test('no part whose Gram matrices do not fit', () => {
  const sites = ['a', 'b', 'c'].map((key) => site(key, 4096));
  const weights = sites.map(({ key }) => weight(`${key}.w`, 'linear'));
  expect(keys(partsFor(sites, weights, 'original'))).toEqual(['a', 'b', 'c']);
});
