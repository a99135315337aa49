/** Opening and editing a large model reads its structure, not its weights. */
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { loadFloats, makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Bytes, Tensor } from '../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';

/** A Blob that counts what is read from it and from its slices. */
class CountingBlob extends Blob {
  private readonly inner: Blob;
  private readonly count: { bytes: number; reads: number };

  constructor(inner: Blob, count = { bytes: 0, reads: 0 }) {
    super([]);
    this.inner = inner;
    this.count = count;
  }
  override get size(): number {
    return this.inner.size;
  }
  get bytesRead(): number {
    return this.count.bytes;
  }
  override slice(start?: number, end?: number): Blob {
    return new CountingBlob(this.inner.slice(start, end), this.count);
  }
  override stream(): ReturnType<Blob['stream']> {
    throw new TypeError('no such stream here');
  }
  override arrayBuffer(): Promise<ArrayBuffer> {
    this.count.bytes += this.inner.size;
    this.count.reads += 1;
    return this.inner.arrayBuffer();
  }
}

/** A chain of MatMuls whose weights share one Blob: 64 layers of 1 MB, without 64 MB in memory. */
function chain(layers: number, weights: Bytes) {
  const side = Math.sqrt((weights as Blob).size / 4);
  return model(
    graph({
      nodes: Array.from({ length: layers }, (_, layer) =>
        node('MatMul', [`x${layer}`, `w${layer}`], [`x${layer + 1}`], { name: `layer ${layer}` }),
      ),
      inputs: [value('x0', 'float32', [1, side])],
      outputs: [value(`x${layers}`, 'float32', [1, side])],
      initializers: Array.from({ length: layers }, (_, layer) =>
        makeTensor(`w${layer}`, 'float32', [side, side], weights),
      ),
    }),
  );
}

const large = chain(64, new Blob([new Uint8Array(2 ** 20)]));

test('a single file of 64 MB is opened by reading less than 1 % of it', async () => {
  const file = new CountingBlob(writeOnnx(large).onnx);
  const opened = await readOnnx({ onnx: file });
  expect(opened.graph.initializers).toHaveLength(64);
  expect(file.bytesRead).toBeLessThan(file.size / 100);
});

test('external data is not read at all', async () => {
  const { onnx, external } = writeOnnx(large, { external: { location: 'large.onnx_data' } });
  const data = new CountingBlob(external.get('large.onnx_data') as Blob);
  expect(data.size).toBe(64 * 2 ** 20);
  const opened = await readOnnx({ onnx, external: new Map([['large.onnx_data', data]]) });
  expect(opened.graph.initializers).toHaveLength(64);
  expect(data.bytesRead).toBe(0);
});

test('writing an edited model passes untouched weights through as slices', async () => {
  const file = new CountingBlob(writeOnnx(large).onnx);
  const opened = await readOnnx({ onnx: file });
  const before = file.bytesRead;
  const initializers = opened.graph.initializers.map((tensor, index): Tensor =>
    index === 3
      ? makeTensor('w3', 'float32', tensor.dims, new Uint8Array(2 ** 20).fill(1))
      : tensor,
  );
  const written = writeOnnx({ ...opened, graph: { ...opened.graph, initializers } });
  expect(file.bytesRead).toBe(before);
  expect(written.onnx.size).toBe(file.size);
});

test('a model read back from external data gives the same single file again', async () => {
  const single = writeOnnx(large).onnx;
  const split = writeOnnx(await readOnnx({ onnx: single }), { external: { location: 'w' } });
  const opened = await readOnnx(split);
  const inline = opened.graph.initializers.map(({ name, dtype, dims, externalBytes }) =>
    makeTensor(name, dtype, dims, externalBytes as Blob),
  );
  const again = writeOnnx({ ...opened, graph: { ...opened.graph, initializers: inline } }).onnx;
  const [a, b] = await Promise.all([single.arrayBuffer(), again.arrayBuffer()]);
  expect(Buffer.compare(new Uint8Array(a), new Uint8Array(b))).toBe(0);
});

test('large tensors are read whole, from memory, from a file, and where Blobs do not stream into a buffer', async () => {
  const values = Float32Array.from({ length: 2 ** 20 + 3 }, (_, index) => index);
  const folder = mkdtempSync(join(tmpdir(), 'scrunch-lazy-'));
  const path = join(folder, 'values.bin');
  writeFileSync(path, values);
  const plain = new CountingBlob(new Blob([values]));
  for (const blob of [new Blob([values]), await openAsBlob(path), plain]) {
    const read = await loadFloats(makeTensor('values', 'float32', [values.length], blob));
    expect(Buffer.compare(new Uint8Array(read.buffer), new Uint8Array(values.buffer))).toBe(0);
  }
  expect(plain.bytesRead).toBe(values.byteLength);
  rmSync(folder, { recursive: true });
});
