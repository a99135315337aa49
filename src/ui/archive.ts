/** A zip archive of files as they are (stored, not deflated), made without holding them in memory. */
import { Zip, ZipPassThrough } from 'fflate';

/** A file with its path inside the archive. */
export interface ArchiveFile {
  readonly path: string;
  readonly blob: Blob;
}

export interface ArchiveOptions {
  readonly signal?: AbortSignal;
  /** Share of the bytes that were read. */
  readonly onProgress?: (share: number) => void;
}

/** Takes the next bytes of an archive; whoever makes them waits until it is done. */
export type Sink = (chunk: Uint8Array<ArrayBuffer>) => Promise<void> | void;

/** Chunks that gather this many bytes become a Blob, which the browser may keep on disk. */
const portion = 2 ** 25;
/** Beyond this the format would need fields that its writer does not have. */
const limit = 2 ** 32 - 2 ** 20;

/** The archive as a Blob of portions. Errors: as `writeArchive`. */
export async function archiveOf(
  files: readonly ArchiveFile[],
  options: ArchiveOptions = {},
): Promise<Blob> {
  const out = new Portions();
  await writeArchive(files, (chunk) => out.add(chunk), options);
  return out.done();
}

/** Writes an archive piece by piece. Errors: Error where the files are too large for a zip archive, the sink's, the signal's reason. */
export async function writeArchive(
  files: readonly ArchiveFile[],
  sink: Sink,
  { signal, onProgress }: ArchiveOptions = {},
): Promise<void> {
  const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
  if (total > limit) {
    throw new Error(
      'These files are too large for a zip archive (4 GB). Save into a folder instead.',
    );
  }
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    waiting.push(chunk.slice());
  });
  const drain = async (): Promise<void> => {
    for (const chunk of waiting.splice(0)) await sink(chunk);
  };
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
      await drain();
      done += next.value.byteLength;
      onProgress?.(total === 0 ? 1 : done / total);
    }
    entry.push(new Uint8Array(0), true);
  }
  zip.end();
  await drain();
}

/** Chunks, moved into Blobs as they pile up. */
class Portions {
  private readonly blobs: Blob[] = [];
  private chunks: Uint8Array<ArrayBuffer>[] = [];
  private bytes = 0;

  add(chunk: Uint8Array<ArrayBuffer>): void {
    this.chunks.push(chunk);
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
