/** What a visitor does with an entry: a name, a pin, a copy. Each reads and writes under the lock. */
import { contentOf, freshId, type Entry } from './entry.ts';
import { StoreError } from './errors.ts';
import { list, type Storage } from './library.ts';

/** Names are shown and become file names: a line of them is enough. */
const longestName = 120;

/** Gives an entry another name. Errors: StoreError for no name, and where the entry is gone. */
export async function rename(storage: Storage, id: string, given: string): Promise<Entry> {
  const name = given
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, longestName);
  if (name === '') throw new StoreError('A model needs a name. Give at least one letter.');
  return change(storage, id, (entry) => ({ ...entry, name, renamed: true }));
}

/** Pins an entry, or takes the pin out. Errors: StoreError where the entry is gone. */
export async function pin(storage: Storage, id: string, pinned: boolean): Promise<Entry> {
  return change(storage, id, (entry) => ({ ...entry, pinned }));
}

/**
 * A further entry of the same model, which takes no further bytes: results are made from it apart from
 * those of the other. Errors: StoreError where the entry is gone.
 */
export async function duplicate(storage: Storage, id: string): Promise<Entry> {
  return storage.exclusively(async () => {
    const entries = await list(storage);
    const entry = found(entries.find((one) => one.id === id));
    const content = contentOf(entry);
    const copy: Entry = {
      ...entry,
      id: freshId(content, entries),
      content,
      name: freshName(entry.name, entries),
      added: storage.now(),
      copy: true,
      pinned: false,
      renamed: true,
    };
    await storage.entries.set(copy.id, copy);
    return copy;
  });
}

/** `digits copy`, `digits copy 2` … */
function freshName(name: string, entries: readonly Entry[]): string {
  const names = new Set(entries.map((entry) => entry.name));
  const stem = `${name.replace(/ copy( \d+)?$/, '')} copy`;
  let copy = stem;
  for (let number = 2; names.has(copy); number++) copy = `${stem} ${number}`;
  return copy;
}

async function change(storage: Storage, id: string, edit: (entry: Entry) => Entry): Promise<Entry> {
  return storage.exclusively(async () => {
    const entry = edit(found(await storage.entries.get(id)));
    await storage.entries.set(id, entry);
    return entry;
  });
}

function found(entry: Entry | undefined): Entry {
  if (entry) return entry;
  throw new StoreError('This model is no longer stored here: it was deleted in another tab.');
}
