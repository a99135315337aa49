/** Which models a repository holds, in which number formats, and what belongs to each. */
import { HubError } from './errors.ts';
import type { RemoteFile, Repository } from './repository.ts';

/** One .onnx that can be opened, with all that comes along. */
export interface Variant {
  /** Of the .onnx. */
  readonly path: string;
  /** `model`, `decoder_model_merged`, … */
  readonly component: string;
  readonly dtype: VariantDtype;
  readonly onnx: RemoteFile;
  /** Files that hold its weights, as far as their names tell. */
  readonly external: readonly RemoteFile[];
  /** Configuration, tokenizer, licence: small, and the same for all variants. */
  readonly companions: readonly RemoteFile[];
  /** Of all these files; undefined where the size of one is unknown. */
  readonly bytes: number | undefined;
}

/**
 * What transformers.js calls the format of a file, by the end of its name
 * (`DEFAULT_DTYPE_SUFFIX_MAPPING` there); the exporter decides what operators stand behind it.
 */
export const dtypeSuffixes = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
  q2: '_q2',
  q2f16: '_q2f16',
  q1: '_q1',
  q1f16: '_q1f16',
} as const;
export type VariantDtype = keyof typeof dtypeSuffixes;

const longestFirst = (Object.entries(dtypeSuffixes) as [VariantDtype, string][])
  .filter(([, suffix]) => suffix !== '')
  .sort(([, a], [, b]) => b.length - a.length);

/** Other exporters' names for the same: `model_qint8_avx512`, `model-int8`, `model.quant`. */
const looseNames: readonly (readonly [RegExp, VariantDtype])[] = [
  [/q?uint8/i, 'uint8'],
  [/q?int8|quant|[-_.]q8/i, 'int8'],
  [/[-_.](q4|int4|4bit)/i, 'q4'],
  [/fp16|float16|half/i, 'fp16'],
];

/** A file that lies beside many models and is worth having with each. Above this size it is something else. */
const largestCompanion = 64_000_000;
export const companionName =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|preprocessor_config|processor_config|image_processor_config|feature_extractor_config|sentence_bert_config|config_sentence_transformers|modules|quantize_config|id2label|label2id|labels?)\.(json|txt)$|^(merges|labels?|classes|vocab|synset)\.txt$|^(vocab|tokenizer|spiece|sentencepiece\.bpe|sentencepiece)\.(bpe|model)$|\.jinja$|^(license|licence|notice|readme)(\.(md|txt))?$/i;

/** The models in a repository, each component's in the order of `dtypeSuffixes`. Errors: HubError where there is none. */
export function variantsIn({
  repo,
  host,
  files,
}: Pick<Repository, 'repo' | 'host' | 'files'>): readonly Variant[] {
  const models = files.filter(({ path }) => path.toLowerCase().endsWith('.onnx'));
  if (models.length === 0) throw withoutOnnx(repo, host, files);
  return models
    .map((onnx) => variantOf(onnx, files))
    .sort(
      (a, b) =>
        rank(a) - rank(b) ||
        compare(groupOf(a), groupOf(b)) ||
        order(a) - order(b) ||
        compare(a.path, b.path),
    );
}

const groupOf = ({ path, component }: Variant): string => `${folderOf(path)}${component}`;
const order = ({ dtype }: Variant): number => Object.keys(dtypeSuffixes).indexOf(dtype);
/** `model` is what a repository is about; parts of several come after it. */
const rank = ({ component }: Variant): number => (component === 'model' ? 0 : 1);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function variantOf(onnx: RemoteFile, files: readonly RemoteFile[]): Variant {
  const { component, dtype } = nameParts(onnx.path);
  const external = files.filter(({ path }) => holdsWeightsOf(onnx.path, path));
  const companions = companionsOf(onnx.path, files);
  return {
    path: onnx.path,
    component,
    dtype,
    onnx,
    external,
    companions,
    bytes: sumOfBytes([onnx, ...external, ...companions]),
  };
}

/** `onnx/model_q4.onnx` → component `model`, dtype `q4`. */
export function nameParts(path: string): { component: string; dtype: VariantDtype } {
  const stem = fileNameOf(path).replace(/\.onnx$/i, '');
  for (const [dtype, suffix] of longestFirst) {
    if (stem.length > suffix.length && stem.endsWith(suffix)) {
      return { component: stem.slice(0, -suffix.length), dtype };
    }
  }
  const loose = looseNames.find(([pattern]) => pattern.test(stem));
  return { component: stem, dtype: loose?.[1] ?? 'fp32' };
}

/** `model.onnx_data`, `model.onnx_data_1`, `model.onnx.data`, `model.data` beside `model.onnx`. */
function holdsWeightsOf(model: string, path: string): boolean {
  if (folderOf(path) !== folderOf(model)) return false;
  const name = fileNameOf(path);
  const own = fileNameOf(model);
  const isOf = (start: string, ends: RegExp): boolean =>
    name.startsWith(start) && ends.test(name.slice(start.length));
  return (
    isOf(own, /^[._](data|weights?)([-_.]?\d+)?$/i) ||
    isOf(own.replace(/\.onnx$/i, ''), /^\.(data|weights|bin)$/i)
  );
}

/** Those of the repository's root, of the model's folder and of the folders above it. */
function companionsOf(model: string, files: readonly RemoteFile[]): readonly RemoteFile[] {
  const folder = folderOf(model);
  return files.filter(({ path, bytes = 0 }) => {
    if (bytes > largestCompanion) return false;
    if (path === '1_Pooling/config.json') return true;
    return folder.startsWith(folderOf(path)) && companionName.test(fileNameOf(path));
  });
}

/** Undefined where one of them is unknown. */
export function sumOfBytes(files: readonly Pick<RemoteFile, 'bytes'>[]): number | undefined {
  let sum = 0;
  for (const { bytes } of files) {
    if (bytes === undefined) return undefined;
    sum += bytes;
  }
  return sum;
}

function withoutOnnx(repo: string, host: string, files: readonly RemoteFile[]): HubError {
  const others = [
    ...new Set(
      files.map(({ path }) => /\.(safetensors|bin|gguf|h5|tflite|pt|pth|ckpt)$/i.exec(path)?.[1]),
    ),
  ].filter((one) => one !== undefined);
  const has = others.length > 0 ? `; its weights are .${others.join(', .')}` : '';
  const name = repo.slice(repo.indexOf('/') + 1);
  return new HubError(
    'missing',
    `"${repo}" holds no ONNX model${has}. Many models have an ONNX export under another owner: try onnx-community/${name}-ONNX, ` +
      `onnx-community/${name} or Xenova/${name} at ${host}. Or export it yourself with optimum-cli.`,
  );
}

export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
export const fileNameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
