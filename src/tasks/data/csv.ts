/** Tables as text. */

/**
 * Rows of comma-separated values (RFC 4180): cells in quotes may hold separators, line breaks and
 * doubled quotes. A quote that is not at a cell's beginning stands for itself.
 */
export function csvRows(text: string, separator = ','): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const [cell, end] = text[at] === '"' ? quoted(text, at) : plain(text, at, separator);
    row.push(cell);
    at = end;
    if (text[at] === separator) {
      at++;
      // A separator at the very end is followed by an empty cell.
      if (at === text.length) row.push('');
    } else {
      at += text.startsWith('\r\n', at) ? 2 : 1;
      rows.push(row);
      row = [];
    }
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

/** The cell, and where it ends. */
function quoted(text: string, start: number): [string, number] {
  let cell = '';
  let at = start + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) return [cell + text.slice(at), text.length];
    cell += text.slice(at, end);
    if (text[end + 1] !== '"') return [cell, end + 1];
    cell += '"';
    at = end + 2;
  }
}

function plain(text: string, start: number, separator: string): [string, number] {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== '\n') {
    if (text.startsWith('\r\n', end)) break;
    end++;
  }
  return [text.slice(start, end), end];
}

/** Rows of tab-separated values, in which quotes stand for themselves; empty lines are left out. */
export const tsvRows = (text: string): string[][] =>
  text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
