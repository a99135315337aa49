/** Most files of tests share their modules, as vite.config.ts says: none of those may replace one. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.test.ts'));
const textOf = (path: string): string => readFileSync(folder + path, 'utf8');

/** Files have modules of their own here. */
const isAlone = (path: string): boolean => /^(ui\/state|bridge)\//.test(path);

test('modules are mocked only where files have their own', () => {
  const mocking = files.filter((path) => /^\s*vi\.(mock|doMock)\(/m.test(textOf(path)));
  expect(mocking).not.toEqual([]);
  expect(mocking.filter((path) => !isAlone(path))).toEqual([]);
});

test('a file that holds the clock lets it go', () => {
  const holding = files.filter((path) => textOf(path).includes('vi.useFakeTimers('));
  expect(holding).not.toEqual([]);
  expect(holding.filter((path) => !textOf(path).includes('vi.useRealTimers('))).toEqual([]);
});
