import { expect, test } from 'vitest';
import { printable, table, wrap } from '../../src/node/table.ts';

test('columns line up, numbers to the right, nothing trails', () => {
  const rows = [
    ['name', 'bytes', 'note'],
    ['conv', '1', ''],
    ['linear', '200', 'x'],
  ];
  expect(table(rows, [1])).toBe('name    bytes  note\nconv        1\nlinear    200  x');
});

test('a combining accent takes no column', () => {
  expect(
    table([
      ['e\u0301', 'x'],
      ['ab', 'y'],
    ]),
  ).toBe('e\u0301   x\nab  y');
});

test('names can not steer the terminal', () => {
  expect(table([['\u001b[2Jgone\r\n', 'x']])).toBe('�[2Jgone��  x');
  expect(printable('a\u202eb')).toBe('a�b');
});

test('wrap breaks at spaces; a long word stays whole', () => {
  expect(wrap('one two three', 7, ' ')).toBe(' one\n two\n three');
  expect(wrap('one two three', 9, ' ')).toBe(' one two\n three');
  expect(wrap('unbreakable', 4)).toBe('unbreakable');
});
