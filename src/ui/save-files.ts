/** Gives files to the visitor: as a download, or into a folder of their choice. */
import type { ArchiveFile } from './archive.ts';

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

/** Asks for a folder and writes the files into it. Errors: AbortError where the visitor picks none. */
export async function saveIntoFolder(files: readonly ArchiveFile[]): Promise<void> {
  const root = await picker()?.({ mode: 'readwrite' });
  if (!root) return;
  for (const { path, blob } of files) {
    const folders = path.split('/');
    const name = folders.pop() || path;
    let folder = root;
    for (const one of folders) folder = await folder.getDirectoryHandle(one, { create: true });
    const handle = await folder.getFileHandle(name, { create: true });
    const target = await handle.createWritable();
    // Closes the file, or leaves what was there where it fails.
    await blob.stream().pipeTo(target);
  }
}
