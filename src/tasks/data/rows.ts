/** Rows of a data set's files: tables, JSON, or lines of text. */
import { ModelError } from '../../core/errors.ts';
import { fileNameOf, isRecord, type Files } from '../files.ts';
import { csvRows, tsvRows } from './csv.ts';

export interface DataRow {
  /** For messages: `"test.tsv", row 3`. */
  readonly place: string;
  /** By column where columns have names; a list where they have none; or a text alone. */
  readonly cells: Readonly<Record<string, unknown>> | readonly unknown[] | string;
}

type Cells = DataRow['cells'];
type Read = (text: string, name: string) => readonly Cells[];

/** By the ending of the file's name. */
const readers: Readonly<Record<string, Read>> = {
  tsv: (text) => named(tsvRows(text)),
  csv: (text) => named(csvRows(text).filter((row) => row.some((cell) => cell !== ''))),
  jsonl: (text, name) => linesOf(text).map((line, index) => cellsOf(parsed(line, name, index + 1))),
  json: (text, name) => listIn(parsed(text, name)).map(cellsOf),
  txt: linesOf,
};

export const dataEndings = Object.keys(readers).map((ending) => `.${ending}`);

/** Rows of all files, in their order. Errors: ModelError that names the file at fault. */
export async function readRows(files: Files): Promise<readonly DataRow[]> {
  const rows: DataRow[] = [];
  for (const [path, blob] of files) {
    const name = fileNameOf(path);
    const read = readerOf(name);
    // A mark of the byte order would stick to the first column's name.
    const text = (await blob.text()).replace(/^\uFEFF/, '');
    read(text, name).forEach((cells, index) =>
      rows.push({ place: `"${name}", row ${index + 1}`, cells }),
    );
  }
  if (rows.length > 0) return rows;
  throw new ModelError(
    files.size === 0
      ? `No data was given. Give ${dataEndings.join(', ')} files.`
      : `There are no rows in ${[...files.keys()].map((path) => `"${fileNameOf(path)}"`).join(', ')}. Give a file with an example in each line.`,
  );
}

function readerOf(name: string): Read {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase().replace('ndjson', 'jsonl') ?? '';
  const read = Object.hasOwn(readers, ending) ? readers[ending] : undefined;
  if (read) return read;
  throw new ModelError(`"${name}" is no data set of texts. Give ${dataEndings.join(', ')} files.`);
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Names that columns have in data sets; a first row with one of them is a head. */
const columnName =
  /^(id|idx|index|text|texts|sentences?|sentence_?[12ab]|text_?[12ab]|first|second|premise|hypothesis|question|content|review|comment|tweet|document|body|story|labels?|class|category|sentiment|target|score|similarity|similarity_score|gold|y)$/i;

function named(table: readonly (readonly string[])[]): readonly Cells[] {
  const [head, ...rows] = table;
  if (!head?.some((cell) => columnName.test(cell.trim()))) return table;
  return rows.map((row) =>
    Object.fromEntries(head.map((name, at) => [name.trim(), row[at]] as const)),
  );
}

function parsed(text: string, name: string, line?: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ModelError(
      `"${name}"${line === undefined ? '' : `, line ${line}`} is no JSON: ${why}.`,
    );
  }
}

/** The list itself, the list in an object, or lists by column. */
function listIn(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  if (!isRecord(json)) return [json];
  const lists = Object.entries(json).filter((entry): entry is [string, unknown[]] =>
    Array.isArray(entry[1]),
  );
  const [first] = lists;
  if (!first) return [json];
  const isColumns = first[1].every((cell) => !isRecord(cell) && !Array.isArray(cell));
  if (!isColumns) return first[1];
  return (
    lists[0]?.[1].map((_, at) => Object.fromEntries(lists.map(([key, list]) => [key, list[at]]))) ??
    []
  );
}

/** The data sets server of the Hub wraps rows once more. */
function cellsOf(json: unknown): Cells {
  if (isRecord(json)) return isRecord(json['row']) ? json['row'] : json;
  if (Array.isArray(json)) return json as unknown[];
  return typeof json === 'string' ? json : [json];
}
