import { expect, test } from 'vitest';

import type { TaskId } from '../../src/tasks/index.ts';
import { inputFromJson, inputToJson } from '../../src/tasks/input-json.ts';

/** An input after it went through the text of a link. */
async function carried(task: TaskId, input: unknown): Promise<unknown> {
  const json = await inputToJson(task, input);
  return inputFromJson(task, JSON.parse(JSON.stringify(json)));
}

const float32 = { dtype: 'float32', dims: [2], data: Float32Array.of(0.1, -7) } as const;
const int64 = { dtype: 'int64', dims: [1], data: BigInt64Array.of(2n ** 60n) } as const;
const sampling = { seed: 7, temperature: 0.8, topK: 40, topP: 0.95 };

test.each<[string, TaskId, unknown]>([
  ['strokes', 'digits', { strokes: [[{ x: 0.125, y: 0.5 }], []] }],
  ['256 grays', 'digits', { image: Float32Array.from({ length: 784 }, (_, i) => (i % 256) / 255) }],
  [
    'any grays',
    'digits',
    { image: Float32Array.from({ length: 784 }, (_, i) => i / 1000), scaling: 'byte' },
  ],
  ['a sentence', 'text-classification', { text: 'a quiet “triumph”' }],
  ['a text', 'sequence-to-sequence', { text: '' }],
  ['sentences', 'embeddings', { texts: ['one', 'two'] }],
  [
    'a prompt',
    'text-generation',
    { kind: 'write', prompt: 'Once', limit: 60, chat: true, sampling },
  ],
  ['a score', 'text-generation', { kind: 'score', prompt: '', before: [1], continuation: [2, 3] }],
  ['random values', 'tensors', { seed: 3, samples: 8, sizes: { batch: 1 } }],
  ['own values', 'tensors', { feeds: { a: float32, b: int64 } }],
])('%s come back as they were', async (_, task, input) => {
  expect(await carried(task, input)).toEqual(input);
});

test('a small image comes back, and a large one has no form', async () => {
  const image = (side: number) => ({
    pixels: { width: side, height: side, data: new Uint8ClampedArray(4 * side * side).fill(9) },
  });
  expect(await carried('image-classification', image(64))).toEqual(image(64));
  expect(await inputToJson('image-classification', image(65))).toBeUndefined();
});

test('a short file comes back byte by byte; sound has no form', async () => {
  const bytes = new Blob([Uint8Array.of(0, 255, 13)]);
  const read = (await carried('file-type', { name: 'a.bin', bytes })) as { bytes: Blob };
  expect([...new Uint8Array(await read.bytes.arrayBuffer())]).toEqual([0, 255, 13]);
  expect(await inputToJson('audio', { samples: new Float32Array(3), rate: 16 })).toBeUndefined();
});

test.each<[TaskId, unknown, RegExp]>([
  ['digits', { gray: 'AAAA' }, /"gray" that is not 784 bytes/],
  ['digits', { gray: '<svg>' }, /"gray" that is not bytes in base64/],
  ['digits', { strokes: [[{ x: 5, y: 0 }]] }, /"x" that is not a number from -1 to 2/],
  ['digits', [], /"input" that is not an object/],
  ['text-classification', { text: 7 }, /"text" that is not a text/],
  ['image-classification', { width: 1e9, height: 1, rgba: '' }, /"width"/],
  ['embeddings', { texts: Array(13).fill('a') }, /"texts" that is not a list of at most 12/],
  ['text-generation', { kind: 'write', prompt: '', limit: 1.5 }, /"limit" that is not a whole/],
  ['text-generation', { kind: 'score', prompt: '', continuation: [-1] }, /"continuation"/],
  ['tensors', { feeds: [{ name: 'x', dtype: 'float32', dims: [2], data: ['1'] }] }, /2 numbers/],
  ['tensors', { feeds: [{ name: 'x', dtype: 'toString', dims: [], data: ['1'] }] }, /"dtype"/],
  ['audio', {}, /no form in a link/],
])('what a link says of %s is checked: %j', (task, json, message) => {
  expect(() => inputFromJson(task, json)).toThrow(message);
});
