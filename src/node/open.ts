/** Opens a model on disk: handles to its files, of which nothing is read before it is needed. */
import { openAsBlob, type Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

import { hasCodedName } from '../core/coding/coded-mark.ts';
import { decodeModel } from '../core/coding/coded-model.ts';
import { formatBytes, ModelError } from '../core/errors.ts';
import { externalLocations } from '../core/onnx/read.ts';
import type { ModelFiles } from '../core/runtime.ts';

/** A model on disk. */
export interface ModelOnDisk {
  /** File name of the .onnx; of a coded file that of the .onnx in it. */
  readonly name: string;
  /** Absolute path of the .onnx, or of the coded file. */
  readonly path: string;
  readonly files: ModelFiles;
  /** Its files by their real paths: they must not be overwritten while they are read. */
  readonly sources: ReadonlyMap<string, Blob>;
}

/**
 * Opens a .onnx file with the files that its tensors point into, a coded file, or the model of a folder. Errors:
 * ModelError where a file is missing, unreadable, or lies outside the model's folder.
 */
export async function openModelFile(path: string): Promise<ModelOnDisk> {
  const onnxPath = await modelPath(resolve(path));
  const onnx = await openBlob(onnxPath, `"${onnxPath}"`);
  const sources = new Map([[await realpath(onnxPath), onnx]]);
  const coded = await decodeModel(onnx);
  if (coded) return { name: coded.name, path: onnxPath, files: coded.files, sources };
  const external = new Map<string, Blob>();
  for (const location of await externalLocations(onnx)) {
    const found = await besideModel(dirname(onnxPath), location);
    // What is missing is told by the reader, all at once.
    if (found === undefined) continue;
    const file = await openBlob(found, `"${location}", which holds weights of the model,`);
    external.set(location, file);
    sources.set(found, file);
  }
  return { name: basename(onnxPath), path: onnxPath, files: { onnx, external }, sources };
}

/** The file that a path means: itself, or the model in a folder (also the `onnx` folder that transformers.js uses). */
async function modelPath(path: string): Promise<string> {
  if (!(await kindOf(path, `"${path}"`)).isDirectory()) return path;
  for (const folder of [path, join(path, 'onnx')]) {
    const entries = await readdir(folder).catch((): string[] => []);
    const plain = entries.filter((name) => name.toLowerCase().endsWith('.onnx')).sort();
    const models = plain.length > 0 ? plain : entries.filter(hasCodedName).sort();
    const chosen = models.length === 1 ? models[0] : models.find((name) => name === 'model.onnx');
    if (chosen !== undefined) return join(folder, chosen);
    if (models.length > 1) {
      const some = models.slice(0, 5).join(', ') + (models.length > 5 ? ', …' : '');
      throw new ModelError(`The folder "${path}" holds several models: ${some}. Name one of them.`);
    }
  }
  throw new ModelError(`The folder "${path}" holds no .onnx file. Give the path of a model.`);
}

/** The real path of an external file; undefined where there is none. Errors: ModelError where it leaves the folder. */
async function besideModel(folder: string, location: string): Promise<string | undefined> {
  const real = await realpath(join(folder, location)).catch(() => undefined);
  if (real === undefined) return undefined;
  const inside = relative(await realpath(folder), real);
  if (inside !== '..' && !inside.startsWith(`..${sep}`) && resolve(inside) !== inside) return real;
  throw new ModelError(
    `The model keeps weights in "${location}", a link that leads out of its folder to "${real}". ` +
      'Copy that file beside the model (cp -L) if you trust it.',
  );
}

/** A handle to a file's bytes. Node reads them when asked. */
async function openBlob(path: string, what: string): Promise<Blob> {
  const info = await kindOf(path, what);
  if (!info.isFile()) throw new ModelError(`${what} is not a file. Give the path of a model.`);
  const blob = await openAsBlob(path).catch((error: unknown) => {
    throw explain(error, what);
  });
  if (blob.size === info.size) return blob;
  // Node counts a file's bytes in 32 bits.
  throw new ModelError(
    `${what} has ${formatBytes(info.size)}; under Node a single file may have 4.29 GB. ` +
      'Export the model with its weights in several files.',
  );
}

const kindOf = (path: string, what: string): Promise<Stats> =>
  stat(path).catch((error: unknown) => {
    throw explain(error, what);
  });

function explain(error: unknown, what: string): ModelError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const said = { ENOENT: 'does not exist', ENOTDIR: 'does not exist', EACCES: 'may not be read' }[
    code
  ];
  const reason = said ?? `can't be read (${code || String(error)})`;
  return new ModelError(`${what} ${reason}. Check the path.`, { cause: error });
}
