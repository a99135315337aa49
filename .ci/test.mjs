/**
 * `npm test`: every check, in order, up to the first that fails. Each stage's name and seconds are
 * printed; the last line sums the tests of vitest and Playwright.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

import { ensureInstalled, root } from './install.mjs';
import { collectNode, runNode, toolPath } from './tool.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

const results = resolve(root, '.cache');
const vitestResult = resolve(results, 'vitest.json');
// Named in playwright.config.ts too.
const playwrightResult = resolve(results, 'playwright.json');

/** @type {[name: string, run: () => number | Promise<number>, counts?: () => Counts][]} */
const stages = [
  ['install', install],
  ['format, lint and types', runChecks],
  ['unit and contract tests', () => runNode(toolPath('vitest'), vitestArguments), countVitest],
  ['build', () => runNode(toolPath('vite'), ['build', '--logLevel', 'warn'])],
  ['bundle size', () => runNode(resolve(root, '.ci/check-bundle.mjs'))],
  ['browser', installBrowser],
  ['stories', runStories, countPlaywright],
];

const lintArguments = ['--config', '.config/eslint.config.js', '--max-warnings', '0'];
const components = '**/*.svelte';
const formatArguments = ['--check', '--log-level', 'warn', '.'];
const svelteCheckArguments = [
  '--tsconfig',
  'tsconfig.json',
  '--fail-on-warnings',
  '--output',
  'human',
];
const vitestArguments = [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${vitestResult}`,
];

function install() {
  ensureInstalled();
  return 0;
}

/**
 * Two at a time, of about the same length: each of them keeps one core busy. The linter takes most of
 * it, half of that for components. svelte-check checks the types of all other files as well.
 */
async function runChecks() {
  /** @type {[name: string, file: string, args: string[]][][]} */
  const lanes = [
    [
      ['lint of components', toolPath('eslint'), [...lintArguments, components]],
      ['types of core', toolPath('typescript', 'tsc'), ['-p', 'src/core']],
      ['types', toolPath('svelte-check'), svelteCheckArguments],
    ],
    [
      ['lint', toolPath('eslint'), [...lintArguments, '--ignore-pattern', components, '.']],
      ['format', toolPath('prettier'), formatArguments],
    ],
  ];
  let worst = 0;
  const run = async (/** @type {(typeof lanes)[number]} */ lane) => {
    for (const [name, file, args] of lane) {
      const { code, output } = await collectNode(file, args);
      console.log(`${name}: ${code === 0 ? 'ok' : 'failed'}`);
      if (code !== 0) console.log(output);
      worst = Math.max(worst, code);
    }
  };
  await Promise.all(lanes.map(run));
  return worst;
}

async function installBrowser() {
  const { ensureChromium } = await import('./chromium.mjs');
  console.log(await ensureChromium());
  return 0;
}

function runStories() {
  const program = toolPath('@playwright/test', 'playwright');
  return runNode(program, ['test', '--config', 'test/e2e/playwright.config.ts']);
}

/**
 * The numbers in a JSON file's object, or in one of its objects.
 * @param {string} file
 * @param {string} [key]
 */
function numbersIn(file, key) {
  const whole = /** @type {Record<string, unknown>} */ (JSON.parse(readFileSync(file, 'utf8')));
  return /** @type {Record<string, number>} */ (key ? whole[key] : whole);
}

/** @returns {Counts} */
function countVitest() {
  const {
    numPassedTests: passed = NaN,
    numFailedTests: failed = NaN,
    numPendingTests: skipped = NaN,
    numTodoTests: todo = NaN,
  } = numbersIn(vitestResult);
  return { passed, failed, skipped: skipped + todo };
}

/** @returns {Counts} */
function countPlaywright() {
  const {
    expected = NaN,
    unexpected = NaN,
    flaky = NaN,
    skipped = NaN,
  } = numbersIn(playwrightResult, 'stats');
  return { passed: expected, failed: unexpected + flaky, skipped };
}

/**
 * Run one stage and add its tests to the total. A stage that fails without a failed test (a check, a
 * crash) counts as one failure.
 * @param {(typeof stages)[number]} stage
 * @param {Counts} total
 */
async function runStage([name, run, counts], total) {
  console.log(`\n── ${name}`);
  const start = performance.now();
  let code = 1;
  try {
    code = await run();
  } catch (error) {
    console.error(error);
  }
  const failedBefore = total.failed;
  try {
    addTo(total, counts?.());
  } catch {
    console.error(`${name} left no result.`);
    code ||= 1;
  }
  if (code !== 0 && total.failed === failedBefore) total.failed += 1;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`── ${name}: ${code === 0 ? 'ok' : 'failed'}, ${seconds} s`);
  return code;
}

function addTo(/** @type {Counts} */ total, /** @type {Counts | undefined} */ counts) {
  if (!counts) return;
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}

rmSync(vitestResult, { force: true });
rmSync(playwrightResult, { force: true });
mkdirSync(results, { recursive: true });

const total = { passed: 0, failed: 0, skipped: 0 };
for (const stage of stages) {
  const code = await runStage(stage, total);
  if (code !== 0) {
    process.exitCode = code;
    break;
  }
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
