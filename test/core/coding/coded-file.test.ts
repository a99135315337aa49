/** Coded files: smaller, bit by bit what went in, and harmless whatever was done to them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codedSize, decodeParts, encodeParts } from '../../../src/core/coding/coded-file.ts';
import { partsOf, type CodedPart } from '../../../src/core/coding/coded-mark.ts';
import { isCodedFile } from '../../../src/core/coding/coded-mark.ts';
import { regionsOf } from '../../../src/core/coding/regions.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';
import { entries } from '../../tar.ts';

const skip = hasShared ? '' : ` (${skipReason})`;
const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());
const onnxPart = (bytes: Uint8Array): CodedPart[] => [
  { path: 'model.onnx', kind: 'onnx', blob: new Blob([bytes as Uint8Array<ArrayBuffer>]) },
];
const embedded = (name: string): Uint8Array =>
  readFileSync(
    fileURLToPath(new URL(`../../../public/models/${name}/onnx/model.onnx`, import.meta.url)),
  );

/** Codes of 4 and 8 bits, scales of both sizes, a Constant and a tensor of 64-bit numbers. */
function mixed() {
  const random = createRandom(4);
  const normal = (count: number, of: number): number[] =>
    Array.from({ length: count }, () => Math.round(random.normal() * of));
  const constant = makeTensor('c', 'float32', [400], Float32Array.from(normal(400, 90)));
  return model(
    graph({
      nodes: [node('Constant', [], ['k'], { attributes: { value: constant } })],
      inputs: [],
      outputs: [value('k', 'float32', [400])],
      initializers: [
        makeTensor('W', 'int8', [64, 64], Int8Array.from(normal(4096, 20))),
        makeTensor(
          'V',
          'uint4',
          [32, 64],
          Uint8Array.from(normal(1024, 30), (x) => x & 255),
        ),
        makeTensor(
          's',
          'float32',
          [512],
          Float32Array.from(normal(512, 50), (x) => x / 7e3),
        ),
        makeTensor(
          'h',
          'float16',
          [512],
          Uint16Array.from(normal(512, 50), (x) => 9000 + x),
        ),
        makeTensor('i', 'int64', [64], BigInt64Array.from(normal(64, 9), BigInt)),
      ],
    }),
  );
}

async function expectSame(parts: readonly CodedPart[]): Promise<Blob> {
  const coded = await encodeParts(parts);
  const back = await decodeParts(coded);
  expect(back.map(({ path, kind }) => ({ path, kind }))).toEqual(
    parts.map(({ path, kind }) => ({ path, kind })),
  );
  for (const [index, { blob }] of parts.entries()) {
    expect(Buffer.compare(await bytesOf(back[index]!.blob), await bytesOf(blob))).toBe(0);
  }
  return coded;
}

test('a model comes back bit by bit, in fewer bytes', async () => {
  const parts = onnxPart(await bytesOf(writeOnnx(mixed()).onnx));
  const coded = await expectSame(parts);
  expect(coded.size).toBeLessThan(parts[0]!.blob.size * 0.75);
  expect([await isCodedFile(coded), await isCodedFile(parts[0]!.blob)]).toEqual([true, false]);
  expect(await codedSize(parts)).toBe(coded.size);
  expect(await bytesOf(await encodeParts(parts))).toEqual(await bytesOf(coded));
});

test('finds the numbers of initializers and Constants where they lie', async () => {
  const { onnx } = writeOnnx(mixed());
  const regions = await regionsOf(onnx);
  expect(regions.map(({ start, end, width }) => [end - start, width])).toEqual([
    [1600, 4],
    [4096, 1],
    [1024, 1],
    [2048, 4],
    [1024, 2],
    [512, 8],
  ]);
  const { start, end } = regions[1]!;
  const { rawData } = mixed().graph.initializers[0]!;
  expect(await bytesOf(onnx.slice(start, end))).toEqual(rawData);
});

test('external files and companions come along', async () => {
  const { onnx, external } = writeOnnx(mixed(), {
    external: { location: 'data.bin', threshold: 600 },
  });
  expect([...external.keys()]).toEqual(['data.bin']);
  const extras = new Map([['tokenizer/vocab.txt', new Blob(['a\nb\n'])]]);
  const coded = await expectSame(partsOf('m.onnx', { onnx, external }, extras));
  // Numbers outside the .onnx are known as well as those inside.
  expect(coded.size).toBeLessThan((onnx.size + external.get('data.bin')!.size) * 0.7);
});

test('an external file alone is coded as well as beside its model', async () => {
  const { onnx, external } = writeOnnx(mixed(), {
    external: { location: 'data.bin', threshold: 600 },
  });
  const [main, data] = partsOf('m.onnx', { onnx, external });
  const [alone, beside] = [await codedSize([data!]), await codedSize([data!], { beside: [main!] })];
  expect(beside).toBeLessThan(alone * 0.95);
  const [back] = await decodeParts(await encodeParts([data!], { beside: [main!] }));
  expect(Buffer.compare(await bytesOf(back!.blob), await bytesOf(data!.blob))).toBe(0);
});

test.each(['digits', 'digits-vit'])('the model %s loses a tenth and comes back', async (name) => {
  const parts = onnxPart(embedded(name));
  const coded = await expectSame(parts);
  expect(coded.size).toBeLessThan(parts[0]!.blob.size * 0.9);
});

test('numbers that repeat are deflated rather than taken apart', async () => {
  const random = createRandom(6);
  const grid = Float32Array.from({ length: 50_000 }, () => random.integer(16) * 0.0123);
  const zeros = grid.map((x) => (random.uniform() < 0.9 ? 0 : x + random.uniform()));
  for (const [values, share] of [
    [grid, 0.2],
    [zeros, 0.2],
  ] as const) {
    const built = model(
      graph({
        nodes: [],
        inputs: [],
        outputs: [],
        initializers: [makeTensor('w', 'float32', [50_000], values)],
      }),
    );
    const coded = await expectSame(onnxPart(await bytesOf(writeOnnx(built).onnx)));
    expect(coded.size / values.byteLength).toBeLessThan(share);
  }
});

test('whatever is no model is coded as well', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
      await expectSame(onnxPart(bytes));
    }),
    { numRuns: 25, seed: 8 },
  );
});

test.skipIf(!hasShared)(`every sixtieth backend model comes back${skip}`, async () => {
  const files = [...entries(sharedPath('vectors/onnx_backend_test_data.tar.gz'))];
  const onnx = files.filter(([name]) => name.endsWith('.onnx'));
  for (const [, bytes] of onnx.filter((_, index) => index % 60 === 0))
    await expectSame(onnxPart(Uint8Array.from(bytes)));
});

const small = bytesOfSmall();
async function bytesOfSmall(): Promise<Uint8Array> {
  return bytesOf(await encodeParts(onnxPart(await bytesOf(writeOnnx(mixed()).onnx))));
}

test('damage ends in a ModelError, never in other bytes', async () => {
  const whole = await small;
  const expected = await bytesOf(writeOnnx(mixed()).onnx);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(whole.length - 1), { freq: 6 }),
      async (changes, cut) => {
        const damaged = whole.slice(0, cut ?? whole.length);
        for (const [at, byte] of changes) if (at < damaged.length) damaged[at] = byte;
        const outcome = await decodeParts(new Blob([damaged])).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome.name).toBe('ModelError');
        else
          expect(Buffer.compare(await bytesOf((outcome as CodedPart[])[0]!.blob), expected)).toBe(
            0,
          );
      },
    ),
    { numRuns: 250, seed: 2 },
  );
});

test('a small file may not claim a large one', async () => {
  const large = new Uint8Array(2 ** 21);
  const coded = await expectSame([{ path: 'zeros', kind: 'extra', blob: new Blob([large]) }]);
  expect(coded.size).toBe(2 ** 9);
  await expect(decodeParts(coded.slice(0, 400))).rejects.toThrow('too large');
});

test('a path that leads elsewhere is refused', async () => {
  for (const path of ['../x.onnx', '/x.onnx', 'a/../../x', 'c:x', 'a\\b', '', 'a//b']) {
    const coded = await encodeParts([{ path, kind: 'extra', blob: new Blob(['x']) }]);
    await expect(decodeParts(coded)).rejects.toThrow('leads elsewhere');
  }
});

test('other files and later versions are told apart', async () => {
  await expect(decodeParts(new Blob(['PK\x03\x04 an archive of some kind']))).rejects.toThrow(
    'not a file that Scrunch coded',
  );
  const later = (await small).slice();
  later[8] = 2;
  await expect(decodeParts(new Blob([later]))).rejects.toThrow('another version');
});

test('both directions stop when told, and tell how far they are', async () => {
  const parts = onnxPart(new Uint8Array(3 * 2 ** 20).map((_, at) => at >> 9));
  const coded = await encodeParts(parts);
  for (const work of [
    (options: object) => encodeParts(parts, options),
    (options: object) => decodeParts(coded, options),
  ]) {
    const stopper = new AbortController();
    const seen: number[] = [];
    const onProgress = (done: number) => {
      seen.push(done);
      if (seen.includes(2 ** 20)) stopper.abort(new Error('enough'));
    };
    await expect(work({ signal: stopper.signal, onProgress })).rejects.toThrow('enough');
    expect(Math.max(...seen)).toBeLessThan(3 * 2 ** 20);
  }
});

test('what is read back is a model', async () => {
  const [part] = await decodeParts(new Blob([(await small) as Uint8Array<ArrayBuffer>]));
  const { graph: main } = await readOnnx({ onnx: part!.blob });
  expect(main.initializers.map(({ name }) => name)).toEqual(['W', 'V', 's', 'h', 'i']);
});
