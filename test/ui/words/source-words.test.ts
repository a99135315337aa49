import { expect, test } from 'vitest';

import type { Source } from '../../../src/store/entry.ts';
import { sourceWords } from '../../../src/ui/words/source-words.ts';

const hub = {
  kind: 'hub',
  host: 'https://huggingface.co',
  repo: 'owner/name',
  commit: 'f'.repeat(40),
  path: 'onnx/model.onnx',
} as const;

test.each<[Source | undefined, string]>([
  [undefined, ''],
  [{ kind: 'embedded', id: 'digits' }, 'comes with this page'],
  [{ kind: 'files' }, 'opened from a file'],
  [{ kind: 'url', url: 'https://example.org:8080/a/model.onnx?x=1' }, 'from example.org:8080'],
  [{ kind: 'url', url: 'not an address' }, 'from not an address'],
  [{ ...hub, revision: 'main' }, 'from huggingface.co, owner/name, main'],
  [
    { ...hub, revision: '0123456789abcdef0123456789abcdef01234567' },
    'from huggingface.co, owner/name, 01234567',
  ],
])('%j: %s', (source, words) => {
  expect(sourceWords(source)).toBe(words);
});
