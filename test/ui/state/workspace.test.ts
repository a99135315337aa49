import { beforeEach, describe, expect, test, vi } from 'vitest';

import { compressInWorker } from '../../../src/bridge/compressor.ts';
import { openSide, type Side } from '../../../src/bridge/side.ts';
import { presets } from '../../../src/core/compress/presets.ts';
import { parseRecipe, type Recipe } from '../../../src/core/compress/recipe.ts';
import type { ModelFiles } from '../../../src/core/runtime.ts';
import { locked } from '../../../src/ui/state/locks.svelte.ts';
import type { Result } from '../../../src/ui/state/result.ts';
import type { Variant } from '../../../src/ui/state/variant.ts';
import { variantId } from '../../../src/ui/state/variants.svelte.ts';
import { Workspace } from '../../../src/ui/state/workspace.svelte.ts';

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
vi.mock('../../../src/bridge/task.ts', () => ({ openTask: () => new Promise(() => undefined) }));

const none = new Map<string, Blob>();
const original = new Blob(['the original model']);
const step = (bits: number): Recipe =>
  parseRecipe({ version: 1, steps: [{ technique: 'quantize-block', options: { bits } }] });
const training = parseRecipe({ version: 1, steps: [{ technique: 'distill' }] });
const id = (recipe: Recipe): string => variantId(recipe, '');

/** Bytes of what a recipe makes; more than a gigabyte of blobs is cheap to say. */
let size: number;
/** Results of the library, by entry. */
let stored: Map<string, Result>;

beforeEach(() => {
  size = 4;
  stored = new Map();
  vi.mocked(compressInWorker).mockReset();
  vi.mocked(compressInWorker).mockImplementation(() => {
    const onnx = { size } as Blob;
    return Promise.resolve({ onnx, external: none, trace: [], sha256: '' });
  });
  vi.mocked(openSide).mockReset();
  vi.mocked(openSide).mockImplementation((_, device) => {
    const lost = new Promise<string>(() => undefined);
    return Promise.resolve({ device, lost, close: () => undefined } as Side);
  });
});

function workspaceWith() {
  const made: Variant[] = [];
  const file = { name: 'model', onnx: original, external: none, extras: none };
  const inspection = { weights: [], inputs: [], outputs: [] } as never;
  const workspace = new Workspace(
    { file, inspection, inputs: [], unrunnable: 'It takes no input.' },
    {
      load: (entry) => Promise.resolve(stored.get(entry)),
      made: (variant) => made.push(variant),
      changed: () => undefined,
      words: '',
    },
  );
  return { workspace, made };
}

/** A workspace whose 8-bit version is there. */
async function begun() {
  const all = workspaceWith();
  all.workspace.start();
  await standing(all.workspace, 'original', id(presets.int8.recipe));
  return all;
}

const standing = (workspace: Workspace, left: string, right: string): Promise<void> =>
  // Patient: the machine may be busy.
  vi.waitFor(() => expect(workspace.shown).toEqual({ original: left, compressed: right }), {
    timeout: 4000,
  });
const compressed = (): number => vi.mocked(compressInWorker).mock.calls.length;
const opened = (): readonly ModelFiles[] => vi.mocked(openSide).mock.calls.map(([files]) => files);

test('a model begins with its 8-bit version, called by the sides’ usual names', async () => {
  const { workspace, made } = await begun();
  expect(workspace.names).toEqual({ original: 'Original', compressed: 'Compressed' });
  expect(workspace.result).toMatchObject({ number: 1, parent: 'original', bytes: 4 });
  expect(made.map((one) => one.id)).toEqual([workspace.shown.compressed]);
});

describe('an edited recipe', () => {
  test('makes a variant of the one that stood there, which stays until then', async () => {
    const { workspace } = await begun();
    let finish: () => void = () => undefined;
    vi.mocked(compressInWorker).mockImplementation(
      () =>
        new Promise((resolve) => {
          finish = () => resolve({ onnx: original, external: none, trace: [], sha256: '' });
        }),
    );
    workspace.recipe.replace(step(3));
    await vi.waitFor(() => expect(workspace.work.status).toBe('working'));
    expect(workspace.shown.compressed).toBe(id(presets.int8.recipe));
    finish();
    await standing(workspace, 'original', id(step(3)));
    expect(workspace.result?.parent).toBe(id(presets.int8.recipe));
    expect(workspace.work.status).toBe('idle');
  });

  test('that was made before is there at once, with no work', async () => {
    const { workspace } = await begun();
    workspace.recipe.replace(step(3));
    await standing(workspace, 'original', id(step(3)));
    const before = compressed();
    workspace.recipe.undo();
    await Promise.resolve();
    await Promise.resolve();
    await standing(workspace, 'original', id(presets.int8.recipe));
    expect(compressed()).toBe(before);
    expect(workspace.variants.all).toHaveLength(3);
  });

  test('that fails leaves what stood there, and says why', async () => {
    const { workspace } = await begun();
    vi.mocked(compressInWorker).mockRejectedValue(new Error('There was not enough memory.'));
    workspace.recipe.replace(step(3));
    await vi.waitFor(() => expect(workspace.work.status).toBe('failed'));
    expect(workspace.work).toMatchObject({ problem: { text: 'There was not enough memory.' } });
    expect(workspace.shown.compressed).toBe(id(presets.int8.recipe));
    expect(workspace.compressed.status.status).toBe('ready');
  });

  test('whose variant can’t be opened leaves the one that ran, and says what failed', async () => {
    const { workspace } = await begun();
    await vi.waitFor(() => expect(workspace.compressed.status.status).toBe('ready'));
    vi.mocked(openSide).mockRejectedValueOnce(new Error('The operator Foo is unknown.'));
    workspace.recipe.replace(step(3));
    await vi.waitFor(() => expect(workspace.work.status).toBe('failed'));
    expect(workspace.work).toMatchObject({
      problem: {
        title: expect.stringMatching(/could not be opened here\.$/) as string,
        text: 'The operator Foo is unknown. “8-bit” goes on.',
      },
    });
    expect(workspace.shown.compressed).toBe(id(presets.int8.recipe));
    expect(workspace.compressed.status.status).toBe('ready');
    // The recipe stays in the visitor's hands, and its bytes are there: another try is quick.
    expect(workspace.recipe.recipe).toEqual(step(3));
    const before = compressed();
    workspace.retry();
    await standing(workspace, 'original', id(step(3)));
    expect([workspace.work.status, compressed()]).toEqual(['idle', before]);
  });

  test('that overtakes another one and can’t be opened leaves the one before both', async () => {
    const { workspace } = await begun();
    await vi.waitFor(() => expect(workspace.compressed.status.status).toBe('ready'));
    vi.mocked(openSide).mockImplementationOnce(() => new Promise(() => undefined));
    workspace.recipe.replace(step(3));
    await standing(workspace, 'original', id(step(3)));
    vi.mocked(openSide).mockRejectedValueOnce(new Error('The operator Foo is unknown.'));
    workspace.recipe.replace(step(2));
    await vi.waitFor(() => expect(workspace.work.status).toBe('failed'));
    expect(workspace.shown.compressed).toBe(id(presets.int8.recipe));
  });

  test('without steps leaves the right side empty, and the left one the original', async () => {
    const { workspace } = await begun();
    const [item] = workspace.recipe.items;
    workspace.recipe.remove(item!.key);
    await standing(workspace, 'original', '');
    expect(workspace.compressed.status.status).toBe('empty');
    expect(workspace.result).toBeUndefined();
  });
});

describe('any variant on any side', () => {
  test('is called by its name, and the recipe of its side is its own', async () => {
    const { workspace } = await begun();
    const { id: two } = await workspace.make(presets.int2.recipe);
    expect(workspace.shown).toEqual({ original: 'original', compressed: id(presets.int8.recipe) });
    await workspace.show('original', two);
    expect(workspace.names).toEqual({ original: '2-bit', compressed: '8-bit' });
    expect(workspace.original.title).toBe('2-bit');
    expect(workspace.recipe.recipe).toEqual(presets.int8.recipe);
    workspace.edit('original');
    expect(workspace.recipe.recipe).toEqual(presets.int2.recipe);
    workspace.recipe.replace(step(3));
    await standing(workspace, id(step(3)), id(presets.int8.recipe));
    expect(workspace.variantOn('original')?.parent).toBe(two);
    workspace.variants.rename(id(step(3)), 'three');
    expect(workspace.nameOf('original')).toBe('three');
  });

  test('twice is told apart by its place', async () => {
    const { workspace } = await begun();
    await workspace.copyAcross('compressed');
    expect(workspace.names).toEqual({ original: '8-bit, left', compressed: '8-bit, right' });
    expect(workspace.editing).toBe('original');
    expect(workspace.recipe.recipe).toEqual(presets.int8.recipe);
    expect(compressed()).toBe(1);
  });

  test('swapped opens no model anew, and the same recipe is edited', async () => {
    const { workspace } = await begun();
    await vi.waitFor(() => expect(workspace.compressed.status.status).toBe('ready'));
    const [left, right] = [workspace.original, workspace.compressed];
    const [before, generation] = [opened().length, workspace.generation];
    workspace.swap();
    expect(opened()).toHaveLength(before);
    expect(workspace.shown).toEqual({ original: id(presets.int8.recipe), compressed: 'original' });
    expect([workspace.original, workspace.compressed]).toEqual([right, left]);
    expect(workspace.generation).toBeGreaterThan(generation);
    expect(workspace.editing).toBe('original');
    expect(workspace.recipe.recipe).toEqual(presets.int8.recipe);
    expect(workspace.names).toEqual({ original: '8-bit', compressed: 'Original' });
  });

  test('is not swapped while the right side is empty', async () => {
    const { workspace } = await begun();
    workspace.recipe.remove(workspace.recipe.items[0]!.key);
    await standing(workspace, 'original', '');
    workspace.swap();
    expect(workspace.shown.original).toBe('original');
  });

  test('whose bytes are gone is made again by its recipe', async () => {
    const { workspace } = await begun();
    size = 300_000_000;
    await workspace.make(step(3));
    await workspace.make(step(4));
    const before = compressed();
    expect((await workspace.filesOf(id(step(4)))).onnx.size).toBe(size);
    expect(compressed()).toBe(before);
    expect((await workspace.filesOf(id(step(3)))).onnx.size).toBe(size);
    expect(compressed()).toBe(before + 1);
    expect(workspace.variants.all).toHaveLength(4);
  });

  test('that stands on a side stays at hand, with its newest name, however large', async () => {
    const { workspace } = await begun();
    size = 900_000_000;
    workspace.recipe.replace(step(3));
    await standing(workspace, 'original', id(step(3)));
    workspace.variants.rename(id(step(3)), 'three');
    expect(workspace.atHand(id(step(3)))).toMatchObject({ name: 'three', bytes: size });
    const before = compressed();
    await workspace.filesOf(id(step(3)));
    expect(compressed()).toBe(before);
  });

  test('that lies in the library is read from there', async () => {
    const { workspace } = await begun();
    const known = { recipe: step(3), samples: '', bytes: 9, parent: 'original' };
    const { id: three } = workspace.variants.add(known);
    workspace.variants.place(three, 'entry');
    const files = { onnx: original, external: none };
    stored.set('entry', { recipe: step(3), files, bytes: 9, trace: [] });
    const before = compressed();
    await workspace.show('compressed', three);
    expect(workspace.result?.files).toBe(files);
    expect(compressed()).toBe(before);
  });

  test('that was trained, and whose bytes are gone, is not trained again unasked', async () => {
    const { workspace } = await begun();
    const known = { recipe: training, samples: '', bytes: 9, parent: 'original' };
    const { id: trained } = workspace.variants.add(known);
    workspace.variants.place(trained, 'gone');
    await workspace.show('compressed', trained);
    expect(workspace.work).toMatchObject({
      status: 'failed',
      problem: { text: expect.stringMatching(/Apply the recipe to make it again/) as string },
    });
    expect(workspace.recipe.recipe).toEqual(training);
    expect(workspace.shown.compressed).toBe(id(presets.int8.recipe));
    expect(workspace.variants.get(trained)?.entry).toBeUndefined();
  });
});

test('variants that a link keeps stay where they are, but for the link itself', async () => {
  const { workspace } = await begun();
  const int8 = id(presets.int8.recipe);
  locked.set({ variants: 'locked' });
  try {
    await workspace.show('compressed', 'original');
    await workspace.copyAcross('compressed');
    workspace.swap();
    expect(workspace.shown).toEqual({ original: 'original', compressed: int8 });
    await workspace.show('original', int8, 'link');
    expect(workspace.shown).toEqual({ original: int8, compressed: int8 });
  } finally {
    locked.unlock();
  }
});

test('the bench of an earlier session stands again', async () => {
  const { workspace } = workspaceWith();
  for (const recipe of [step(2), step(4)]) {
    workspace.variants.add({ recipe, samples: '', bytes: 9, parent: 'original' });
  }
  const earlier = { original: id(step(2)), compressed: id(step(4)) };
  workspace.start({ earlier, editing: 'original' });
  // Until then it is what is kept.
  expect(workspace.standing).toEqual(earlier);
  await standing(workspace, id(step(2)), id(step(4)));
  expect([workspace.editing, workspace.recipe.recipe]).toEqual(['original', step(2)]);
  expect(workspace.recipe.canUndo).toBe(false);
  workspace.edit('compressed');
  expect(workspace.recipe.recipe).toEqual(step(4));
});

test('a bench of variants that nobody knows any more shows the original', async () => {
  const { workspace } = workspaceWith();
  workspace.start({ earlier: { original: 'lost', compressed: 'lost' } });
  await vi.waitFor(() => expect(workspace.original.status.status).toBe('ready'));
  expect(workspace.shown).toEqual({ original: 'original', compressed: '' });
  expect(compressed()).toBe(0);
});

test('an input that is offered is the task’s, and so is the one that is shown', async () => {
  const { workspace } = await begun();
  workspace.task.id = 'digits';
  workspace.offer({ strokes: [] }, 'a case');
  expect(workspace.given).toMatchObject({ name: 'a case', turn: 1, task: 'digits' });
  workspace.noteInput({ strokes: [] });
  expect(workspace.input).toEqual({ strokes: [] });
  workspace.task.id = 'tensors';
  expect(workspace.input).toBeUndefined();
});
