import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';

import { archiveOf } from '../../src/ui/archive.ts';

const bytes = (size: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: size }, (_, index) => (index * 31) % 251);

test('files come back whole, in their order', async () => {
  const files = [
    { path: 'model.onnx', blob: new Blob([bytes(300_000)]) },
    { path: 'onnx/model.onnx_data', blob: new Blob([bytes(70_000)]) },
    { path: 'empty.json', blob: new Blob([]) },
  ];
  const shares: number[] = [];
  const zip = await archiveOf(files, { onProgress: (share) => shares.push(share) });
  const back = unzipSync(new Uint8Array(await zip.arrayBuffer()));
  expect(Object.keys(back)).toEqual(files.map(({ path }) => path));
  expect(back['model.onnx']).toEqual(bytes(300_000));
  expect(back['onnx/model.onnx_data']).toEqual(bytes(70_000));
  expect(back['empty.json']).toHaveLength(0);
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
});

test('it can be stopped', async () => {
  const files = [{ path: 'a', blob: new Blob([bytes(1000)]) }];
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(archiveOf(files, { signal })).rejects.toThrow('stopped');
});

test('what the format can’t hold is refused before anything is read', async () => {
  const huge = { size: 2 ** 32 } as Blob;
  await expect(archiveOf([{ path: 'a', blob: huge }])).rejects.toThrow(/too large.*folder/);
});
