import { expect, test } from 'vitest';
import { progressLine } from '../../src/node/progress.ts';

function stream(
  isTTY: boolean,
  columns = 20,
): { text: string; isTTY: boolean; columns: number; write(text: string): void } {
  return {
    text: '',
    isTTY,
    columns,
    write(text) {
      this.text += text;
    },
  };
}

test('a terminal sees one line, rewritten and cut to its width, and a clean end', () => {
  const out = stream(true);
  const progress = progressLine(out, false);
  progress.update('Step 1', '1/2 a');
  progress.update('Step 1', '1/2 a');
  progress.update('Step 1', '2/2 a-very-long-name');
  progress.clear();
  progress.clear();
  const erase = '\r\u001b[2K';
  expect(out.text).toBe(`${erase}Step 1 1/2 a${erase}Step 1 2/2 a-very-l${erase}`);
});

test('elsewhere a line for each phase', () => {
  const out = stream(false);
  const progress = progressLine(out, false);
  progress.update('Step 1', '1/2');
  progress.update('Step 1', '2/2');
  progress.update('Writing');
  progress.clear();
  expect(out.text).toBe('Step 1\nWriting\n');
});

test('quiet says nothing', () => {
  const out = stream(true);
  const progress = progressLine(out, true);
  progress.update('Step 1');
  progress.clear();
  expect(out.text).toBe('');
});
