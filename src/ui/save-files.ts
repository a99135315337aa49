/** Gives files to the visitor: as a download, or into a folder of their choice. */
import { archiveOf, writeArchive, type ArchiveFile, type ArchiveOptions } from './archive.ts';

/** Starts a download. */
export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of the Blob by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

type FolderPicker = (options: { mode: 'readwrite' }) => Promise<FileSystemDirectoryHandle>;

const picker = (): FolderPicker | undefined =>
  (globalThis as { showDirectoryPicker?: FolderPicker }).showDirectoryPicker;

/** Whether this browser lets a page write into a folder. */
export const canSaveIntoFolder = (): boolean => picker() !== undefined;

type FilePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

const filePicker = (): FilePicker | undefined =>
  (globalThis as { showSaveFilePicker?: FilePicker }).showSaveFilePicker;

/** An archive up to this many bytes is a plain download: no dialog, and no more memory than a picture takes. */
const plain = 100_000_000;

/**
 * Gives files as one zip archive. A large one goes straight to the disk where the browser lets a page
 * write files, and is gathered from Blobs elsewhere, which the browser keeps on disk as well. Errors:
 * as `writeArchive`, AbortError where the visitor picks no place.
 */
export async function saveArchive(
  name: string,
  files: readonly ArchiveFile[],
  options: ArchiveOptions = {},
): Promise<void> {
  const bytes = files.reduce((sum, { blob }) => sum + blob.size, 0);
  const pick = filePicker();
  if (!pick || bytes <= plain) {
    download(name, await archiveOf(files, options));
    return;
  }
  const target = await (await pick({ suggestedName: name })).createWritable();
  try {
    await writeArchive(files, (chunk) => target.write(chunk), options);
    await target.close();
  } catch (error) {
    // What was there before stays.
    await target.abort().catch(() => undefined);
    throw error;
  }
}

export interface FolderOptions extends ArchiveOptions {
  /** A folder to make inside the chosen one. */
  readonly within?: string;
}

/** Asks for a folder and writes the files into it. Errors: AbortError where the visitor picks none, the signal's reason. */
export async function saveIntoFolder(
  files: readonly ArchiveFile[],
  { within, signal, onProgress }: FolderOptions = {},
): Promise<void> {
  const chosen = await picker()?.({ mode: 'readwrite' });
  if (!chosen) return;
  const root = within ? await chosen.getDirectoryHandle(within, { create: true }) : chosen;
  const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
  let done = 0;
  for (const { path, blob } of files) {
    const folders = path.split('/');
    const name = folders.pop() || path;
    let folder = root;
    for (const one of folders) folder = await folder.getDirectoryHandle(one, { create: true });
    const handle = await folder.getFileHandle(name, { create: true });
    const target = await handle.createWritable();
    // Closes the file, or leaves what was there where it fails.
    await blob.stream().pipeTo(target, signal ? { signal } : {});
    done += blob.size;
    onProgress?.(total === 0 ? 1 : done / total);
  }
}
