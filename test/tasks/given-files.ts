/** Files for tests that need no disk. */
import type { Files } from '../../src/tasks/files.ts';

/** Files from their contents, by name; what is no text becomes JSON. */
export const given = (files: Readonly<Record<string, unknown>>): Files =>
  new Map(
    Object.entries(files).map(([name, content]) => [
      name,
      new Blob([typeof content === 'string' ? content : JSON.stringify(content)]),
    ]),
  );
