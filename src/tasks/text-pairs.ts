/** Texts with their right answers from .tsv files: a line for each, a tab between the two. */
import { ModelError } from '../core/errors.ts';
import type { Files } from './files.ts';
import type { Example } from './task.ts';

type TextPair = Example<{ readonly text: string }, string>;

/**
 * The pairs of every .tsv file; empty lines don't count. Errors: ModelError that names the line that is
 * no pair, or says that there is no such file.
 */
export async function pairsFrom(files: Files): Promise<readonly TextPair[]> {
  const found: TextPair[] = [];
  for (const [path, blob] of files) {
    if (!/\.tsv$/i.test(path)) continue;
    const lines = (await blob.text()).replace(/^\uFEFF/, '').split(/\r?\n/);
    for (const [index, line] of lines.entries()) {
      if (line.trim() === '') continue;
      const [text = '', target, ...more] = line.split('\t');
      if (text === '' || target === undefined || more.length > 0) {
        throw new ModelError(
          `Line ${index + 1} of "${path}" is no text and answer with one tab between them.`,
        );
      }
      found.push({ name: text, input: { text }, target });
    }
  }
  if (found.length > 0) return found;
  throw new ModelError(
    'There is no .tsv file with pairs among the data. Give one with a text, a tab and the right answer on each line.',
  );
}
