import { describe, expect, test } from 'vitest';

import type { InputSpec } from '../../../src/core/evaluate/inputs.ts';
import { missingKinds } from '../../../src/tasks/samples/kinds.ts';
import { randomSamples } from '../../../src/tasks/samples/random-samples.ts';
import { readOwnFiles, readSet } from '../../../src/tasks/samples/sample-files.ts';
import { samplesOf } from '../../../src/tasks/samples/sample-set.ts';
import { npy } from './npy-file.ts';

const image: InputSpec = { name: 'image', dtype: 'float32', dims: ['batch', 1, 2, 2] };
const ids: InputSpec = { name: 'input_ids', dtype: 'int64', dims: ['batch', 'sequence'] };
const mask: InputSpec = {
  name: 'attention_mask',
  dtype: 'int64',
  dims: ['batch', 'past + sequence'],
};
const past: InputSpec = { name: 'past.0', dtype: 'float32', dims: ['batch', 2, 'past', 4] };

const files = (entries: Record<string, unknown>): Map<string, Blob> =>
  new Map(
    Object.entries(entries).map(([path, content]) => [
      path,
      new Blob([content instanceof Uint8Array ? content.slice() : JSON.stringify(content)]),
    ]),
  );

describe('a set that comes with a model', () => {
  test('has images as bytes, scaled, with the right answers', async () => {
    const list = {
      label: 'three squares',
      inputs: { image: { file: 'images.npy', scale: 0.5, offset: -1 } },
      targets: [2, 0, 1],
      names: ['a', 'b', 'c'],
    };
    const bytes = Uint8Array.from({ length: 12 }, (_, index) => index);
    const set = await readSet(
      'model/samples.json',
      files({ 'model/samples.json': list, 'model/images.npy': npy('|u1', [3, 2, 2], bytes) }),
    );
    const samples = samplesOf(set, [image]);
    expect(samples).toMatchObject({ label: 'three squares', count: 3 });
    expect(samples.feeds([2, 0])).toEqual({
      image: {
        dtype: 'float32',
        dims: [2, 1, 2, 2],
        data: new Float32Array([3, 3.5, 4, 4.5, -1, -0.5, 0, 0.5]),
      },
    });
    expect(samples.targets?.([2, 0])).toEqual({
      dtype: 'int64',
      dims: [2],
      data: BigInt64Array.of(1n, 2n),
    });
    expect(samples.name?.(1)).toBe('b');
  });

  test('of tokens leaves masks and caches to follow from them', async () => {
    const list = {
      inputs: {
        input_ids: [
          [5, 6, 7],
          [8, 9, 1],
        ],
      },
    };
    const set = await readSet('samples.json', files({ 'samples.json': list }));
    const feeds = samplesOf(set, [ids, mask, past]).feeds([1]);
    expect(feeds).toMatchObject({
      input_ids: { dims: [1, 3], data: BigInt64Array.of(8n, 9n, 1n) },
      attention_mask: { dims: [1, 3], data: BigInt64Array.of(1n, 1n, 1n) },
      'past.0': { dims: [1, 2, 0, 4] },
    });
  });

  test('that lacks an input is refused', async () => {
    const set = await readSet('samples.json', files({ 'samples.json': { inputs: {} } }));
    expect(() => samplesOf(set, [image])).toThrow('nothing for the input "image"');
  });
});

describe('files of one’s own', () => {
  test('are arrays named after inputs, and labels', async () => {
    const set = await readOwnFiles(
      files({
        'image.npy': npy('<f4', [2, 1, 2, 2], new Float32Array(8).fill(0.5)),
        'labels.npy': npy('<i8', [2], BigInt64Array.of(1n, 0n)),
      }),
      [image],
    );
    const samples = samplesOf(set, [image]);
    expect(samples.label).toBe('image.npy, labels.npy');
    expect(samples.feeds([0])['image']?.data).toEqual(new Float32Array(4).fill(0.5));
    expect(samples.targets?.([0]).data).toEqual(BigInt64Array.of(1n));
  });

  test('may be one JSON, even a bare array where there is one input', async () => {
    const set = await readOwnFiles(
      files({
        'mine.json': [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      }),
      [image],
    );
    expect(samplesOf(set, [image]).feeds([0])['image']).toMatchObject({ dims: [1, 1, 2, 2] });
  });

  test.each([
    ['no tokenizer', { 'story.txt': 'Once' }],
    ['neither .npy nor .json', { 'x.csv': '1' }],
    ['not numbers of one shape', { 'x.json': [[1, 2], [3]] }],
    ['is no .npy file', { 'image.npy': new Uint8Array(20) }],
    ['No samples were chosen', {}],
  ])('say “%s”', async (words, entries) => {
    await expect(readOwnFiles(files(entries), [image])).rejects.toThrow(words);
  });

  test('of another size are refused with both sizes', async () => {
    const set = await readOwnFiles(files({ 'x.json': [[1, 2, 3]] }), [image]);
    expect(() => samplesOf(set, [image]).feeds([0])).toThrow(
      'takes [batch, 1, 2, 2], and the samples are [3] each',
    );
  });
});

test('random samples are the same whatever batch they come in', () => {
  const samples = randomSamples([image, ids]);
  const [both, second] = [samples.feeds([3, 8]), samples.feeds([8])];
  expect(both['image']?.dims).toEqual([2, 1, 2, 2]);
  expect((both['image']?.data as Float32Array).slice(4)).toEqual(second['image']?.data);
  expect((both['input_ids']?.data as BigInt64Array).slice(8)).toEqual(second['input_ids']?.data);
});

test('what there is for a model, and why not the rest', () => {
  const outputs = [{ name: 'y', dtype: 'float32', dims: ['batch', 4] }] as const;
  const self = 'only language models write text';
  expect(missingKinds({ inputs: [image], outputs }, ['m/config.json'])).toEqual({
    calibration: 'this model came without samples',
    self,
  });
  expect(missingKinds({ inputs: [image], outputs }, ['m/samples.json'])).toEqual({ self });
  const text: InputSpec = { name: 'text', dtype: 'string', dims: [1] };
  expect(missingKinds({ inputs: [text], outputs }, ['samples.json'])).toEqual({
    generated: 'there are no random values for the input "text"',
    self,
  });
  const logits = [{ name: 'logits', dtype: 'float32', dims: ['batch', 'sequence', 9] }] as const;
  expect(missingKinds({ inputs: [ids, mask], outputs: logits }, ['samples.json'])).toEqual({});
});
