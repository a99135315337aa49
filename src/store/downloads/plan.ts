/** What is to be downloaded for a choice that a visitor made. */
import type { Address } from '../hub/address.ts';
import type { RemoteFile, Repository } from '../hub/repository.ts';
import { fileNameOf, folderOf, type Variant } from '../hub/variants.ts';
import { nothingStored, type DownloadFile, type StoredDownload } from './record.ts';

/** A folder has a few files that hold weights; what has more is something else. */
const mostBeside = 500;

/** A variant with what belongs to it. The same choice has the same key, so nobody downloads twice. */
export function planFromHub(repository: Repository, variant: Variant, now: number): StoredDownload {
  const { host, repo, revision, commit } = repository;
  const folder = repo.slice(repo.indexOf('/') + 1);
  const chosen = [variant.onnx, ...variant.external, ...variant.companions];
  const placed = (file: RemoteFile): RemoteFile => ({ ...file, path: `${folder}/${file.path}` });
  const beside = repository.files.filter(
    (file) =>
      folderOf(file.path).startsWith(folderOf(variant.path)) &&
      !chosen.includes(file) &&
      !/\.onnx$/i.test(file.path),
  );
  return {
    key: `${host}/${repo}@${commit}/${variant.path}`,
    title: repo,
    model: `${folder}/${variant.path}`,
    source: { kind: 'hub', host, repo, revision, commit, path: variant.path },
    files: chosen.map((file) => wanted(placed(file))),
    beside: beside.slice(0, mostBeside).map(placed),
    wanted: true,
    added: now,
  };
}

/** A single file by its URL; what it points into follows when it is here. */
export function planFromUrl(
  { url }: Extract<Address, { kind: 'url' }>,
  bytes: number | undefined,
  now: number,
): StoredDownload {
  const name = nameInUrl(url);
  return {
    key: url,
    title: name,
    model: name,
    source: { kind: 'url', url },
    files: [wanted({ path: name, url, bytes })],
    beside: [],
    wanted: true,
    added: now,
  };
}

/** A file that was not known to belong to the model until its header was read. */
export const wanted = (file: Omit<DownloadFile, 'stored'>): DownloadFile => ({
  ...file,
  stored: nothingStored,
});

/** The last part of the path, as a name that any disk takes. */
export function nameInUrl(url: string): string {
  const last = fileNameOf(new URL(url).pathname);
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // It stays as it was written.
  }
  const safe = name.replace(/[\\/:*?"<>|\p{Cc}]/gu, '_').replace(/^\.+/, '');
  return safe === '' ? 'model.onnx' : safe.slice(-120);
}
