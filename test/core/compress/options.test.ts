import { describe, expect, test } from 'vitest';

import {
  parseOption,
  resolveOptions,
  type OptionSpecs,
} from '../../../src/core/compress/options.ts';

const described = { label: 'A label', help: 'Some help.' };
const specs = {
  share: { ...described, type: 'number', default: 0.5, min: 0, max: 1, step: 0.1, integer: false },
  size: {
    ...described,
    type: 'number',
    default: 32,
    min: 16,
    max: 256,
    step: 16,
    integer: true,
    zero: 'all',
  },
  mode: {
    ...described,
    type: 'choice',
    default: 'a',
    choices: [
      { value: 'a', label: 'A' },
      { value: 'b', label: 'B' },
    ],
  },
  bits: {
    ...described,
    type: 'choice',
    default: 4,
    choices: [
      { value: 4, label: '4' },
      { value: 8, label: '8' },
    ],
  },
  flag: { ...described, type: 'toggle', default: true },
} as const satisfies OptionSpecs;

describe('resolveOptions', () => {
  test('fills in the defaults', () => {
    const values = { share: 0.5, size: 32, mode: 'a', bits: 4, flag: true };
    expect(resolveOptions('here', specs)).toEqual(values);
    expect(resolveOptions('here', specs, { size: 0, flag: false })).toEqual({
      ...values,
      size: 0,
      flag: false,
    });
  });

  test.each([
    [{ share: 1.5 }, 'here.share is 1.5; give a number from 0 to 1.'],
    [{ share: NaN }, 'here.share is NaN; give a number from 0 to 1.'],
    [{ size: 17.5 }, 'here.size is 17.5; give a whole number from 16 to 256, or 0 for all.'],
    [{ size: 8 }, 'here.size is 8; give a whole number'],
    [{ mode: 'c' }, 'here.mode is "c"; give one of a, b.'],
    [{ flag: 'true' }, 'here.flag is "true"; give true or false.'],
    [{ share: undefined }, 'here.share is undefined; give a number'],
    [{ toString: 1 }, 'here has no option "toString". There are: share, size, mode, bits, flag.'],
  ])('refuses %j', (given, message) => {
    expect(() => resolveOptions('here', specs, given)).toThrow(message);
  });
});

describe('parseOption', () => {
  test.each([
    ['share', '0.25', 0.25],
    ['share', '1e-1', 0.1],
    ['size', '0', 0],
    ['mode', 'b', 'b'],
    ['bits', '8', 8],
    ['flag', 'false', false],
  ] as const)('%s from "%s"', (name, text, wanted) => {
    expect(parseOption(name, specs[name], text)).toBe(wanted);
  });

  test.each([
    ['share', '', 'share is ""; give a number from 0 to 1.'],
    ['share', 'half', 'share is "half"; give a number from 0 to 1.'],
    ['bits', '5', 'bits is "5"; give one of 4, 8.'],
    ['flag', 'yes', 'flag is "yes"; give true or false.'],
  ] as const)('refuses %s from "%s"', (name, text, message) => {
    expect(() => parseOption(name, specs[name], text)).toThrow(message);
  });
});
