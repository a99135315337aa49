/** Data sets of images as folders that are named after their classes. */
import { ModelError } from '../../core/errors.ts';
import { isImageName } from './decode.ts';
import { fileNameOf, type Files } from '../files.ts';

export interface FiledImage {
  readonly path: string;
  readonly blob: Blob;
  /** By the folder; undefined where the image lies in none. */
  readonly classId: number | undefined;
}

/** Errors: ModelError where there are no images, and for a folder that is named after no class. */
export function filedImages(files: Files, labels: readonly string[]): readonly FiledImage[] {
  const images = [...files].filter(([path]) => isImageName(path));
  if (images.length === 0) {
    throw new ModelError(
      'There are no images among these files. Give a folder of PNG, JPEG, WebP, GIF or AVIF images, in folders named after their classes.',
    );
  }
  const ids = idsByName(labels);
  return images.map(([path, blob]) => ({ path, blob, classId: classOf(path, ids, labels) }));
}

function classOf(
  path: string,
  ids: ReadonlyMap<string, number>,
  labels: readonly string[],
): number | undefined {
  const folder = folderOf(path);
  if (folder === '') return undefined;
  const id = /^\d+$/.test(folder) ? Number(folder) : undefined;
  const named = ids.get(plain(folder)) ?? (id !== undefined && id < labels.length ? id : undefined);
  if (named !== undefined) return named;
  const some = labels.slice(0, 5).join('”, “');
  throw new ModelError(
    `The folder "${folder}" is named after none of the ${labels.length} classes. Name the folders of images “${some}”${labels.length > 5 ? ' …' : ''}, or by the classes' numbers.`,
  );
}

/** The name of the folder that a file lies in; '' where it lies in none. */
export const folderOf = (path: string): string =>
  fileNameOf(path.slice(0, Math.max(0, path.lastIndexOf('/'))));

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();

/** By the whole name, and by each of the names that a comma parts; the first class of a name has it. */
function idsByName(labels: readonly string[]): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  const add = (name: string, id: number): void => {
    if (!ids.has(plain(name))) ids.set(plain(name), id);
  };
  labels.forEach((label, id) => add(label, id));
  labels.forEach((label, id) => label.split(',').forEach((name) => add(name, id)));
  return ids;
}
