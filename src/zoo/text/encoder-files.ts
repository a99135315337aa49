/** What transformers.js reads beside an encoder with a WordPiece vocabulary. Keys are those of the Hugging Face configurations. */
import type { EncoderSizes } from '../architectures/encoder.ts';
import type { ShippedFiles } from '../zoo-model.ts';
import { pieceIds, wordPieceFiles } from './word-piece.ts';

/**
 * config.json, tokenizer.json and tokenizer_config.json. The type named is DistilBERT, whose class in
 * transformers.js feeds just `input_ids` and `attention_mask`. `labels`, where it classifies, are
 * those of its classes.
 */
export function encoderFiles(
  vocabulary: readonly string[],
  sizes: EncoderSizes,
  labels?: readonly string[],
): ShippedFiles {
  const { width, heads, layers, hidden, positions } = sizes;
  const config = {
    architectures: [labels ? 'DistilBertForSequenceClassification' : 'DistilBertModel'],
    model_type: 'distilbert',
    vocab_size: vocabulary.length,
    max_position_embeddings: positions,
    dim: width,
    hidden_dim: hidden,
    n_heads: heads,
    n_layers: layers,
    activation: 'gelu',
    pad_token_id: pieceIds.pad,
    ...(labels && {
      id2label: Object.fromEntries(labels.entries()),
      label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
    }),
  };
  return new Map([
    ['config.json', `${JSON.stringify(config, undefined, 2)}\n`],
    ...wordPieceFiles(vocabulary, positions),
  ]);
}
