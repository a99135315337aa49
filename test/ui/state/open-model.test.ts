import { beforeEach, expect, test, vi } from 'vitest';

import { compressInWorker } from '../../../src/bridge/compressor.ts';
import { openSide, type Side } from '../../../src/bridge/side.ts';
import { presets } from '../../../src/core/compress/presets.ts';
import { parseRecipe, type Recipe } from '../../../src/core/compress/recipe.ts';
import type { Entry } from '../../../src/store/entry.ts';
import type { StoredBench } from '../../../src/store/variants-store.ts';
import { OpenModel } from '../../../src/ui/state/open-model.ts';
import { variantId } from '../../../src/ui/state/variants.svelte.ts';

const here = vi.hoisted(() => ({
  entries: [] as Entry[],
  removed: [] as string[],
  benches: new Map<string, StoredBench>(),
}));

vi.mock('../../../src/bridge/compressor.ts', () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  return {
    compressInWorker: vi.fn(),
    targetsInWorker: never,
    ledgerInWorker: never,
    codedBytesInWorker: never,
  };
});
vi.mock('../../../src/bridge/side.ts', () => ({ openSide: vi.fn() }));
vi.mock('../../../src/store/database.ts', async (original) => ({
  ...(await original<object>()),
  openBenches: () => ({
    table: {
      get: (key: string) => Promise.resolve(here.benches.get(key)),
      set: (key: string, value: StoredBench) =>
        Promise.resolve(void here.benches.set(key, structuredClone(value))),
    },
    exclusively: (work: () => unknown) => work(),
  }),
}));
vi.mock('../../../src/ui/state/library.svelte.ts', () => ({
  library: {
    get entries() {
      return here.entries;
    },
    save: (file: { name: string }, madeFrom?: Entry['madeFrom']) => {
      const entry = { ...entryOf(file.name), ...(madeFrom ? { madeFrom } : {}) };
      here.entries = [...here.entries, entry];
      return Promise.resolve(entry);
    },
    remove: (ids: string[]) => Promise.resolve(void here.removed.push(...ids)),
    load: () => Promise.reject(new Error('gone')),
  },
}));

const entryOf = (id: string): Entry => ({ id, name: id, files: [], bytes: 4, added: 1 });
const none = new Map<string, Blob>();
const step = (bits: number): Recipe =>
  parseRecipe({ version: 1, steps: [{ technique: 'quantize-block', options: { bits } }] });
const id = (recipe: Recipe): string => variantId(recipe, '');
const stored = (): string[] =>
  here.entries.flatMap(({ id: one, madeFrom }) => (madeFrom ? [one] : []));

beforeEach(() => {
  [here.entries, here.removed] = [[], []];
  here.benches.clear();
  vi.mocked(compressInWorker).mockImplementation((_, recipe) => {
    const trace = [{ step: (recipe as Recipe).steps[0]!, changes: [{}], notes: [] }] as never;
    return Promise.resolve({ onnx: new Blob(['made']), external: none, trace, sha256: '' });
  });
  vi.mocked(openSide).mockImplementation((_, device) => {
    const lost = new Promise<string>(() => undefined);
    return Promise.resolve({ device, lost, close: () => undefined } as Side);
  });
});

/** A model that was just opened, is stored as `model`, and shows its 8-bit version. */
async function opened(recall?: string, first?: Recipe): Promise<OpenModel> {
  const file = { name: 'model', onnx: new Blob(['original']), external: none, extras: none };
  const inspection = { weights: [], inputs: [], outputs: [] } as never;
  const open = new OpenModel({ file, inspection, inputs: [], unrunnable: 'No input.' });
  if (recall === undefined) await open.store();
  else await open.recall({ id: recall });
  open.start(first ? { first } : {});
  return open;
}

/** Patient: the machine may be busy. */
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 4000 });

const shows = (open: OpenModel, recipe: Recipe): Promise<void> =>
  soon(() => expect(open.workspace.shown.compressed).toBe(id(recipe)));

test('presets that were shown lie in the library, other recipes only as records', async () => {
  const open = await opened();
  await shows(open, presets.int8.recipe);
  await open.workspace.make(presets.int2.recipe);
  open.workspace.recipe.replace(step(3));
  await shows(open, step(3));
  await soon(() => expect(stored()).toEqual(['model-int8']));
  open.stop();
  await soon(() => expect(here.benches.get('model')?.variants).toHaveLength(4));
});

test('a model shows first what its card promised; later what was left on its bench', async () => {
  const open = await opened(undefined, presets.int4.recipe);
  await shows(open, presets.int4.recipe);
  open.workspace.recipe.replace(step(3));
  await shows(open, step(3));
  open.stop();
  await soon(() => expect(here.benches.get('model')?.shown.compressed).toBe(id(step(3))));
  await shows(await opened('model', presets.int4.recipe), step(3));
});

test('what gets a name or a pin is stored, and what is deleted is deleted there too', async () => {
  const open = await opened();
  await shows(open, presets.int8.recipe);
  open.workspace.recipe.replace(step(3));
  await shows(open, step(3));
  open.workspace.variants.pin(id(step(3)), true);
  await soon(() => expect(open.workspace.variants.get(id(step(3)))?.entry).toBeDefined());
  const { entry } = open.workspace.variants.get(id(step(3)))!;
  open.workspace.variants.remove(id(step(3)));
  expect(here.removed).toEqual([entry]);
});

test('an entry that was deleted elsewhere stays deleted, and its variant a record', async () => {
  const open = await opened();
  await shows(open, presets.int8.recipe);
  await soon(() => expect(stored()).toEqual(['model-int8']));
  here.entries = [entryOf('model')];
  open.keepOnly(new Set(['model']));
  await Promise.resolve();
  expect(stored()).toEqual([]);
  const record = open.workspace.variants.get(id(presets.int8.recipe));
  expect(record).toMatchObject({ number: 1 });
  expect(record?.entry).toBeUndefined();
});

test('a model that is opened again finds its results of old, its records and its bench', async () => {
  const open = await opened();
  await shows(open, presets.int8.recipe);
  open.workspace.recipe.replace(step(3));
  await shows(open, step(3));
  await open.workspace.show('original', id(presets.int8.recipe));
  open.workspace.edit('original');
  open.stop();
  await soon(() => expect(here.benches.get('model')?.shown.compressed).toBe(id(step(3))));
  const old = { id: 'model', recipe: step(5) };
  here.entries = [entryOf('model'), { ...entryOf('of old'), madeFrom: old }];

  const again = await opened('model');
  await soon(() =>
    expect(again.workspace.shown).toEqual({
      original: id(presets.int8.recipe),
      compressed: id(step(3)),
    }),
  );
  expect(again.workspace.editing).toBe('original');
  expect(again.workspace.variants.get(id(step(5)))).toMatchObject({ entry: 'of old' });
  // Its entry is gone, and it was made again from its recipe.
  expect(again.workspace.variants.get(id(presets.int8.recipe))?.parent).toBe('original');
});
