/** Files from a drop, a file picker or a folder picker, with their paths. Nothing is read. */
import type { NamedBlob } from './model-file.ts';

/** More files than any model's folder has: the visitor dropped something else. */
const most = 2000;

/** The files of an `<input type="file">`, with or without `webkitdirectory`. */
export const fromPicker = (files: FileList): NamedBlob[] =>
  Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, blob: file })).slice(
    0,
    most,
  );

/**
 * The files of a drop, folders walked. Call it in the event itself: the browser empties the transfer
 * afterwards.
 */
export async function fromDrop(transfer: DataTransfer): Promise<NamedBlob[]> {
  const entries = Array.from(transfer.items, (item) =>
    item.kind === 'file' ? item.webkitGetAsEntry() : null,
  );
  const loose = Array.from(transfer.files);
  const found: NamedBlob[] = [];
  for (const entry of entries) if (entry) await walk(entry, '', found);
  return found.length > 0 ? found : loose.map((file) => ({ path: file.name, blob: file }));
}

async function walk(entry: FileSystemEntry, folder: string, into: NamedBlob[]): Promise<void> {
  if (into.length >= most) return;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => {
      entry.file(resolve, reject);
    });
    into.push({ path: folder + file.name, blob: file });
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    // A folder is read in portions; an empty one is the last.
    for (;;) {
      const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => {
        reader.readEntries(resolve, reject);
      });
      if (portion.length === 0) return;
      for (const inner of portion) await walk(inner, `${folder}${entry.name}/`, into);
    }
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
