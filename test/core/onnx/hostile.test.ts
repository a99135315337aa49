/** Files that are not models, or no longer are: each gets an error that says what, where and what to do. */
import { describe, expect, test } from 'vitest';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { sorted } from '../../../src/core/onnx/graph.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { loadFloats, makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model, Tensor } from '../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytes = (...parts: (number | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)));

/** A length-delimited protobuf field. */
function field(number: number, payload: Uint8Array, length = payload.length): Uint8Array {
  const size: number[] = [];
  let rest = length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) size.push((rest % 128) | 128);
  return bytes((number << 3) | 2, ...size, rest, payload);
}

const weight = makeTensor('W', 'float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));

/** Y = X · W, with W as given. */
function small(tensor: Tensor = weight): Model {
  return model(
    graph({
      nodes: [node('MatMul', ['X', 'W'], ['Y'])],
      inputs: [value('X', 'float32', [1, 2])],
      outputs: [value('Y', 'float32', [1, 3])],
      initializers: [tensor],
    }),
  );
}

const written = async (from: Model): Promise<Uint8Array> =>
  new Uint8Array(await writeOnnx(from).onnx.arrayBuffer());

const isRefused = (file: Uint8Array, message: RegExp) =>
  expect(readOnnx({ onnx: new Blob([file as Uint8Array<ArrayBuffer>]) })).rejects.toMatchObject({
    name: 'ModelError',
    message: expect.stringMatching(message) as string,
  });

describe('other kinds of files are recognized', () => {
  const files: [string, Uint8Array, RegExp][] = [
    ['an empty file', bytes(), /is empty.*download it again/],
    [
      'a Git-LFS pointer',
      utf8('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
      /Git-LFS pointer.*git lfs pull/,
    ],
    ['an HTML page', utf8('\n<!DOCTYPE html><html>404</html>'), /web page.*direct download/],
    ['a JSON error', utf8('{"error":"Repository not found"}'), /JSON/],
    ['a zip archive', utf8('PK\x03\x04rest'), /zip archive.*torch\.onnx\.export/],
    ['a gzip file', bytes(0x1f, 0x8b, 8, 0), /gzip.*Unpack/],
    ['a GGUF model', utf8('GGUF\x03\0\0\0'), /GGUF/],
    ['a TFLite model', utf8('\x20\0\0\0TFL3'), /TensorFlow Lite/],
    ['an ORT model', utf8('\x20\0\0\0ORTM'), /ORT format/],
    ['a safetensors file', bytes(8, 0, 0, 0, 0, 0, 0, 0, utf8('{"a":{}}')), /safetensors/],
    ['a pickle', bytes(0x80, 2, 0x8a, 10), /pickle/],
    ['text', utf8('hello, I am not a model at all'), /damaged|not an ONNX model/],
    ['zeros', new Uint8Array(4096), /damaged at model/],
  ];
  test.each(files)('%s', async (_, file, message) => isRefused(file, message));
});

describe('damage is named with its place', () => {
  test('a file cut off at any byte is an error or a model, never a crash', async () => {
    const whole = await written(small());
    for (let length = 1; length < whole.length; length++) {
      await isRefused(whole.slice(0, length), /damaged|not an ONNX model|needs|file has/);
    }
  });

  test('a length that overruns its message', async () => {
    const overrun = bytes(0x08, 10, field(7, utf8('abc'), 2 ** 40));
    await isRefused(overrun, /damaged at model: field 7 at byte 2 claims 1099511627776 bytes/);
  });

  test('messages that nest 10,000 deep', async () => {
    // graph { node { attribute { g { node { … } } } } }
    let inner = bytes();
    for (let depth = 0; depth < 3_334; depth++) inner = field(1, field(5, field(6, inner)));
    await isRefused(bytes(0x08, 10, field(7, inner)), /nest more than 100 deep/);
  });

  test('a number that does not end', async () => {
    await isRefused(bytes(0x08, ...new Array<number>(12).fill(0xff)), /does not end/);
  });

  test('millions of empty parts', async () => {
    const parts = new Uint8Array(4_200_000);
    for (let at = 0; at < parts.length; at += 2) parts[at] = 0x0a;
    await isRefused(bytes(0x08, 10, field(7, parts)), /more than 2000000 parts/);
  }, 60_000);

  test('an unknown data type', async () => {
    const file = bytes(0x08, 10, field(7, field(5, bytes(0x10, 99))));
    await isRefused(file, /initializers\[0\]\.dtype: 99 is no value that ONNX defines/);
  });
});

describe('tensors that do not add up', () => {
  const broken = (changes: Partial<Tensor>): Tensor => ({ ...weight, ...changes });
  const cases: [string, Tensor, RegExp][] = [
    [
      '2^60 elements',
      broken({ dims: [2 ** 30, 2 ** 30] }),
      /"W" has dims \[1073741824, 1073741824\]/,
    ],
    ['a negative dim', broken({ dims: [-1, 6] }), /"W" has dims \[-1, 6\]/],
    [
      'dims for more data than there is',
      broken({ dims: [2, 4] }),
      /"W".*needs 32 bytes but the file has 24/,
    ],
    [
      'dims for less data than there is',
      broken({ dims: [2, 2] }),
      /"W".*needs 16 bytes but the file has 24/,
    ],
    ['no data at all', { name: 'W', dtype: 'float32', dims: [2, 3] }, /"W".*needs 6 values/],
    [
      'strings that are missing',
      { name: 'W', dtype: 'string', dims: [3] },
      /needs 3 strings but the file has 0/,
    ],
    ['no type', broken({ dtype: 'undefined' }), /needs a data type/],
  ];
  test.each(cases)('%s', async (_, tensor, message) =>
    isRefused(await written(small(tensor)), message),
  );

  test('zero-size dims are legal and hold nothing', async () => {
    const empty: Tensor = { name: 'W', dtype: 'float32', dims: [0, 2 ** 52] };
    const read = await readOnnx({ onnx: await written(small(empty)) });
    expect(await loadFloats(read.graph.initializers[0] as Tensor)).toHaveLength(0);
  });

  test('strings are no numbers', async () => {
    const text: Tensor = { name: 'W', dtype: 'string', dims: [1], stringData: [utf8('a')] };
    const read = await readOnnx({ onnx: await written(small(text)) });
    await expect(loadFloats(read.graph.initializers[0] as Tensor)).rejects.toThrow(
      /"W".*needs numbers/,
    );
  });
});

describe('external data', () => {
  const outside = (entries: Record<string, string>): Model =>
    small({
      name: 'W',
      dtype: 'float32',
      dims: [2, 3],
      dataLocation: 1,
      externalData: Object.entries(entries).map(([key, text]) => ({ key, value: text })),
    });
  const open = async (from: Model, external: [string, Blob][]) =>
    readOnnx({ onnx: await written(from), external: new Map(external) });

  test('is read at its offset, through any harmless path', async () => {
    const file = new Blob([
      new Uint8Array(8),
      Float32Array.of(1, 2, 3, 4, 5, 6),
      new Uint8Array(3),
    ]);
    for (const location of ['w.bin', './w.bin', 'data/./w.bin']) {
      const from = outside({ location, offset: '8', length: '24' });
      const read = await open(from, [[location.includes('data') ? 'data/w.bin' : 'w.bin', file]]);
      expect([...(await loadFloats(read.graph.initializers[0] as Tensor))]).toEqual([
        1, 2, 3, 4, 5, 6,
      ]);
    }
  });

  test('that is missing is named', async () => {
    await expect(open(outside({ location: 'w.bin' }), [])).rejects.toThrow(
      /missing: "w\.bin".*folder/,
    );
  });

  test('that is too short is named with both sizes', async () => {
    const opened = open(outside({ location: 'w.bin', offset: '8' }), [
      ['w.bin', new Blob(['short'])],
    ]);
    await expect(opened).rejects.toThrow(/"W" wants 24 bytes at 8 of "w\.bin", which ends at 5/);
  });

  const outsiders = [
    '../w.bin',
    '/etc/passwd',
    'a/../../w.bin',
    'C:\\w.bin',
    'a\\w.bin',
    'file:///w.bin',
    '~/w.bin',
    '',
    '.',
    'w\0.bin',
  ];
  test.each(outsiders)('may not lie at %j', async (location) => {
    const opened = open(outside({ location }), [['w.bin', new Blob([new Uint8Array(24)])]]);
    await expect(opened).rejects.toThrow(/"W".*not a file beside the model/);
  });

  test.each(['-8', '1e3', '9999999999999999999', 'x'])('has no offset %s', async (offset) => {
    await expect(
      open(outside({ location: 'w.bin', offset }), [['w.bin', new Blob(['x'])]]),
    ).rejects.toThrow(/"W" has the external offset/);
  });
});

test('a cycle is an error that names a node of it', () => {
  const circle = graph({
    nodes: [node('Relu', ['B'], ['A'], { name: 'first' }), node('Relu', ['A'], ['B'])],
    inputs: [],
    outputs: [value('B', 'float32')],
  });
  expect(() => sorted(circle)).toThrow(/"first" depends on its own output/);
});
