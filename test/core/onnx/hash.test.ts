import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/core/onnx/hash.ts';

const utf8 = new TextEncoder();

describe('sha256', () => {
  // FIPS 180-4's own examples.
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('of "%s"', async (text, digest) => {
    expect(await sha256(utf8.encode(text))).toBe(digest);
    expect(await sha256(new Blob([text]))).toBe(digest);
  });

  test('streams a Blob of many pieces and agrees with the platform', async () => {
    const bytes = Uint8Array.from({ length: 1_000_003 }, (_, index) => (index * 7919) >> 3);
    const pieces = new Blob([bytes.subarray(0, 70_001), bytes.subarray(70_001)]);
    const digest = createHash('sha256').update(bytes).digest('hex');
    expect(await sha256(pieces)).toBe(digest);
    expect(await Promise.all([sha256(bytes), sha256(pieces)])).toEqual([digest, digest]);
  });

  test('reads a Blob larger than a piece, and stops between two pieces', async () => {
    const bytes = Uint8Array.from({ length: 2 ** 22 + 5 }, (_, index) => (index * 7919) >> 3);
    const digest = createHash('sha256').update(bytes).digest('hex');
    expect(await sha256(new Blob([bytes]))).toBe(digest);
    const stopped = AbortSignal.abort(new Error('stop'));
    await expect(sha256(new Blob([bytes]), stopped)).rejects.toThrow('stop');
  });

  test('the library under it runs in a worker', async () => {
    const source = `
      import { parentPort } from 'node:worker_threads';
      import { createSHA256 } from 'hash-wasm';
      parentPort.postMessage((await createSHA256()).init().update(new Uint8Array([97, 98, 99])).digest('hex'));`;
    const worker = new Worker(source, { eval: true, type: 'module' } as ConstructorParameters<
      typeof Worker
    >[1]);
    const digest = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(digest).toMatch(/^ba7816bf/);
  });
});
