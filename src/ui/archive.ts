/** A zip archive of files as they are (stored, not deflated), made without holding them in memory. */
import { Zip, ZipPassThrough } from 'fflate';

/** A file with its path inside the archive. */
export interface ArchiveFile {
  readonly path: string;
  readonly blob: Blob;
}

/** Chunks that gather this many bytes become a Blob, which the browser may keep on disk. */
const portion = 2 ** 25;
/** Beyond this the format would need fields that its writer does not have. */
const limit = 2 ** 32 - 2 ** 20;

/** Errors: Error where the files are too large for a zip archive, the signal's reason. */
export async function archiveOf(
  files: readonly ArchiveFile[],
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (share: number) => void } = {},
): Promise<Blob> {
  const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
  if (total > limit) {
    throw new Error(
      'These files are too large for a zip archive (4 GB). Save into a folder instead.',
    );
  }
  const out = new Portions();
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    out.add(chunk);
  });
  let done = 0;
  for (const { path, blob } of files) {
    const entry = new ZipPassThrough(path);
    // The format wants a time; a fixed one makes equal archives of equal files.
    entry.mtime = '1980-01-01T12:00:00';
    zip.add(entry);
    const reader = blob.stream().getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      signal?.throwIfAborted();
      entry.push(next.value);
      done += next.value.byteLength;
      onProgress?.(total === 0 ? 1 : done / total);
    }
    entry.push(new Uint8Array(0), true);
  }
  zip.end();
  return out.done();
}

/** Chunks, moved into Blobs as they pile up. */
class Portions {
  private readonly blobs: Blob[] = [];
  private chunks: Uint8Array<ArrayBuffer>[] = [];
  private bytes = 0;

  add(chunk: Uint8Array): void {
    this.chunks.push(chunk.slice());
    this.bytes += chunk.byteLength;
    if (this.bytes >= portion) this.flush();
  }

  done(): Blob {
    this.flush();
    return new Blob(this.blobs, { type: 'application/zip' });
  }

  private flush(): void {
    this.blobs.push(new Blob(this.chunks));
    this.chunks = [];
    this.bytes = 0;
  }
}
