import { fileURLToPath } from 'node:url';

import { defineConfig } from '@playwright/test';

import { launchOptions } from '../../.ci/chromium.mjs';

/**
 * Spares compilations of the 27 MB wasm that stories run for seconds only: a function is checked when it
 * is first called, and compiled a second time, optimized, ten times later than by default. That is half
 * of a story's processor time; those that train take no longer either. The benches go without.
 */
const wasmFlags = '--js-flags=--wasm-tiering-budget=130000000 --wasm-lazy-validation';

const { args, ...launch } = launchOptions();
const results = fileURLToPath(new URL('../../.cache/', import.meta.url));

/** One story per screen, told in the built site; `fixtures.ts` serves it. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.story.ts',
  // Once for all: two builds at a time would take each other's files away.
  globalSetup: './harness/build.ts',
  outputDir: `${results}playwright`,
  reporter: [['list'], ['json', { outputFile: `${results}playwright.json` }]],
  forbidOnly: Boolean(process.env['CI']),
  // A story that passes at the second try hides a bug.
  retries: 0,
  // Two files of stories at once: a story waits more than it works. Its time limits allow for the other.
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  use: {
    launchOptions: { ...launch, args: [...args, wasmFlags] },
    screenshot: 'only-on-failure',
    // It would fetch and keep the whole site in every story; those of offline use and plain hosts allow it.
    serviceWorkers: 'block',
  },
});
