/** The files that lie beside a model: configuration, tokenizer, samples. */

/** By path within the model's folder, or by file name. */
export type Files = ReadonlyMap<string, Blob>;

export const fileNameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The path of the file of this name; the one in the highest folder where there are several. */
export function pathNamed(paths: Iterable<string>, name: string): string | undefined {
  const depth = (path: string): number => path.split('/').length;
  return [...paths]
    .filter((path) => fileNameOf(path) === name)
    .sort((a, b) => depth(a) - depth(b))[0];
}

/** The JSON object in the file of this name; undefined where there is none, or it is no JSON object. */
export async function jsonNamed(
  files: Files,
  name: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const path = pathNamed(files.keys(), name);
  const blob = path === undefined ? undefined : files.get(path);
  if (!blob) return undefined;
  try {
    const json: unknown = JSON.parse(await blob.text());
    return isRecord(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

export const isRecord = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
