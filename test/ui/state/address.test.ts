import { expect, test } from 'vitest';

import { linkPrefix } from '../../../src/ui/link/link.ts';
import { modelAddress, readAddress } from '../../../src/ui/state/address.ts';

test.each([
  ['', { place: 'home' }],
  ['#/', { place: 'home' }],
  ['#/model/', { place: 'home' }],
  ['#/model/../x', { place: 'home' }],
  ['#/model/abc/notavariant', { place: 'home' }],
  [`${linkPrefix}wx8omL5`, { place: 'link' }],
  [modelAddress('3e23-2'), { place: 'model', id: '3e23-2' }],
  [
    modelAddress('abc', 'v0123456789abcdef'),
    { place: 'model', id: 'abc', variant: 'v0123456789abcdef' },
  ],
])('%s', (hash, address) => {
  expect(readAddress(hash)).toEqual(address);
});
