/** Texts with the classes that people gave them. */
import { ModelError } from '../../core/errors.ts';
import { cellNamed, numberIn, textOf } from './columns.ts';
import type { DataRow } from './rows.ts';

export interface LabelledText {
  readonly text: string;
  /** Id of the class; absent where the row has none. */
  readonly label?: number;
}

const labelColumns = ['label', 'labels', 'class', 'category', 'sentiment', 'target', 'gold', 'y'];

/** `labels`: names of the classes by id. Errors: ModelError that names the row. */
export function labelledTexts(
  rows: readonly DataRow[],
  labels: readonly string[],
): readonly LabelledText[] {
  const ids = new Map(labels.map((name, id) => [plain(name), id]));
  const idIn = (cell: unknown): number | undefined => {
    const number = numberIn(cell);
    if (typeof cell === 'string' && ids.has(plain(cell))) return ids.get(plain(cell));
    return Number.isInteger(number) &&
      number! >= 0 &&
      (number! < labels.length || labels.length === 0)
      ? number
      : undefined;
  };
  return rows.map((row) =>
    Array.isArray(row.cells) ? fromList(row, row.cells, idIn) : fromColumns(row, idIn, labels),
  );
}

const plain = (name: string): string => name.trim().toLowerCase();

function fromColumns(
  row: DataRow,
  idIn: (cell: unknown) => number | undefined,
  labels: readonly string[],
): LabelledText {
  const cell = cellNamed(row, labelColumns);
  const text = textOf(row) ?? textBeside(row, cell);
  if (text === undefined) throw withoutText(row);
  if (cell === undefined || cell === null || cell === '') return { text };
  const label = idIn(cell);
  if (label !== undefined) return { text, label };
  const some = labels.slice(0, 6).map((name) => `"${name}"`);
  throw new ModelError(
    `${row.place}: ${JSON.stringify(cell).slice(0, 60)} is none of this model's classes, which are ${some.join(', ')}${labels.length > 6 ? ' …' : ''}. Give their names or ids.`,
  );
}

/** Where the label is a name, it is a text too, but not the one that is meant. */
function textBeside({ cells }: DataRow, label: unknown): string | undefined {
  const others = Object.values(cells).filter(
    (cell) => cell !== label && typeof cell === 'string' && numberIn(cell) === undefined,
  ) as string[];
  return others.length === 1 ? others[0] : undefined;
}

/** Columns without names: a class and a text, in whichever order. */
function fromList(
  row: DataRow,
  cells: readonly unknown[],
  idIn: (cell: unknown) => number | undefined,
): LabelledText {
  const at = cells.findIndex((cell) => idIn(cell) !== undefined);
  const texts = cells.filter((cell, index) => index !== at && typeof cell === 'string') as string[];
  const text = texts.sort((a, b) => b.length - a.length)[0];
  if (text === undefined) throw withoutText(row);
  const label = idIn(cells[at]);
  return { text, ...(label === undefined ? {} : { label }) };
}

const withoutText = ({ place }: DataRow): ModelError =>
  new ModelError(`${place} has no text. Name the columns "text" and "label".`);
