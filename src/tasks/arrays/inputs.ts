/** Files of arrays as the feeds of a model, and as the outputs that are expected of it. */
import { ModelError, RecipeError } from '../../core/errors.ts';
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import type { Feeds, Value } from '../../core/runtime.ts';
import type { ModelInterface } from '../facts.ts';
import { fileNameOf, type Files } from '../files.ts';
import { readOwnFiles } from '../samples/sample-files.ts';
import { samplesOf } from '../samples/sample-set.ts';
import { fitted } from './fitted.ts';
import { readJsonArrays } from './json.ts';
import { readNpyValue } from './npy.ts';
import { readNpz } from './npz.ts';
import { readPb } from './pb.ts';

/** What is fed, and what should come out. */
export interface TensorExample {
  readonly name: string;
  readonly feeds: Feeds;
  readonly expected?: Readonly<Record<string, Value>>;
}

/**
 * The inputs that one file gives; those that it does not name are left out. Errors: ModelError for
 * other kinds of files, unknown names, and arrays that do not fit.
 */
export async function feedsFrom(
  path: string,
  blob: Blob,
  inputs: readonly InputSpec[],
): Promise<Feeds> {
  const name = fileNameOf(path);
  const arrays = await arraysIn(name, blob, inputs);
  const entries = [...arrays].map(([key, value]) => {
    const input = inputs.find((one) => one.name === key) ?? unknown(name, key, inputs);
    return [input.name, fitted(value, input, name)] as const;
  });
  return Object.fromEntries(entries);
}

async function arraysIn(
  name: string,
  blob: Blob,
  inputs: readonly InputSpec[],
): Promise<ReadonlyMap<string, Value>> {
  const bytes = async (): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());
  const only = inputs.length === 1 ? inputs[0]?.name : undefined;
  switch (/\.(\w+)$/.exec(name)?.[1]?.toLowerCase()) {
    case 'npy': {
      const value = readNpyValue(name, await bytes());
      return new Map([[inputFor(name.replace(/\.npy$/i, ''), name, inputs), value]]);
    }
    case 'npz': {
      const arrays = readNpz(name, await bytes());
      const [first] = arrays.values();
      // np.savez names arrays that were given no name arr_0, arr_1 …
      const isUnnamed = arrays.size === 1 && arrays.has('arr_0') && only !== undefined && first;
      return isUnnamed ? new Map([[only, first]]) : arrays;
    }
    case 'json':
      return readJsonArrays(name, await blob.text(), only);
    case 'pb': {
      const tensor = await readPb(name, blob);
      return new Map([[inputFor(tensor.name, name, inputs), tensor.value]]);
    }
    default:
      throw new ModelError(
        `"${name}" is no file of arrays. Give the inputs as .npy, .npz, .json or .pb (an ONNX tensor).`,
      );
  }
}

/** By name, by the number in `input_0`, or the only one there is. */
function inputFor(key: string, file: string, inputs: readonly InputSpec[]): string {
  if (inputs.some(({ name }) => name === key)) return key;
  const number = /^input_(\d+)\.\w+$/.exec(file)?.[1];
  const input = number === undefined ? undefined : inputs[Number(number)];
  if (input) return input.name;
  if (inputs.length === 1 && inputs[0]) return inputs[0].name;
  return unknown(file, key, inputs);
}

function unknown(file: string, key: string, inputs: readonly InputSpec[]): never {
  const names = inputs.map(({ name }) => `"${name}"`).join(', ');
  throw new ModelError(
    `"${file}" gives "${key}", which is no input of this model. Its inputs are ${names}.`,
  );
}

/**
 * ONNX test data (folders of input_0.pb, output_0.pb …), .npz files with inputs and expected outputs by
 * name, or arrays whose first axis counts the samples. Errors: ModelError that names the file.
 */
export async function tensorExamples(
  files: Files,
  model: ModelInterface,
): Promise<readonly TensorExample[]> {
  const paths = [...files.keys()];
  if (paths.some((path) => testData.test(path))) return testSets(files, model);
  if (paths.some((path) => /\.npz$/i.test(path))) return npzSets(files, model);
  try {
    const samples = samplesOf(await readOwnFiles(files, model.inputs), model.inputs);
    return Array.from({ length: samples.count }, (_, index) => ({
      name: samples.name?.(index) ?? `sample ${index + 1}`,
      feeds: samples.feeds([index]),
    }));
  } catch (error) {
    throw error instanceof RecipeError ? new ModelError(error.message) : error;
  }
}

const testData = /(?:^|\/)(input|output)_(\d+)\.pb$/;

/** One for each folder. */
export async function testSets(
  files: Files,
  { inputs, outputs }: ModelInterface,
): Promise<readonly TensorExample[]> {
  const sets = new Map<string, { feeds: Record<string, Value>; expected: Record<string, Value> }>();
  for (const [path, blob] of files) {
    const [, kind, number] = testData.exec(path) ?? [];
    if (kind === undefined) continue;
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const set = sets.get(folder) ?? { feeds: {}, expected: {} };
    sets.set(folder, set);
    if (kind === 'input') {
      Object.assign(set.feeds, await feedsFrom(path, blob, inputs));
      continue;
    }
    const tensor = await readPb(fileNameOf(path), blob);
    const output =
      outputs.find(({ name }) => name === tensor.name) ?? outputs[Number(number)] ?? undefined;
    if (output) set.expected[output.name] = tensor.value;
  }
  return [...sets]
    .filter(([, { feeds }]) => Object.keys(feeds).length > 0 || inputs.length === 0)
    .map(([folder, set]) => ({ name: fileNameOf(folder) || 'test data', ...set }));
}

async function npzSets(
  files: Files,
  { inputs, outputs }: ModelInterface,
): Promise<readonly TensorExample[]> {
  const examples: TensorExample[] = [];
  for (const [path, blob] of files) {
    if (!/\.npz$/i.test(path)) continue;
    const name = fileNameOf(path);
    const feeds: Record<string, Value> = {};
    const expected: Record<string, Value> = {};
    for (const [key, value] of await arraysIn(name, blob, inputs)) {
      const input = inputs.find((one) => one.name === key);
      if (input) feeds[key] = fitted(value, input, name);
      else if (outputs.some((output) => output.name === key)) expected[key] = value;
      else unknown(name, key, inputs);
    }
    examples.push({ name, feeds, expected });
  }
  return examples;
}
