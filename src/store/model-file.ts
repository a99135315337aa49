/**
 * A model as the page holds it: handles to its files, nothing read. `gather` makes one from whatever
 * a visitor dropped or picked.
 */
import { hasCodedName, isCodedFile } from '../core/coding/coded-mark.ts';
import type { CodedModel } from '../core/coding/coded-model.ts';
import { ModelError } from '../core/errors.ts';
import { externalLocations } from '../core/onnx/read.ts';
import { localCodec, type Codec } from './codec.ts';
import type { Source } from './entry.ts';

export interface ModelFile {
  readonly name: string;
  readonly onnx: Blob;
  /** Files that the model's tensors point into, by the location that they name. */
  readonly external: ReadonlyMap<string, Blob>;
  /** Everything else that came along (config, tokenizer …), by path. */
  readonly extras: ReadonlyMap<string, Blob>;
  readonly source?: Source;
}

/** A file with its path inside what was opened: `folder/onnx/model.onnx`. */
export interface NamedBlob {
  readonly path: string;
  readonly blob: Blob;
}

/** The models among some files, and the one to open first. Errors: ModelError where there is none. */
export function onnxAmong(files: readonly NamedBlob[]): readonly NamedBlob[] {
  const found = files.filter(({ path }) => /\.onnx$/i.test(path) || hasCodedName(path));
  if (found.length === 0) {
    const foreign = foreignAmong(files);
    if (foreign) throw foreign;
    // A single file is tried whatever its name: the reader says what it is if it is no model.
    if (files.length === 1) return files;
    const names = files.slice(0, 3).map(({ path }) => `"${path}"`);
    throw new ModelError(
      files.length === 0
        ? 'There is no file in what was opened. Open an .onnx file, or a folder that holds one.'
        : `There is no .onnx file among ${files.length} files (${names.join(', ')}${files.length > 3 ? ' …' : ''}). ` +
            'Open the .onnx file, or the folder that holds it.',
    );
  }
  return [...found].sort((a, b) => depth(a.path) - depth(b.path) || (a.path < b.path ? -1 : 1));
}

/** What models of other programs are, by the ends of their names. */
const otherFormats: ReadonlyMap<string, string> = new Map([
  ['safetensors', 'a safetensors file: weights without the graph that runs them'],
  ['gguf', 'a model for llama.cpp'],
  ['pt', 'a checkpoint of PyTorch'],
  ['pth', 'a checkpoint of PyTorch'],
  ['ckpt', 'a checkpoint'],
  ['tflite', 'a model for TensorFlow Lite'],
  ['h5', 'a model for Keras'],
  ['keras', 'a model for Keras'],
]);

/** Says what to do with a model of another program; undefined where there is none. */
function foreignAmong(files: readonly NamedBlob[]): ModelError | undefined {
  for (const { path } of files) {
    const format = otherFormats.get(/\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '');
    if (format === undefined) continue;
    return new ModelError(
      `"${fileName(path)}" is ${format}. Scrunch opens ONNX: export the model as .onnx, or look for its name on the Hub, where many models have an ONNX version.`,
    );
  }
  return undefined;
}

const depth = (path: string): number => path.split('/').length;
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * Puts a model together with the files it points into. `chosen` is one of `onnxAmong(files)`. Files
 * that are missing are left out here: reading the model names them. A coded file brings its own.
 * Errors: ModelError.
 */
export async function gather(
  chosen: NamedBlob,
  files: readonly NamedBlob[],
  codec: Pick<Codec, 'model'> = localCodec,
): Promise<ModelFile> {
  const coded = (await isCodedFile(chosen.blob)) ? await codec.model(chosen.blob) : undefined;
  if (coded) return decoded(coded, chosen, files);
  const folder = folderOf(chosen.path);
  const byPath = new Map(files.map(({ path, blob }) => [path, blob]));
  // A single file has nothing beside it: reading the model says so if it should have.
  const locations = files.length > 1 ? await externalLocations(chosen.blob) : [];
  const external = new Map<string, Blob>();
  for (const location of locations) {
    // Dropped one by one, files lose their folders: then the bare name must do.
    const blob = byPath.get(folder + location) ?? byPath.get(fileName(location));
    if (blob) external.set(location, blob);
  }
  const used = new Set<Blob>([chosen.blob, ...external.values()]);
  const extras = files.filter((file) => !used.has(file.blob) && isExtra(file));
  return {
    name: nameOf(chosen.path),
    onnx: chosen.blob,
    external,
    extras: new Map(extras.map(({ path, blob }) => [path, blob])),
  };
}

/** What was in a coded file, and what else lay beside it. */
function decoded(
  { name, files: { onnx, external }, extras }: CodedModel,
  chosen: NamedBlob,
  files: readonly NamedBlob[],
): ModelFile {
  const beside = files.filter((file) => file.blob !== chosen.blob && isExtra(file));
  const all = [...beside.map(({ path, blob }) => [path, blob] as const), ...extras];
  return { name: nameOf(name), onnx, external, extras: new Map(all) };
}

/** The file's name; of `bert/onnx/model_q4.onnx` and its like, which all models have, `bert_q4`. */
function nameOf(path: string): string {
  const name = fileName(path).replace(/\.onnx$/i, '') || 'model';
  const folder = path
    .split('/')
    .slice(0, -1)
    .findLast((part) => part !== 'onnx');
  return folder ? name.replace(/^model(?=_|$)/, folder) : name;
}

/**
 * Companions worth keeping: configuration, tokenizer, labels, samples, licence. Binary files only where
 * they are small enough to be a vocabulary: larger ones are weights of other formats.
 */
const isExtra = ({ path, blob }: NamedBlob): boolean =>
  !/(^|\/)\./.test(path) &&
  (/\.(json|txt|tsv|csv|model|jinja|md|npy|npz|pb|bpe|tiktoken|wav)$/i.test(path) ||
    /(^|\/)(licen[cs]e|notice|readme)$/i.test(path) ||
    (/\.(bin|vocab)$/i.test(path) && blob.size <= largestVocabulary));

/** In bytes; llama2.c's tokenizer of 32,000 pieces has 434 kB. */
const largestVocabulary = 16_000_000;
