/** Results lie coded where that pays, and come out as they were. */
import { beforeEach, expect, test } from 'vitest';
import { isCodedFile } from '../../src/core/coding/coded-mark.ts';
import { encodeParts, partsOf } from '../../src/core/coding/coded-file.ts';
import type { Recipe } from '../../src/core/compress/recipe.ts';
import { createRandom } from '../../src/core/math/random.ts';
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import { localCodec, type Codec } from '../../src/store/codec.ts';
import { load, save } from '../../src/store/library.ts';
import { gather, onnxAmong, type ModelFile } from '../../src/store/model-file.ts';
import { everything } from '../../src/store/share.ts';
import { verify } from '../../src/store/verify.ts';
import { file, MemoryStorage } from './memory-storage.ts';

const recipe: Recipe = { version: 1, seed: 0, steps: [{ technique: 'quantize-block' }] };
const random = createRandom(5);
const codes = Int8Array.from({ length: 20_000 }, () => Math.round(3 * random.normal()));
const written = writeOnnx(
  model(
    graph({
      nodes: [node('Cast', ['W'], ['y'], { attributes: { to: 1 } })],
      inputs: [],
      outputs: [value('y', 'float32', [20_000])],
      initializers: [makeTensor('W', 'int8', [20_000], codes)],
    }),
  ),
  { external: { location: 'w.bin' } },
);
const result: ModelFile = { name: 'small', ...written, extras: new Map() };
const text = async (blob: Blob) => Buffer.from(await blob.arrayBuffer());

let storage: MemoryStorage;
let original: string;
beforeEach(async () => {
  storage = new MemoryStorage();
  original = (await save(storage, file('model', 'a'))).id;
});

const saved = () => save(storage, result, { madeFrom: { id: original, recipe } });

test('a result takes fewer bytes, and its entry says what it has', async () => {
  const entry = await saved();
  expect(entry.bytes).toBe(written.onnx.size + written.external.get('w.bin')!.size);
  const stored = entry.files.map(({ sha256 }) => storage.blobMap.get(sha256)!);
  expect(await Promise.all(stored.map(isCodedFile))).toEqual([false, true]);
  expect(stored[1]!.size).toBeLessThan(0.6 * 20_000);
  const back = await load(storage, entry.id);
  expect(await text(back.external.get('w.bin')!)).toEqual(
    await text(written.external.get('w.bin')!),
  );
  expect(await text(back.onnx)).toEqual(await text(written.onnx));
  expect(await verify(storage, entry.id)).toEqual([]);
  const shared = (await everything(storage)).files.find(({ path }) => path.endsWith('w.bin'));
  expect(await text(shared!.blob)).toEqual(await text(written.external.get('w.bin')!));
});

test('originals, small files and what coding does not shrink stay as they are', async () => {
  const plain = await save(storage, result);
  for (const { sha256, bytes } of plain.files)
    expect(storage.blobMap.get(sha256)!.size).toBe(bytes);
  const noise = Uint8Array.from({ length: 9000 }, () => random.integer(256));
  const other = { ...result, name: 'noise', onnx: new Blob([noise]), external: new Map() };
  const entry = await save(storage, other, { madeFrom: { id: original, recipe } });
  expect(storage.blobMap.get(entry.files[0]!.sha256)!.size).toBe(9000);
});

test('where coding fails the file is stored as it is', async () => {
  const codec: Codec = { ...localCodec, encode: () => Promise.reject(new Error('no memory')) };
  const entry = await save(storage, result, { madeFrom: { id: original, recipe }, codec });
  expect(await text((await load(storage, entry.id)).onnx)).toEqual(await text(written.onnx));
});

test('a damaged one is told as such', async () => {
  const entry = await saved();
  const { sha256 } = entry.files[1]!;
  const bytes = await text(storage.blobMap.get(sha256)!);
  bytes[bytes.length - 40]! ^= 255;
  storage.blobMap.set(sha256, new Blob([bytes]));
  await expect(load(storage, entry.id)).rejects.toMatchObject({ name: 'StoreError' });
  expect(await verify(storage, entry.id)).toEqual([{ path: 'w.bin', what: 'cut' }]);
});

test('a coded file opens like a model, with what it holds and what lies beside it', async () => {
  const vocabulary = new Map([['vocab.txt', new Blob(['a'])]]);
  const coded = await encodeParts(partsOf('digits.onnx', written, vocabulary));
  const files = [
    { path: 'x/digits-int4.scrunch', blob: coded },
    { path: 'x/labels.txt', blob: new Blob(['b']) },
  ];
  const [chosen] = onnxAmong(files);
  const opened = await gather(chosen!, files);
  expect(opened.name).toBe('digits');
  expect([...opened.external.keys()]).toEqual(['w.bin']);
  expect([...opened.extras.keys()].sort()).toEqual(['vocab.txt', 'x/labels.txt']);
  expect(await text(opened.onnx)).toEqual(await text(written.onnx));
});
