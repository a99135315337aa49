import { unzipSync } from 'fflate';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { saveArchive, saveIntoFolder } from '../../src/ui/save-files.ts';

/** A file on a disk that takes bytes slowly. */
class SlowFile {
  readonly chunks: Uint8Array[] = [];
  ended: 'closed' | 'aborted' | undefined;
  busy = 0;
  most = 0;
  failAt = Infinity;

  async write(chunk: Uint8Array): Promise<void> {
    this.most = Math.max(this.most, ++this.busy);
    await Promise.resolve();
    if (this.chunks.length >= this.failAt) throw new Error('The disk is full.');
    this.chunks.push(chunk.slice());
    this.busy--;
  }
  close(): Promise<void> {
    this.ended = 'closed';
    return Promise.resolve();
  }
  abort(): Promise<void> {
    this.ended = 'aborted';
    return Promise.resolve();
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Bytes that are large by their own account alone: the size decides the way, not what is there. */
function large(text: string): Blob {
  const blob = new Blob([text]);
  Object.defineProperty(blob, 'size', { value: 150_000_000 });
  return blob;
}

describe('a large archive goes straight to the disk', () => {
  test('piece by piece, each when the one before is written', async () => {
    const file = new SlowFile();
    const pick = vi.fn(() => Promise.resolve({ createWritable: () => Promise.resolve(file) }));
    vi.stubGlobal('showSaveFilePicker', pick);
    const files = [
      { path: 'onnx/model.onnx', blob: large('weights') },
      { path: 'config.json', blob: new Blob(['{}']) },
    ];
    await saveArchive('model.zip', files);
    expect(pick).toHaveBeenCalledWith({ suggestedName: 'model.zip' });
    expect(file.ended).toBe('closed');
    expect(file.most).toBe(1);
    const zip = unzipSync(new Uint8Array(await new Blob(file.chunks as BlobPart[]).arrayBuffer()));
    expect(new TextDecoder().decode(zip['onnx/model.onnx'])).toBe('weights');
    expect(Object.keys(zip)).toHaveLength(2);
  });

  test('and leaves what was there where it fails', async () => {
    const file = new SlowFile();
    file.failAt = 2;
    vi.stubGlobal('showSaveFilePicker', () =>
      Promise.resolve({ createWritable: () => Promise.resolve(file) }),
    );
    await expect(saveArchive('model.zip', [{ path: 'a', blob: large('a') }])).rejects.toThrow(
      'The disk is full.',
    );
    expect(file.ended).toBe('aborted');
  });
});

/** A folder in memory. */
class Folder {
  readonly folders = new Map<string, Folder>();
  readonly files = new Map<string, string>();

  getDirectoryHandle(name: string): Promise<Folder> {
    const folder = this.folders.get(name) ?? new Folder();
    this.folders.set(name, folder);
    return Promise.resolve(folder);
  }
  getFileHandle(name: string) {
    let text = '';
    const decoder = new TextDecoder();
    const target = new WritableStream<Uint8Array>({
      write: (chunk) => void (text += decoder.decode(chunk)),
      close: () => void this.files.set(name, text),
    });
    return Promise.resolve({ createWritable: () => Promise.resolve(target) });
  }
}

test('files go into a folder of their own within the chosen one', async () => {
  const chosen = new Folder();
  vi.stubGlobal('showDirectoryPicker', () => Promise.resolve(chosen));
  const shares: number[] = [];
  await saveIntoFolder(
    [
      { path: 'onnx/model.onnx', blob: new Blob(['weights']) },
      { path: 'README.md', blob: new Blob(['hi!']) },
    ],
    { within: 'small', onProgress: (share) => shares.push(share) },
  );
  const small = chosen.folders.get('small');
  expect(small?.files.get('README.md')).toBe('hi!');
  expect(small?.folders.get('onnx')?.files.get('model.onnx')).toBe('weights');
  expect(shares).toEqual([0.7, 1]);
});
