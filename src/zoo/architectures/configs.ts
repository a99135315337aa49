/** Files that transformers.js reads beside a model. Keys are those of the Hugging Face configurations. */
import type { DecoderSizes } from './decoder.ts';

const written = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const byIndex = (labels: readonly string[]) => Object.fromEntries(labels.entries());
const byLabel = (labels: readonly string[]) =>
  Object.fromEntries(labels.map((label, index) => [label, index]));

interface ImageClassifier {
  readonly labels: readonly string[];
  readonly side: number;
  readonly channels: number;
  /** Mean and deviation of the pixels of the training images, of 0 to 1. */
  readonly mean: number;
  readonly deviation: number;
  /** Sizes, where it is a ViT. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/**
 * `config.json` and `preprocessor_config.json` of an image classifier. transformers.js has no class for
 * a plain CNN; its ViT class runs any graph from `pixel_values` to `logits`, so that is the type named.
 */
export function imageClassifierFiles(model: ImageClassifier): Map<string, string> {
  const { labels, side, channels, mean, deviation, sizes = {} } = model;
  const config = {
    architectures: ['ViTForImageClassification'],
    model_type: 'vit',
    image_size: side,
    num_channels: channels,
    ...sizes,
    id2label: byIndex(labels),
    label2id: byLabel(labels),
  };
  const processor = {
    image_processor_type: 'ViTImageProcessor',
    do_convert_rgb: false,
    do_resize: true,
    size: { height: side, width: side },
    resample: 2,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [mean],
    image_std: [deviation],
  };
  return new Map([
    ['config.json', written(config)],
    ['preprocessor_config.json', written(processor)],
  ]);
}

/** `config.json` and `generation_config.json` of a decoder whose tokenizer ends texts with token `end`. */
export function decoderFiles(
  sizes: DecoderSizes,
  { end, context }: { readonly end: number; readonly context: number },
): Map<string, string> {
  const ends = { bos_token_id: end, eos_token_id: end, pad_token_id: end };
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: sizes.vocabulary,
    hidden_size: sizes.width,
    intermediate_size: sizes.hidden,
    num_hidden_layers: sizes.layers,
    num_attention_heads: sizes.heads,
    num_key_value_heads: sizes.keyValueHeads,
    head_dim: sizes.width / sizes.heads,
    max_position_embeddings: context,
    rope_theta: sizes.theta,
    rms_norm_eps: sizes.epsilon,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: true,
    ...ends,
  };
  return new Map([
    ['config.json', written(config)],
    ['generation_config.json', written({ ...ends, max_length: context })],
  ]);
}
