/** What a model's files are, by their hashes. */
import { sha256 } from '../core/onnx/hash.ts';
import type { ModelFiles } from '../core/runtime.ts';
import type { StoredFile } from './entry.ts';
import type { ModelFile } from './model-file.ts';

export type Hash = (blob: Blob) => Promise<string>;

/** A file to store, and its bytes. */
export interface HashedFile extends StoredFile {
  readonly blob: Blob;
}

/**
 * The hash of the .onnx, or one over all files of the model where there are more: results of one
 * model may differ in their external data alone.
 */
export async function identityOf(files: readonly HashedFile[], hash: Hash): Promise<string> {
  const own = files.filter(({ kind }) => kind !== 'extra');
  const [first] = own;
  if (first && own.length === 1) return first.sha256;
  const lines = own.map(({ path, kind, sha256: digest }) =>
    // The .onnx carries the name that the visitor sees, which is no part of the model.
    kind === 'onnx' ? digest : `${digest} ${path}`,
  );
  return hash(new Blob([lines.join('\n')]));
}

/** The .onnx first, then its external files, then the rest. */
export async function hashed(file: ModelFile, hash: Hash): Promise<HashedFile[]> {
  const all: [string, StoredFile['kind'], Blob][] = [
    [`${file.name}.onnx`, 'onnx', file.onnx],
    ...[...file.external].map(([path, blob]): [string, 'external', Blob] => [
      path,
      'external',
      blob,
    ]),
    ...[...file.extras].map(([path, blob]): [string, 'extra', Blob] => [path, 'extra', blob]),
  ];
  const files: HashedFile[] = [];
  for (const [path, kind, blob] of all) {
    files.push({ path, kind, blob, bytes: blob.size, sha256: await hash(blob) });
  }
  return files;
}

/** What a model's id in the library would be. Reads all of its bytes, piece by piece. */
export async function contentHash({ onnx, external }: ModelFiles): Promise<string> {
  return identityOf(await hashed({ name: '', onnx, external, extras: new Map() }, sha256), sha256);
}
