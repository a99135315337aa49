/** Which of the files that lie beside a model go with it, and where they go. */

/** Files by path. */
export type Files = ReadonlyMap<string, Blob>;

/** Where an upload's own README goes: its place is taken, and its terms hold on. */
export const originalReadme = 'README-original.md';

/** Samples to train and try on, the card of an embedded model, traces: for Scrunch, not for those who use the model. */
const ours =
  /^(samples(_\w+)?\.json|card\.json|trace\.json|recipe\.json|report\.(json|html))$|\.(npy|npz|pb|wav)$/i;

const depth = (path: string): number => path.split('/').length;
const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * The files by their paths within the exported folder: the folder that the highest config.json lies in
 * becomes its root. Other models, Scrunch's own files and paths that lead elsewhere stay behind.
 */
export function companionsOf(files: Files): Map<string, Blob> {
  const root = rootOf([...files.keys()]);
  const found = new Map<string, Blob>();
  // The highest first: of two that would lie in one place it stays.
  const paths = [...files.keys()].sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  for (const path of paths) {
    const within = path.startsWith(root) ? path.slice(root.length) : fileName(path);
    const blob = files.get(path);
    if (!blob || !isPlain(within) || ours.test(fileName(within)) || isModel(within)) continue;
    const place = /^readme\.md$/i.test(within) ? originalReadme : within;
    if (!found.has(place)) found.set(place, blob);
  }
  return found;
}

/** The folder of the highest config.json, with its slash; without one the highest folder of all. */
function rootOf(paths: readonly string[]): string {
  const configs = paths.filter((path) => fileName(path) === 'config.json');
  const [first] = [...(configs.length > 0 ? configs : paths)].sort((a, b) => depth(a) - depth(b));
  return first === undefined ? '' : first.slice(0, first.length - fileName(first).length);
}

/** No step upward, no drive, no hidden file, nothing that a file system would take for something else. */
const isPlain = (path: string): boolean =>
  path.length < 200 &&
  !/[\\:*?"<>|\p{Cc}]/u.test(path) &&
  path.split('/').every((part) => part !== '' && !part.startsWith('.'));

const isModel = (path: string): boolean => /\.onnx(_data(_\d+)?|\.data)?$/i.test(path);
