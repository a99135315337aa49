/**
 * Samples in files. A set that comes with a model is `samples.json` and the .npy files that it names;
 * a visitor's are .npy arrays named after the inputs, or a .json of them.
 */
import { RecipeError } from '../../core/errors.ts';
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import type { Files } from '../files.ts';
import { readNpy, type Numbers } from './npy.ts';
import { mainInputs, type SampleSet } from './sample-set.ts';

/** The list of a model's own samples, in the model's folder. */
export const listName = 'samples.json';

/**
 * An array: nested lists, or the path of a .npy file beside the list. Stored numbers times `scale` (1)
 * plus `offset` (0) are the input: images may lie as bytes.
 */
type Column =
  unknown[] | string | { readonly file: string; readonly scale?: number; readonly offset?: number };

/** What samples.json holds. `label` says what the samples are, for people. */
interface List {
  readonly label?: string;
  readonly inputs: Readonly<Record<string, Column>>;
  readonly targets?: Column;
  readonly names?: readonly string[];
}

/** The files of a model's own set, by path; undefined where it has none. */
export function ownList(files: Iterable<string>): string | undefined {
  return [...files].find((path) => baseOf(path) === listName);
}

/** Reads a model's own set. Errors: RecipeError that names the file. */
export async function readSet(path: string, files: Files): Promise<SampleSet> {
  const folder = path.slice(0, path.length - listName.length);
  const list = await jsonOf(path, files.get(path));
  if (!isRecord(list) || !isRecord(list['inputs'])) {
    throw new RecipeError(`"${path}" has no "inputs": an object with an array for each input.`);
  }
  return setOf(list as unknown as List, path, (name) => files.get(folder + name));
}

/** Reads a visitor's files. Errors: RecipeError that names the file and says what it should be. */
export async function readOwnFiles(files: Files, inputs: readonly InputSpec[]): Promise<SampleSet> {
  const paths = [...files.keys()];
  if (paths.length === 0) {
    throw new RecipeError(
      'No samples were chosen. Choose .npy or .json files under “Data”, or give them with --data.',
    );
  }
  const other = paths.find((path) => !/\.(npy|json)$/i.test(path));
  if (other !== undefined) throw new RecipeError(otherKind(other));
  const label = paths.map(baseOf).join(', ');
  const lists = paths.filter((path) => /\.json$/i.test(path));
  if (lists.length === 1) {
    const list = listFrom(await jsonOf(lists[0]!, files.get(lists[0]!)), inputs);
    const beside = (name: string) =>
      files.get(paths.find((path) => baseOf(path) === baseOf(name)) ?? '');
    return { ...(await setOf(list, lists[0]!, beside)), label };
  }
  if (lists.length > 1) {
    throw new RecipeError(`${label}: choose one .json file, it holds all of the inputs.`);
  }
  const columns = new Map<string, Numbers>();
  let targets: Numbers | undefined;
  for (const path of paths) {
    const numbers = await npyOf(path, files.get(path));
    if (isTargets(path)) targets = numbers;
    else columns.set(inputFor(path, inputs), numbers);
  }
  return { label, inputs: columns, ...(targets ? { targets } : {}) };
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const stemOf = (path: string): string => baseOf(path).replace(/\.\w+$/, '');
const isTargets = (path: string): boolean => /^(targets?|labels?|y)$/i.test(stemOf(path));

function otherKind(path: string): string {
  const kind = /\.txt$/i.test(path)
    ? 'is text, and there is no tokenizer here that makes token ids of it'
    : 'is neither .npy nor .json';
  return `"${baseOf(path)}" ${kind}. Give the model's inputs as arrays: a .npy file for each, or one .json.`;
}

/** The input that a file is for: the one it is named after, or the only one there is. */
function inputFor(path: string, inputs: readonly InputSpec[]): string {
  const named = inputs.find(({ name }) => name === stemOf(path));
  const main = mainInputs(inputs);
  if (named) return named.name;
  if (main.length === 1) return main[0]!.name;
  throw new RecipeError(
    `"${baseOf(path)}" is named after no input. Name the files ${main.map(({ name }) => `${name}.npy`).join(', ')}, and the right answers labels.npy.`,
  );
}

/** A list of the inputs, an array for the only one, or the full form. */
function listFrom(json: unknown, inputs: readonly InputSpec[]): List {
  if (isRecord(json) && isRecord(json['inputs'])) return json as unknown as List;
  const main = mainInputs(inputs);
  if (Array.isArray(json) && main.length === 1) return { inputs: { [main[0]!.name]: json } };
  if (isRecord(json)) {
    const entries = Object.entries(json) as [string, Column][];
    const targets = entries.find(([name]) => isTargets(name))?.[1];
    const columns = entries.filter(([name]) => !isTargets(name));
    return { inputs: Object.fromEntries(columns), ...(targets ? { targets } : {}) };
  }
  throw new RecipeError(
    `The .json file must be an object with an array for each input: ${main.map(({ name }) => `"${name}"`).join(', ')}, and "labels" where there are right answers.`,
  );
}

async function setOf(
  { label, inputs, targets, names }: List,
  path: string,
  beside: (name: string) => Blob | undefined,
): Promise<SampleSet> {
  const columns = new Map<string, Numbers>();
  for (const [name, column] of Object.entries(inputs)) {
    columns.set(name, await columnOf(column, `${path}, "${name}"`, beside));
  }
  return {
    label: label ?? baseOf(path),
    inputs: columns,
    ...(targets ? { targets: await columnOf(targets, `${path}, "targets"`, beside) } : {}),
    ...(names ? { names } : {}),
  };
}

async function columnOf(
  column: Column,
  place: string,
  beside: (name: string) => Blob | undefined,
): Promise<Numbers> {
  if (Array.isArray(column)) return numbersIn(column, place);
  const { file, scale = 1, offset = 0 } = typeof column === 'string' ? { file: column } : column;
  const { dims, data } = await npyOf(file, beside(file));
  if (scale === 1 && offset === 0) return { dims, data };
  return { dims, data: Float32Array.from(data, (stored) => stored * scale + offset) };
}

/** Nested lists of one shape. */
function numbersIn(list: unknown[], place: string): Numbers {
  const dims: number[] = [];
  for (let inner: unknown = list; Array.isArray(inner); inner = inner[0]) {
    dims.push(inner.length);
  }
  const data: readonly unknown[] = list.flat(dims.length - 1);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (data.length === count && data.every((number) => typeof number === 'number')) {
    return { dims, data };
  }
  throw new RecipeError(
    `${place}: the lists are not numbers of one shape. Cut or pad all samples to the same size.`,
  );
}

async function npyOf(path: string, blob: Blob | undefined): Promise<Numbers> {
  if (!blob) throw new RecipeError(`"${path}" is not among the files. Choose it as well.`);
  return readNpy(path, new Uint8Array(await blob.arrayBuffer()));
}

async function jsonOf(path: string, blob: Blob | undefined): Promise<unknown> {
  if (!blob) throw new RecipeError(`"${path}" is not among the files. Choose it as well.`);
  try {
    return JSON.parse(await blob.text()) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RecipeError(`"${path}" is no JSON: ${why}.`);
  }
}

const isRecord = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
