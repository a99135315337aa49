/**
 * What kind of file some bytes are, by a model that reads their beginning and their end: Google's
 * magika (Fratantonio et al. 2024). Its config.json says how much it reads, and when it is sure.
 */
import { ModelError } from '../core/errors.ts';
import type { InputSpec } from '../core/evaluate/inputs.ts';
import { typedData } from './arrays/typed.ts';
import {
  classAnswer,
  classChoices,
  classFigures,
  likeliest,
  type ClassAnswer,
  type ClassInfo,
} from './classes.ts';
import type { ModelFacts } from './facts.ts';
import { fileNameOf, isRecord, type Files } from './files.ts';
import { folderOf } from './images/folders.ts';
import { task, type Example } from './task.ts';

export interface FileTypeInput {
  readonly name: string;
  readonly bytes: Blob;
}

export interface FileTypeInfo extends ClassInfo {
  /** Bytes of the beginning and of the end that the model reads. */
  readonly beginning: number;
  readonly end: number;
}

/** The parts of config.json that matter here. */
export interface FileTypeConfig {
  /** Bytes of the beginning and of the end that the model reads. */
  readonly beginning: number;
  readonly end: number;
  /** Bytes of either end that are searched for spaces to leave out. */
  readonly block: number;
  /** Stands where a file has no bytes. */
  readonly padding: number;
  /** With fewer bytes than this the model is not asked. */
  readonly least: number;
  readonly labels: readonly string[];
  /** A label counts from this probability on. */
  readonly sureFrom: (label: string) => number;
  /** Labels that are told as others. */
  readonly toldAs: Readonly<Record<string, unknown>>;
}

/** The configuration where it is one of this kind; undefined where a part is missing or can't be. */
export function configOf({ config }: Pick<ModelFacts, 'config'>): FileTypeConfig | undefined {
  const { target_labels_space: labels, thresholds, overwrite_map: others } = config;
  const number = (name: string, otherwise?: number): number => {
    const value = config[name] ?? otherwise;
    return typeof value === 'number' && value >= 0 && value <= 1_000_000 ? value : NaN;
  };
  const parts = {
    beginning: number('beg_size'),
    end: number('end_size'),
    block: number('block_size', 4096),
    padding: number('padding_token'),
    least: number('min_file_size_for_dl', 0),
  };
  const areNames =
    Array.isArray(labels) && labels.every((label): label is string => typeof label === 'string');
  if (!areNames || !Object.values(parts).every(Number.isInteger)) return undefined;
  const medium = number('medium_confidence_threshold', 0.5);
  const own = isRecord(thresholds) ? thresholds : {};
  const sureFrom = (label: string): number => {
    const threshold = Object.hasOwn(own, label) ? own[label] : medium;
    return typeof threshold === 'number' ? threshold : medium;
  };
  return { ...parts, labels, sureFrom, toldAs: isRecord(others) ? others : {} };
}

/** What Python's bytes.strip() leaves out. */
const spaces = new Set([0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d]);
const isInk = (byte: number): boolean => !spaces.has(byte);

/**
 * The first bytes after leading spaces and the last ones before trailing spaces, as the model takes
 * them; no more than a block of either end is looked at.
 */
export async function featuresOf(
  bytes: Blob,
  { beginning, end, block, padding }: Omit<FileTypeConfig, 'labels' | 'sureFrom' | 'toldAs'>,
): Promise<Int32Array> {
  const features = new Int32Array(beginning + end).fill(padding);
  const head = await bytesOf(bytes.slice(0, block));
  const tail = await bytesOf(bytes.slice(Math.max(0, bytes.size - block)));
  const first = head.findIndex(isInk);
  if (first >= 0) features.set(head.subarray(first, first + beginning));
  const last = tail.findLastIndex(isInk) + 1;
  const ending = tail.subarray(Math.max(0, last - end), last);
  features.set(ending, features.length - ending.length);
  return features;
}

const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());

const needs =
  'It takes a model that reads bytes as whole numbers, and a config.json with "beg_size", "end_size", "padding_token" and "target_labels_space".';

function inputOf(
  { inputs }: ModelFacts,
  { beginning, end }: FileTypeConfig,
): InputSpec | undefined {
  const [input, ...others] = inputs;
  const fits = others.length === 0 && input?.dims.length === 2 && /^u?int/.test(input.dtype);
  const width = input?.dims[1];
  return fits && (typeof width === 'string' || width === beginning + end) ? input : undefined;
}

/** Errors: ModelError for a file that is too small to tell. */
async function feed({ name, bytes }: FileTypeInput, config: FileTypeConfig): Promise<Int32Array> {
  const features = await featuresOf(bytes, config);
  const { least, padding } = config;
  const known = features.subarray(0, config.beginning).indexOf(padding);
  const count = known < 0 ? config.beginning : known;
  if (bytes.size >= least && count >= Math.min(least, config.beginning)) return features;
  throw new ModelError(
    `"${name}" has ${bytes.size} bytes${count < bytes.size ? `, ${count} without the spaces at its beginning` : ''}. The model judges files of ${least} bytes and more; give a larger one.`,
  );
}

/** `python 99.8 %`, or that the model is not sure. */
export function fileTypeWords(answer: ClassAnswer, config: FileTypeConfig): string {
  const id = likeliest(answer);
  const label = config.labels[id];
  if (label === undefined) return 'no answer';
  const probability = answer.probabilities[id] ?? 0;
  const share = `${(probability * 100).toFixed(1)} %`;
  if (probability < config.sureFrom(label)) return `not sure, perhaps ${label} ${share}`;
  const other = Object.hasOwn(config.toldAs, label) ? config.toldAs[label] : undefined;
  return `${typeof other === 'string' ? other : label} ${share}`;
}

/** Files in folders that are named after their kinds; others have no right answer. */
function examplesFrom(files: Files, labels: readonly string[]): readonly Example<FileTypeInput>[] {
  return [...files].map(([path, bytes]) => {
    const target = labels.indexOf(folderOf(path));
    const example = { name: path, input: { name: fileNameOf(path), bytes } };
    return target < 0 ? example : { ...example, target };
  });
}

/** Small files of a few kinds, written here. */
const samples: Readonly<Record<string, string>> = {
  'sums.py':
    'import sys\n\n\ndef total(numbers):\n    """Add what is there."""\n    result = 0\n    for number in numbers:\n        result += number\n    return result\n\n\nif __name__ == "__main__":\n    print(total(float(word) for word in sys.argv[1:]))\n',
  'page.html':
    '<!doctype html>\n<html lang="en">\n  <head>\n    <meta charset="utf-8" />\n    <title>Hills</title>\n  </head>\n  <body>\n    <h1>Hills</h1>\n    <p>There are <a href="more.html">more of them</a>.</p>\n  </body>\n</html>\n',
  'rivers.csv':
    'name,length_km,mouth\nDanube,2850,Black Sea\nRhine,1230,North Sea\nElbe,1094,North Sea\nVistula,1047,Baltic Sea\n',
};

const examples: readonly Example<FileTypeInput>[] = Object.entries(samples).map(([name, text]) => ({
  name,
  input: { name, bytes: new Blob([text]) },
}));

export const fileType = task<FileTypeInput, ClassAnswer, FileTypeInfo>({
  label: 'File types',
  summary: 'Drop a file of any kind and watch what both models take it for.',
  view: 'file-type',
  figures: classFigures,
  choices: classChoices,
  fit(model) {
    const config = configOf(model);
    if (!config || !inputOf(model, config)) return { fits: false, needs };
    return { fits: true, because: `config.json names ${config.labels.length} kinds of files` };
  },
  prepare(model) {
    const config = configOf(model);
    const input = config && inputOf(model, config);
    if (!config || !input) {
      return Promise.reject(new ModelError(`This model knows no file types. ${needs}`));
    }
    const { labels, beginning, end } = config;
    return Promise.resolve({
      info: { labels, beginning, end },
      examples,
      async plan(given) {
        const features = await feed(given, config);
        const data = typedData(input.dtype, features) ?? features;
        const value = { dtype: input.dtype, dims: [1, features.length], data };
        return { loop: 'once', request: { feeds: { [input.name]: value } } };
      },
      answer: (chunks) => Promise.resolve(classAnswer(chunks)),
      inputFrom: (given) =>
        Promise.resolve(
          'file' in given
            ? { name: given.file.name, bytes: given.file.blob }
            : { name: 'text', bytes: new Blob([given.text]) },
        ),
      examplesFrom: (files) => Promise.resolve(examplesFrom(files, labels)),
      words: (answer) => fileTypeWords(answer, config),
    });
  },
});
