import { describe, expect, test } from 'vitest';
import { positionals, readArguments, type Flags } from '../../src/node/arguments.ts';

const flags: Flags = {
  recipe: { value: 'NAME', short: 'r', help: '' },
  set: { value: 'A=B', multiple: true, help: '' },
  seed: { value: 'N', help: '' },
  json: { help: '' },
};
const read = (...words: string[]): ReturnType<typeof readArguments> => readArguments(words, flags);

test('flags and paths in any order, values beside or after "="', () => {
  const given = read('a.onnx', '--recipe', 'int4', '--json', '--seed=-3', 'b.onnx');
  expect(given.positionals).toEqual(['a.onnx', 'b.onnx']);
  expect(given.text('recipe')).toBe('int4');
  expect(given.has('json')).toBe(true);
  expect(given.integer('seed', 0, -10)).toBe(-3);
});

test('a flag without "multiple" keeps its last value, one with it keeps all', () => {
  const given = read('-r', 'one', '-r', 'two', '--set', 'a=1', '--set', 'b=2');
  expect(given.all('recipe')).toEqual(['two']);
  expect(given.all('set')).toEqual(['a=1', 'b=2']);
  expect(read().text('recipe')).toBeUndefined();
  expect(read().integer('seed', 7, 0)).toBe(7);
});

test('after "--" everything is a path; "-5" is a value', () => {
  expect(read('--', '--recipe').positionals).toEqual(['--recipe']);
  expect(read('--seed', '-5').text('seed')).toBe('-5');
});

describe('what is wrong is named', () => {
  test.each([
    [['--recip', 'x'], 'There is no flag --recip. Did you mean "--recipe"?'],
    [['--nonsense'], 'There is no flag --nonsense.'],
    [['-x'], 'There is no flag -x.'],
    [['--recipe'], '--recipe needs a value: --recipe NAME.'],
    [['--recipe', '--json'], '--recipe needs a value: --recipe NAME.'],
    [['--recipe='], '--recipe needs a value: --recipe NAME.'],
    [['--json=yes'], '--json takes no value. Leave out "=yes".'],
  ])('%j', (words, message) => {
    expect(() => read(...words)).toThrow(
      expect.objectContaining({ name: 'UsageError', message }) as Error,
    );
  });

  test.each(['x', '1.5', '1e3', '', '9007199254740993', '-1'])('--seed=%s', (text) => {
    expect(() => read(`--seed=${text}`).integer('seed', 0, 0)).toThrow(
      /whole number|needs a value/,
    );
  });
});

test('too few and too many paths', () => {
  expect(positionals(['a', 'b'], ['A', 'B'])).toEqual(['a', 'b']);
  expect(() => positionals(['a'], ['A', 'B'])).toThrow('B is missing.');
  expect(() => positionals(['a', 'b'], ['A'])).toThrow('"b" is one argument too many.');
});
