/** The examples of data sets that the page offers are such as its own readers take. */
import { expect, test } from 'vitest';

import { labelledTexts } from '../../../src/tasks/data/labelled-texts.ts';
import { readRows } from '../../../src/tasks/data/rows.ts';
import { sentenceGroups } from '../../../src/tasks/data/sentences.ts';
import { readTexts } from '../../../src/tasks/data/texts.ts';
import { taskIds, type TaskId } from '../../../src/tasks/index.ts';
import { pairsFrom } from '../../../src/tasks/text-pairs.ts';
import { dataForms } from '../../../src/ui/lab/data-forms.ts';

const filesOf = (id: TaskId): ReadonlyMap<string, Blob> => {
  const { name, text } = dataForms[id].example!;
  return new Map([[name, new Blob([text])]]);
};

test('a text and its class', async () => {
  const rows = await readRows(filesOf('text-classification'));
  expect(labelledTexts(rows, ['negative', 'positive']).map(({ label }) => label)).toEqual([1, 0]);
});

test('two sentences and a score', async () => {
  const [group] = sentenceGroups(await readRows(filesOf('embeddings')));
  expect(group!.judged.map(({ score }) => score)).toEqual([5, 0]);
});

test('pairs of texts, and texts alone', async () => {
  expect((await pairsFrom(filesOf('sequence-to-sequence'))).map(({ target }) => target)).toEqual([
    'HH AH L OW',
    'W ER L D',
  ]);
  expect(await readTexts(filesOf('text-generation'))).toHaveLength(2);
});

test.each(taskIds)('%s says what it takes, and takes its example', (id) => {
  const { words, accept, example } = dataForms[id];
  expect(words).toMatch(/\.$/);
  if (example) expect(accept.split(',')).toContain(/\.\w+$/.exec(example.name)?.[0]);
});
