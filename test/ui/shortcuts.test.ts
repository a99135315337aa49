import { describe, expect, test } from 'vitest';

import { shortcutOf, shortcuts, type KeyPress } from '../../src/ui/shortcuts.ts';

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

const label = (pressed: KeyPress, single = true): string | undefined =>
  shortcutOf(pressed, single)?.label;

describe('shortcuts', () => {
  test('every key means one thing', () => {
    const keys = shortcuts.flatMap((one) => one.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('undo and redo go by Ctrl and by ⌘', () => {
    for (const held of [{ ctrlKey: true }, { metaKey: true }]) {
      expect(label(press('z', held))).toMatch(/^Undo/);
      expect(label(press('Z', { ...held, shiftKey: true }))).toMatch(/^Redo/);
      expect(label(press('y', held))).toMatch(/^Redo/);
    }
  });

  test('letters come without Shift, signs with whatever their keyboard needs', () => {
    expect(label(press('x'))).toBe('Swap the sides');
    expect(label(press('X', { shiftKey: true }))).toBeUndefined();
    expect(label(press('?', { shiftKey: true }))).toBe('Show this list');
    expect(label(press('?'))).toBe('Show this list');
    expect(label(press('p'))).toMatch(/variant before/);
  });

  test('keys of the browser stay the browser’s', () => {
    expect(label(press('r', { ctrlKey: true }))).toBeUndefined();
    expect(label(press('t', { metaKey: true }))).toBeUndefined();
    expect(label(press('d', { altKey: true }))).toBeUndefined();
    expect(label(press('1', { ctrlKey: true }))).toBeUndefined();
  });

  test('single keys can be switched off, the others stay', () => {
    for (const key of ['x', '?', '1', 'n']) expect(label(press(key), false)).toBeUndefined();
    expect(label(press('z', { ctrlKey: true }), false)).toMatch(/^Undo/);
  });
});
