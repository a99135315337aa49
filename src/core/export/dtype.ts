/**
 * The file names of transformers.js: `onnx/<component><suffix>.onnx`, where the suffix says how the
 * weights are stored. It finds a file by its dtype alone; what is inside, onnxruntime reads.
 *
 * The rule: the last step that stores weights in another way decides. 8, 6 or 5 bits, and integers for
 * activations too → `_quantized` (q8, what transformers.js loads on WASM unless told), 4 or 3 bits →
 * `_q4`, 2 bits or three values → `_q2`, 1 → `_q1`, float16 → `_fp16`; without such a step the suffix
 * that the model came with stays, and one that was made float32 again has none.
 */
import { resolveOptions } from '../compress/options.ts';
import type { Recipe, Step } from '../compress/recipe.ts';
import { techniques, type AnyTechnique, type TechniqueId } from '../compress/techniques/index.ts';

/** Suffixes by the dtypes that transformers.js knows (its utils/dtypes.js). */
export const suffixes = {
  fp32: '',
  fp16: '_fp16',
  int8: '_int8',
  uint8: '_uint8',
  q8: '_quantized',
  q4: '_q4',
  q2: '_q2',
  q1: '_q1',
  q4f16: '_q4f16',
  q2f16: '_q2f16',
  q1f16: '_q1f16',
  bnb4: '_bnb4',
} as const;

export type ExportDtype = keyof typeof suffixes;

/** The parts of a file name: `decoder_model_merged_q4.onnx` is a decoder_model_merged, stored as q4. */
export interface FileStem {
  readonly component: string;
  readonly dtype: ExportDtype;
}

/** What transformers.js calls the parts of models that have several (its models/session_config.js). */
const components = [
  'decoder_model_merged',
  'decoder_with_past_model',
  'decoder_model',
  'encoder_model',
  'prompt_encoder_mask_decoder',
  'vision_encoder',
  'audio_encoder',
  'language_model',
  'embed_tokens',
  'vision_model',
  'audio_model',
  'text_model',
];

/** Reads a model's name or path. A name that is none of transformers.js' own counts as `model`. */
export function stemOf(name: string): FileStem {
  const file = name.slice(name.lastIndexOf('/') + 1).replace(/\.onnx$/i, '');
  // The longest first: `_q4f16` ends with no other, but `_int8` is within `_uint8`.
  const known = (Object.keys(suffixes) as ExportDtype[])
    .filter((dtype) => suffixes[dtype] !== '' && file.endsWith(suffixes[dtype]))
    .sort((a, b) => suffixes[b].length - suffixes[a].length);
  const dtype = known[0] ?? 'fp32';
  const bare = file.slice(0, file.length - suffixes[dtype].length);
  const component = components.find((one) => bare === one || bare.endsWith(`_${one}`));
  return { component: component ?? 'model', dtype };
}

/** The dtype of what a recipe makes from a model of dtype `before`. */
export const dtypeAfter = (recipe: Recipe, before: ExportDtype): ExportDtype =>
  recipe.steps.reduce((dtype, step) => dtypeOfStep(step) ?? dtype, before);

/** What steps without a choice of bits make. */
const dtypes: Partial<Record<TechniqueId, ExportDtype>> = {
  dequantize: 'fp32',
  'cast-float16': 'fp16',
  'quantize-dynamic': 'q8',
  'quantize-static': 'q8',
};

/** Undefined for a step that leaves open how weights are stored. */
function dtypeOfStep({ technique: id, options }: Step): ExportDtype | undefined {
  const known = dtypes[id];
  if (known) return known;
  const technique: AnyTechnique = techniques[id];
  if (technique.family !== 'quantize') return undefined;
  const { bits } = resolveOptions(id, technique.options, options ?? {});
  if (typeof bits !== 'number') return undefined;
  if (bits > 4) return 'q8';
  return bits > 2 ? 'q4' : bits > 1 ? 'q2' : 'q1';
}
