/** The proof of the export: every embedded model, compressed, loads in transformers.js as it comes from npm. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { env, pipeline, RawImage } from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { exportFolder } from '../../../src/core/export/layout.ts';
import { compress, open, presets, type OpenModel } from '../../../src/node/api.ts';
import { saveFiles } from '../../../src/node/save.ts';
import { imageOf } from '../../../src/tasks/digits.ts';
import { sampleDigits } from '../../../src/tasks/sample-digits.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';

const models = fileURLToPath(new URL('../../../public/models/', import.meta.url));
let folder = '';
const before = { ...env };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scrunch-export-'));
  env.allowLocalModels = true;
  env.allowRemoteModels = false;
  env.localModelPath = folder;
});
afterAll(async () => {
  Object.assign(env, before);
  await rm(folder, { recursive: true });
});

type Preset = 'int8' | 'int4';

/** Compresses an embedded model and writes its export into a folder of its own, whose name it gives. */
async function exported(id: string, preset?: Preset, external = false): Promise<string> {
  const original = await open(join(models, id));
  const small = preset ? await compress(original, preset) : original;
  const name = [id, preset, external && 'split'].filter(Boolean).join('-');
  const { files } = await exportFolder({
    model: external
      ? writeOnnx(small.model, { external: { location: 'weights.bin' } })
      : filesOf(small),
    name,
    from: original.name,
    companions: await companions(id),
    ...(preset ? { recipe: presets[preset].recipe } : {}),
  });
  const places = new Map([...files].map(([path, blob]) => [join(folder, name, path), blob]));
  await saveFiles(places);
  return name;
}

const filesOf = ({ files }: OpenModel): OpenModel['files'] => files;

/** As the page holds them: with the folder that they were opened in. */
async function companions(id: string): Promise<Map<string, Blob>> {
  const names = (await readdir(join(models, id))).filter((name) => name.includes('.'));
  const read = async (name: string): Promise<[string, Blob]> => [
    `${id}/${name}`,
    new Blob([await readFile(join(models, id, name))]),
  ];
  return new Map(await Promise.all(names.map(read)));
}

/** The original's answer and those of both presets, through the same few lines. */
async function answers<T>(id: string, ask: (folder: string) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (const preset of [undefined, 'int8', 'int4'] as const)
    all.push(await ask(await exported(id, preset)));
  return all;
}

interface Scored {
  readonly label: string;
  readonly score: number;
}

/** The largest difference between the probabilities of two answers. */
function farthest(a: readonly Scored[][], b: readonly Scored[][]): number {
  const differences = a.flatMap((scores, sample) =>
    scores.map(({ label, score }) => {
      const other = b[sample]?.find((one) => one.label === label);
      return Math.abs(score - (other?.score ?? Infinity));
    }),
  );
  return Math.max(...differences);
}
const best = (samples: readonly Scored[][]): (string | undefined)[] =>
  samples.map((scores) => [...scores].sort((x, y) => y.score - x.score)[0]?.label);

/** A drawn digit as a gray image: transformers.js scales and normalizes it as preprocessor_config.json says. */
const pictures = sampleDigits.map((strokes) => {
  const gray = Uint8ClampedArray.from(imageOf(strokes), (ink) => Math.round(255 * ink));
  return new RawImage(gray, 28, 28, 1);
});

describe('pipeline(task, folder) answers as the original does', () => {
  test.each(['digits', 'digits-vit'])('%s', async (id) => {
    const [original, int8, int4] = await answers(id, async (name) => {
      const classify = await pipeline('image-classification', name);
      const found: Scored[][] = [];
      for (const picture of pictures) found.push(await classify(picture, { top_k: 10 }));
      await classify.dispose();
      return found;
    });
    expect(best(original!)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(best(int8!)).toEqual(best(original!));
    expect(farthest(original!, int8!)).toBeLessThan(0.05);
    expect(farthest(original!, int8!)).toBeGreaterThan(0);
    const same = best(int4!).filter((label, digit) => label === best(original!)[digit]);
    expect(same.length).toBeGreaterThanOrEqual(9);
  });

  test('sentiment', async () => {
    const sentences = [
      'a quiet triumph',
      'the plot makes no sense and nobody cares',
      'wonderful',
      'dull',
    ];
    const [original, int8, int4] = await answers('sentiment', async (name) => {
      const classify = await pipeline('text-classification', name);
      const found = (await classify(sentences, { top_k: 2 })) as Scored[][];
      await classify.dispose();
      return found;
    });
    expect(best(original!)).toEqual(['POSITIVE', 'NEGATIVE', 'POSITIVE', 'NEGATIVE']);
    expect(farthest(original!, int8!)).toBeLessThan(0.02);
    expect(best(int4!)).toEqual(best(original!));
    expect(farthest(original!, int4!)).toBeLessThan(0.2);
  });

  test('embedder', async () => {
    const sentences = ['A man plays the guitar.', 'Somebody makes music.', 'The train is late.'];
    const [original, int8, int4] = await answers('embedder', async (name) => {
      const embed = await pipeline('feature-extraction', name);
      const output = await embed(sentences, { pooling: 'mean', normalize: true });
      const { data, dims } = output as { readonly data: Float32Array; readonly dims: number[] };
      await embed.dispose();
      expect(dims).toEqual([3, 128]);
      return Array.from(data);
    });
    // Rows have length 1: the mean of their dot products is the mean cosine.
    const cosine = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0) / 3;
    expect(cosine(original!, int8!)).toBeGreaterThan(0.999);
    expect(cosine(original!, int8!)).toBeLessThan(1);
    expect(cosine(original!, int4!)).toBeGreaterThan(0.97);
  });

  test('storyteller', async () => {
    const [original, int8, int4] = await answers('storyteller', async (name) => {
      const write = await pipeline('text-generation', name);
      const [story] = (await write('Once upon a time', { max_new_tokens: 24 })) as {
        generated_text: string;
      }[];
      await write.dispose();
      return story?.generated_text ?? '';
    });
    expect(original).toMatch(/^Once upon a time,? \w+/);
    const words = (text: string) => text.split(' ').slice(0, 8).join(' ');
    expect(words(int8!)).toBe(words(original!));
    expect(int4).toMatch(/^Once upon a time,? \w+ \w+ \w+/);
  });

  test('with its weights in a file of their own', async () => {
    const name = await exported('sentiment', 'int8', true);
    expect(await readdir(join(folder, name, 'onnx'))).toEqual([
      'model_quantized.onnx',
      'model_quantized.onnx_data',
    ]);
    const [whole, split] = await Promise.all(
      [await exported('sentiment', 'int8'), name].map(async (one) => {
        const classify = await pipeline('text-classification', one);
        return await classify('a quiet triumph');
      }),
    );
    expect(split).toEqual(whole);
  });
});
