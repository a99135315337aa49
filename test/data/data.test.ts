/** The readers of test data against what is known of the data. */
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { bos, encodeText, readTokenizer } from './llama2-tokenizer.ts';
import { magikaFeatures, type MagikaConfig } from './magika.ts';
import { digitsOf, normalized, readIdx } from './mnist.ts';
import { storySamples } from './stories.ts';

const skip = hasShared ? '' : ` (${skipReason})`;

test('IDX: dims and bytes; anything else is refused', () => {
  const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);
  expect(readIdx(gzipSync(file))).toMatchObject({ dims: [2, 3] });
  expect(Array.from(readIdx(gzipSync(file)).data)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(() => readIdx(gzipSync(file.subarray(0, 16)))).toThrow(/4 values where 6 belong/);
  expect(() => readIdx(gzipSync(file.with(2, 13)))).toThrow(/not bytes/);
});

test.skipIf(!hasShared)(`MNIST: 10,000 digits, the first of them a seven${skip}`, () => {
  const read = (name: string) => readIdx(readFileSync(sharedPath(`data/mnist/t10k-${name}.gz`)));
  const labels = read('labels-idx1-ubyte');
  const images = read('images-idx3-ubyte');
  expect(labels.dims).toEqual([10_000]);
  expect(images.dims).toEqual([10_000, 28, 28]);
  expect(Array.from(labels.data.subarray(0, 5))).toEqual([7, 2, 1, 0, 4]);
  expect(digitsOf(images, 1, 2, normalized)[0]).toBeCloseTo(-0.1307 / 0.3081, 6);
});

test('merges go by score, bytes fall back, a space stands in front', () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16)}>`);
  const vocabulary = ['<unk>', '<s>', '</s>', ...bytes, ' ', 'a', 'b', 'ab', ' a', 'b '];
  const tokens = vocabulary.map((token, id) => {
    const text = new TextEncoder().encode(token);
    const head = new DataView(new ArrayBuffer(8));
    head.setFloat32(0, token === 'ab' ? -1 : -id, true);
    head.setInt32(4, text.length, true);
    return [new Uint8Array(head.buffer), text];
  });
  const tokenizer = readTokenizer(Buffer.concat([new Uint8Array(4), ...tokens.flat()]));
  const id = (token: string): number => vocabulary.indexOf(token);
  // " ab é": "ab" has the best score; é (C3 A9) is no token.
  expect(encodeText(tokenizer, 'ab é')).toEqual([
    bos,
    id(' '),
    id('ab'),
    id(' '),
    3 + 0xc3,
    3 + 0xa9,
  ]);
});

test.skipIf(!hasShared)(`50 stories are 16,453 tokens, as MANIFEST.md says${skip}`, () => {
  const tokenizer = readTokenizer(readFileSync(sharedPath('models/stories260K/tok512.bin')));
  const file = readFileSync(sharedPath('data/text/tinystories_1000.json'), 'utf8');
  const samples = storySamples(tokenizer, (JSON.parse(file) as string[]).slice(0, 50));
  expect(samples.reduce((sum, { count }) => sum + count, 0)).toBe(16_453);
});

test.skipIf(!hasShared)(`magika: 9,261 published examples of feature extraction${skip}`, () => {
  const path = sharedPath('models/magika/features_extraction_examples.json.gz');
  const examples = JSON.parse(gunzipSync(readFileSync(path)).toString()) as {
    args: MagikaConfig;
    content_base64: string;
    features: { beg: number[]; end: number[] };
  }[];
  expect(examples).toHaveLength(9261);
  const wrong = examples.filter(({ args, content_base64: content, features: { beg, end } }) => {
    const found = magikaFeatures(Buffer.from(content, 'base64'), args);
    return found.beg.join() !== beg.join() || found.end.join() !== end.join();
  });
  expect(wrong).toHaveLength(0);
});
