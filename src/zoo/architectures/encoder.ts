/**
 * A text encoder in the manner of BERT (Devlin et al., 2019), pre-normalized, with the mean over the
 * tokens as the vector of a sentence (Reimers and Gurevych, 2019).
 */
import type { Random } from '../../core/math/random.ts';
import type { Model } from '../../core/onnx/types.ts';
import { encoderBlock, hidden as hiddenScore, type BlockSizes } from './attention.ts';
import { dropout, embedding, layerNorm, linear } from './layers.ts';
import { normal, Sketch } from './sketch.ts';

/** What becomes of the tokens' vectors. */
export type EncoderHead =
  /** `logits` [batch, classes] from the mean of the tokens. */
  | { readonly kind: 'classes'; readonly classes: number }
  /** `last_hidden_state` [batch, sequence, width] and `sentence_embedding` [batch, width], of length 1. */
  | { readonly kind: 'embedding' }
  /**
   * For training an embedding: the first `anchors` sentences of the batch against all that follow:
   * `logits` [anchors, batch − anchors], cosine × `scale` (the inverse of the temperature).
   */
  | { readonly kind: 'contrast'; readonly anchors: number; readonly scale: number };

export interface EncoderSizes extends BlockSizes {
  /** Ids that the tokenizer knows. */
  readonly vocabulary: number;
  /** Longest sequence. */
  readonly positions: number;
}

/** Dims of the inputs: numbers in training, names (`batch`, `sequence`) in what ships. */
export interface TextDims {
  readonly batch: number | string;
  readonly sequence: number | string;
}

/** The graph: `input_ids`, `attention_mask` (int64, [batch, sequence]) → what the head gives. Weights have the same names under every head. */
export function encoder(
  sizes: EncoderSizes,
  head: EncoderHead,
  { batch, sequence }: TextDims,
  random: Random,
): Model {
  const sketch = Sketch.begin(random);
  const ids = sketch.input('input_ids', 'int64', [batch, sequence]);
  const asked = sketch.input('attention_mask', 'int64', [batch, sequence]);
  const mask = sketch.node('Cast', [asked], { to: 1 });
  const bias = maskBias(sketch, mask);
  let x = tokens(sketch.within('embeddings'), ids, sizes);
  for (let layer = 0; layer < sizes.layers; layer++) {
    x = encoderBlock(sketch, `layers.${layer}`, x, sizes, bias);
  }
  const states = layerNorm(sketch, 'norm', x, sizes.width);
  const sentence = meanOf(sketch.within('pooling'), states, mask);
  if (head.kind === 'classes') {
    const kept = dropout(sketch, sentence, sizes.dropout ?? 0);
    const logits = linear(sketch, 'classifier', kept, { from: sizes.width, to: head.classes });
    sketch.output('logits', logits, 'float32', [batch, head.classes]);
  } else if (head.kind === 'embedding') {
    sketch.output('last_hidden_state', states, 'float32', [batch, sequence, sizes.width]);
    const unit = unitLength(sketch, sentence);
    sketch.output('sentence_embedding', unit, 'float32', [batch, sizes.width]);
  } else contrast(sketch, unitLength(sketch, sentence), head, Number(batch));
  return sketch.model('encoder');
}

/** Vectors of tokens plus vectors of their places. */
function tokens(sketch: Sketch, ids: string, sizes: EncoderSizes): string {
  const { vocabulary, positions, width, dropout: share = 0 } = sizes;
  const words = embedding(sketch, 'tokens', ids, { rows: vocabulary, width });
  const table = sketch.weight('positions.weight', [positions, width], normal(0.02));
  const length = sketch.node('Shape', [ids], { start: 1, end: 2 });
  const [start, axes] = [sketch.integers([0]), sketch.integers([0])];
  const places = sketch.node('Slice', [table, start, length, axes]);
  return dropout(sketch, sketch.node('Add', [words, places]), share);
}

/** 0 at tokens, a large negative number at padding: [batch, 1, 1, sequence]. */
function maskBias(sketch: Sketch, mask: string): string {
  const padding = sketch.node('Sub', [sketch.floats(1), mask]);
  const bias = sketch.node('Mul', [padding, sketch.floats(hiddenScore)]);
  return sketch.node('Unsqueeze', [bias, sketch.integers([1, 2])]);
}

/** The mean over the tokens that the mask keeps: [batch, width]. */
function meanOf(sketch: Sketch, states: string, mask: string): string {
  const kept = sketch.node('Unsqueeze', [mask, sketch.integers([2])]);
  const axis = sketch.integers([1]);
  const sum = sketch.node('ReduceSum', [sketch.node('Mul', [states, kept]), axis], { keepdims: 0 });
  const count = sketch.node('ReduceSum', [kept, axis], { keepdims: 0 });
  return sketch.node('Div', [sum, sketch.node('Max', [count, sketch.floats(1)])]);
}

function unitLength(sketch: Sketch, x: string): string {
  const length = sketch.node('ReduceL2', [x, sketch.integers([1])], { keepdims: 1 });
  return sketch.node('Div', [x, sketch.node('Add', [length, sketch.floats(1e-9)])]);
}

function contrast(
  sketch: Sketch,
  sentences: string,
  { anchors, scale }: { readonly anchors: number; readonly scale: number },
  batch: number,
): void {
  const others = batch - anchors;
  const sizes = sketch.integers([anchors, others]);
  const [a = '', b = ''] = sketch.nodes('Split', [sentences, sizes], 2, { axis: 0 });
  const cosines = sketch.node('MatMul', [a, sketch.node('Transpose', [b], { perm: [1, 0] })]);
  const logits = sketch.node('Mul', [cosines, sketch.floats(scale)]);
  sketch.output('logits', logits, 'float32', [anchors, others]);
}
