import { openAsBlob } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ModelError, RecipeError, RuntimeError } from '../../src/core/errors.ts';
import { explain } from '../../src/node/explain.ts';
import { UsageError } from '../../src/node/usage.ts';
import { temporaryFolder } from './small-models.ts';

const coded = (code: string): Error => Object.assign(new Error('as the system says it'), { code });

test.each<[error: unknown, code: 1 | 2, message: RegExp]>([
  [new UsageError('words'), 2, /^words$/],
  [new RecipeError('words'), 2, /^words$/],
  [new ModelError('words'), 1, /^words$/],
  [new RuntimeError('words'), 1, /^words$/],
  [coded('ENOSPC'), 1, /disk is full\. Make room.*as the system says it/],
  [coded('EACCES'), 1, /may not be written to/],
  [new TypeError('a mistake of ours'), 1, /should not happen.*a mistake of ours/],
  ['text', 1, /^text$/],
])('%s', (error, code, message) => {
  expect(explain(error)).toMatchObject({ code, message: expect.stringMatching(message) as string });
});

test('a file that changes under way', async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'w.bin');
  await writeFile(path, 'before');
  const blob = await openAsBlob(path);
  await writeFile(path, 'afterwards');
  const error = await blob.text().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await folder.remove();
  expect(explain(error).message).toMatch(/changed or vanished while it was read/);
});
