import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { compileKernels } from '../../../.ci/compile-kernels.mjs';

test('compiled.ts is what assembly/ compiles to; if it is not, run npm run kernels', async () => {
  const committed = new URL('../../../src/core/kernels/compiled.ts', import.meta.url);
  expect(readFileSync(committed, 'utf8')).toBe(await compileKernels());
}, 120_000);
