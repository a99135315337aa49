/** The command line of the training: what is wrong with it is said in a line, and nothing is written. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { main } from '../../../src/node/train/main.ts';

let said = '';
let complained = '';

/** Each call listens to the process: what it added goes with the test. */
const heard: readonly (readonly [NodeJS.EventEmitter, string])[] = [
  [process, 'SIGINT'],
  [process, 'SIGTERM'],
  [process.stdout, 'error'],
];
let before: (readonly unknown[])[] = [];

beforeEach(() => {
  [said, complained] = ['', ''];
  before = heard.map(([source, event]) => source.listeners(event));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complained += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  heard.forEach(([source, event], index) => {
    const added = source.listeners(event).filter((one) => !before[index]!.includes(one));
    for (const one of added) source.removeListener(event, one as () => void);
  });
});

test.each([[[]], [['--help']], [['digits', '-h']]])('help for %j', async (words) => {
  expect(await main(words)).toBe(0);
  expect(said).toMatch(/^Usage: npm run train -- MODEL \[options\]/);
  expect(said).toContain('digits, ');
  expect(complained).toBe('');
});

describe('a wrong command line is told in words, with exit code 2', () => {
  test.each([
    [['digit'], 'There is no embedded model "digit"; there are digits, '],
    [['digit'], ' Did you mean "digits"?\n'],
    [['toString'], 'There is no embedded model "toString"'],
    [['digits', 'storyteller'], 'Give one model; "storyteller" is too much.'],
    [['digits', '--steps', 'many'], '--steps is "many"; give a whole number from 1 on.'],
    [['digits', '--steps', '0'], '--steps is "0"; give a whole number from 1 on.'],
    [['digits', '--steps=-5'], '--steps is "-5"; give'],
    [['digits', '--threads', '1.5'], '--threads is "1.5"; give a whole number from 1 on.'],
    [['digits', '--seed', '1e3'], '--seed is "1e3"; give a whole number from 0 on.'],
    [['digits', '--step', '5'], "Unknown option '--step'"],
    [['digits', '--data'], "'--data <value>' argument missing"],
  ])('%j', async (words, message) => {
    expect(await main(words)).toBe(2);
    expect(complained).toMatch(/^train: /);
    expect(complained).toContain(message);
    expect(complained).not.toMatch(/\n\s+at /);
  });

  test('training material that is not there', async () => {
    expect(await main(['digits', '--data', 'no/such/folder'])).toBe(2);
    expect(complained).toMatch(
      /^train: The training material in ".*no[\\/]such[\\/]folder" has no ".+"\. Say where it lies with --data FOLDER\.\n$/,
    );
  });
});
