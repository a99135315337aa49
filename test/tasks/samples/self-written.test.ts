/** Text that models write for themselves, against a plain reckoning of what they should draw. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { inputSpecsOf } from '../../../src/core/evaluate/inputs.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { graph, node, value, model as modelOf } from '../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { outputsOf } from '../../../src/core/onnx/signature.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { factsOf } from '../../../src/tasks/facts.ts';
import { samplesOf, type SampleSet } from '../../../src/tasks/samples/sample-set.ts';
import { selfWritten, type WritingOptions } from '../../../src/tasks/samples/self-written.ts';
import { oneThread } from '../../core/compress/train/one-thread.ts';
import { waves } from '../../node/small-models.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';
import {
  plainLogits,
  smallLanguageModel,
  softmax,
  vocabulary,
  type Form,
} from '../loops/small-language-model.ts';

async function write(
  model: Model,
  options: WritingOptions,
  json: Readonly<Record<string, object>> = {},
): Promise<SampleSet | undefined> {
  const beside = new Map(
    Object.entries(json).map(([name, content]) => [name, new Blob([JSON.stringify(content)])]),
  );
  const facts = await factsOf(
    { inputs: await inputSpecsOf(model), outputs: outputsOf(model) },
    beside,
  );
  return selfWritten({ model, facts, beside, runtime: oneThread }, options);
}

const rowsOf = (set: SampleSet | undefined): number[][] => {
  const { dims, data } = set!.inputs.get('input_ids')!;
  const [count, length] = dims as [number, number];
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length }, (_, at) => data[row * length + at]!),
  );
};

const every = ['attention_mask', 'token_type_ids'] as const;
const forms: Readonly<Record<string, Form>> = {
  'without a cache': { inputs: every },
  'exported for 12 tokens': { length: 12, inputs: every },
  'with a cache': { cache: 'float32', inputs: every },
  'with a cache, 32-bit ids, merged of two branches': {
    cache: 'float32',
    ids: 'int32',
    inputs: [...every, 'use_cache_branch'],
  },
  'that gives as many logits as one asks for': { cache: 'float32', inputs: ['num_logits_to_keep'] },
};

test.each(Object.entries(forms))(
  'a model %s draws each token with the probability that it gives it',
  async (_, form) => {
    const set = await write(smallLanguageModel(form), { texts: 3, length: 12, seed: 5 });
    expect(set?.label).toBe('3 texts that the model wrote itself');
    for (const [index, ids] of rowsOf(set).entries()) {
      const random = createRandom(5).fork(`text ${index}`);
      expect(ids).toHaveLength(12);
      expect(ids[0]).toBe(random.integer(vocabulary));
      for (let at = 1; at < ids.length; at++) {
        const shares = softmax(plainLogits(ids.slice(0, at)));
        const below = shares.slice(0, ids[at]).reduce((sum, one) => sum + one, 0);
        const share = random.uniform();
        expect(share).toBeGreaterThan(below - 1e-5);
        expect(share).toBeLessThan(below + shares[ids[at]!]! + 1e-5);
      }
    }
  },
);

test('texts begin and end as the files beside the model say', async () => {
  const set = await write(
    smallLanguageModel(),
    { texts: 8, length: 60 },
    {
      'generation_config.json': { bos_token_id: 7, eos_token_id: [2, 9] },
    },
  );
  const rows = rowsOf(set);
  expect(rows.map(([first]) => first)).toEqual(new Array<number>(8).fill(7));
  const ends = rows.flatMap((ids) =>
    ids.flatMap((id, at) => (id === 2 || id === 9 ? [ids[at + 1]] : [])),
  );
  const after = ends.filter((id) => id !== undefined);
  expect(after.length).toBeGreaterThan(3);
  expect(new Set(after)).toEqual(new Set([7]));
});

test('the same seed gives the same texts, another one others', async () => {
  const once = await write(smallLanguageModel(), { texts: 4, length: 10 });
  expect(rowsOf(await write(smallLanguageModel(), { texts: 4, length: 10 }))).toEqual(rowsOf(once));
  expect(rowsOf(await write(smallLanguageModel(), { texts: 4, length: 10, seed: 1 }))).not.toEqual(
    rowsOf(once),
  );
});

/** logits = (E[ids] + mean of all E[ids])·W: each token sees the whole text. */
function gapFiller(): Model {
  return modelOf(
    graph({
      nodes: [
        node('Gather', ['E', 'input_ids'], ['x']),
        node('ReduceMean', ['x'], ['mean'], { attributes: { axes: [1] } }),
        node('Add', ['x', 'mean'], ['h']),
        node('MatMul', ['h', 'W'], ['logits']),
      ],
      inputs: [value('input_ids', 'int64', ['batch', 'time'])],
      outputs: [value('logits', 'float32', ['batch', 'time', vocabulary])],
      initializers: [
        makeTensor('E', 'float32', [vocabulary, 6], waves(vocabulary * 6)),
        makeTensor('W', 'float32', [6, vocabulary], waves(6 * vocabulary)),
      ],
    }),
    { opset: 17 },
  );
}

test('a model that fills gaps does not write: it tells by looking ahead, or by its name', async () => {
  expect(await write(gapFiller(), { texts: 2, length: 5 })).toBeUndefined();
  const named = { 'config.json': { architectures: ['BertForMaskedLM'] } };
  expect(await write(smallLanguageModel(), { texts: 2, length: 5 }, named)).toBeUndefined();
  expect(
    await write(smallLanguageModel({ encoder: true }), { texts: 2, length: 5 }),
  ).toBeUndefined();
});

test('a signal ends the writing', async () => {
  const signal = AbortSignal.abort();
  await expect(write(smallLanguageModel(), { texts: 2, length: 5, signal })).rejects.toThrow(
    /abort/i,
  );
});

test('the storyteller writes many texts at once, with its cache, and takes them as samples', async () => {
  const folder = new URL('../../../public/models/storyteller/', import.meta.url);
  const model = await readOnnx({
    onnx: new Blob([await readFile(new URL('onnx/model.onnx', folder))]),
    external: new Map(),
  });
  const config = JSON.parse(await readFile(new URL('config.json', folder), 'utf8')) as object;
  const set = await write(model, { texts: 6, length: 12 }, { 'config.json': config });
  const rows = rowsOf(set);
  expect(new Set(rows.map(String)).size).toBe(6);
  const feeds = samplesOf(set!, await inputSpecsOf(model)).feeds([4, 1]);
  expect(Array.from(feeds['input_ids']!.data as BigInt64Array, Number)).toEqual([
    ...rows[4]!,
    ...rows[1]!,
  ]);
  expect(feeds['attention_mask']!.dims).toEqual([2, 12]);
});

test.skipIf(!hasShared)(
  `stories260K writes with neither tokenizer nor cache${hasShared ? '' : ` (${skipReason})`}`,
  async () => {
    const onnx = new Blob([await readFile(sharedPath('models/stories260K/model.onnx'))]);
    const model = await readOnnx({ onnx, external: new Map() });
    const rows = rowsOf(await write(model, { texts: 8, length: 20 }));
    // Trained on stories, it soon stops to write chance: its texts are likelier than random ids.
    expect(rows.flat().every((id) => id >= 0 && id < 512)).toBe(true);
    const counts = new Map<number, number>();
    for (const id of rows.flatMap((ids) => ids.slice(8))) counts.set(id, (counts.get(id) ?? 0) + 1);
    expect(counts.size).toBeLessThan(100);
  },
);
