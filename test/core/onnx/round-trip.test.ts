/** Untouched models come back byte for byte; encoded anew, they still say the same. */
import { readFileSync, readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';
import { entries } from '../../tar.ts';

const skip = hasShared ? '' : ` (${skipReason})`;
const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function models(): [string, Uint8Array][] {
  const folder = sharedPath('models');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => [name, readFileSync(`${folder}/${name}`)]);
}

/** A model whose upper levels were edited, so that all its parts are put together again. */
const touched = (model: Model): Model => ({ ...model, graph: { ...model.graph } });

async function expectRoundTrip(name: string, bytes: Uint8Array): Promise<void> {
  const model = await readOnnx({ onnx: new Blob([bytes as Uint8Array<ArrayBuffer>]) });
  for (const again of [model, touched(model)]) {
    expect(same(await bytesOf(writeOnnx(again).onnx), bytes), name).toBe(true);
  }
  const afresh = await bytesOf(writeOnnx(model, { afresh: true }).onnx);
  // Encoded anew, packed numbers may come apart and empty names that were spelled out go.
  const plain = await readOnnx({ onnx: bytes });
  expect(isDeepStrictEqual(await readOnnx({ onnx: afresh }), plain), name).toBe(true);
}

test.skipIf(!hasShared)(
  `every backend model round-trips byte for byte${skip}`,
  async () => {
    const files = [...entries(sharedPath('vectors/onnx_backend_test_data.tar.gz'))];
    const onnx = files.filter(([name]) => name.endsWith('.onnx'));
    expect(onnx.filter(([name]) => name.includes('/node/'))).toHaveLength(1802);
    for (const [name, bytes] of onnx) await expectRoundTrip(name, Uint8Array.from(bytes));
  },
  60_000,
);

test.skipIf(!hasShared)(
  `every real model round-trips byte for byte${skip}`,
  async () => {
    const found = models();
    expect(found.length).toBeGreaterThan(8);
    for (const [name, bytes] of found) await expectRoundTrip(name, Uint8Array.from(bytes));
  },
  60_000,
);
