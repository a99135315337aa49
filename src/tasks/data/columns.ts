/** Finds the cells that a task asks for, by the names that columns go by. */
import type { DataRow } from './rows.ts';

/** The cell of the first of these columns that a row has; undefined where it has none. */
export function cellNamed({ cells }: DataRow, names: readonly string[]): unknown {
  if (typeof cells === 'string' || Array.isArray(cells)) return undefined;
  const entries = Object.entries(cells).map(([key, cell]) => [key.toLowerCase(), cell] as const);
  for (const name of names) {
    const found = entries.find(([key]) => key === name);
    if (found) return found[1];
  }
  return undefined;
}

/** A cell as a number; undefined where it is none. */
export function numberIn(cell: unknown): number | undefined {
  const number = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : cell;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

const textColumns = [
  'text',
  'sentence',
  'content',
  'review',
  'comment',
  'tweet',
  'document',
  'body',
  'story',
  'question',
  'title',
  'texts',
  'sentences',
];

/** The text of a row: the column that is named so, the only text, or the row itself. */
export function textOf(row: DataRow): string | undefined {
  const { cells } = row;
  if (typeof cells === 'string') return cells;
  const named = cellNamed(row, textColumns);
  if (typeof named === 'string') return named;
  const texts = Object.values(cells).filter((cell) => typeof cell === 'string');
  const words = texts.filter((cell) => numberIn(cell) === undefined);
  return words.length === 1 ? words[0] : undefined;
}
