/** Whole texts, one after the other. */
import { ModelError } from '../../core/errors.ts';
import { fileNameOf, type Files } from '../files.ts';
import type { Given } from '../task.ts';
import { textOf } from './columns.ts';
import { readRows } from './rows.ts';

/** A text file is one text; of tables and lists each row is one. Errors: ModelError that names the file or row. */
export async function readTexts(files: Files): Promise<readonly { name: string; text: string }[]> {
  const texts: { name: string; text: string }[] = [];
  for (const [path, blob] of files) {
    if (/\.txt$/i.test(path)) {
      texts.push({ name: fileNameOf(path), text: await blob.text() });
      continue;
    }
    for (const row of await readRows(new Map([[path, blob]]))) {
      const text = textOf(row);
      if (text === undefined) {
        throw new ModelError(`${row.place} has no text. Name the column "text".`);
      }
      texts.push({ name: row.place, text });
    }
  }
  return texts;
}

/** A text that was typed, or a text file. Errors: ModelError for other files. */
export async function textGiven(given: Given): Promise<string> {
  if ('text' in given) return given.text;
  const { name, blob } = given.file;
  if (/\.(txt|md)$/i.test(name)) return blob.text();
  throw new ModelError(`"${name}" is no text. Give words, or a .txt file.`);
}
