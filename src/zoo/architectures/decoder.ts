/**
 * A decoder in the manner of Llama (Touvron et al., 2023): RMS normalization, rotary positions,
 * grouped-query attention, SwiGLU, and the table of tokens as output projection. Two graphs with the
 * same weights: one to train on whole sequences, one to generate from with a cache of keys and values,
 * under the names that transformers.js gives inputs and outputs.
 */
import type { Random } from '../../core/math/random.ts';
import type { Model } from '../../core/onnx/types.ts';
import { attend, hidden as hiddenScore, residual } from './attention.ts';
import { dropout, embedding, linear, rmsNorm } from './layers.ts';
import { rotated, turnsAt, turnsOf, type Turns } from './rotary.ts';
import { Sketch } from './sketch.ts';

export interface DecoderSizes {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  /** Query heads; a multiple of `keyValueHeads`. */
  readonly heads: number;
  /** Each is shared by `heads / keyValueHeads` query heads (Ainslie et al., 2023). */
  readonly keyValueHeads: number;
  /** Width inside the MLP. */
  readonly hidden: number;
  /** Base of the rotary wavelengths. */
  readonly theta: number;
  readonly epsilon: number;
  /** Share of values zeroed in training. */
  readonly dropout?: number;
}

/** What all layers share. */
interface Shared {
  readonly sizes: DecoderSizes;
  readonly turns: Turns;
  /** Added to the scores: [queries, keys] or [batch, 1, 1, queries, keys]. */
  readonly bias: string;
  /** Keys or values [batch, keyValueHeads, sequence, headWidth], with those of before in front. */
  remember(kind: 'key' | 'value', layer: number, values: string): string;
}

/** The graph to train: `input_ids` (int64, [batch, sequence]) → `logits` [batch, sequence, vocabulary]. */
export function trainingDecoder(
  sizes: DecoderSizes,
  { batch, sequence }: { readonly batch: number | string; readonly sequence: number },
  random: Random,
): Model {
  const sketch = Sketch.begin(random);
  const ids = sketch.input('input_ids', 'int64', [batch, sequence]);
  const before = Float32Array.from({ length: sequence * sequence }, (_, index) =>
    index % sequence > Math.floor(index / sequence) ? hiddenScore : 0,
  );
  const shared: Shared = {
    sizes,
    turns: turnsOf(sketch, sequence, headWidth(sizes), sizes.theta),
    bias: sketch.floats(before, [sequence, sequence]),
    remember: (_kind, _layer, values) => values,
  };
  const logits = layersOf(sketch, ids, shared);
  sketch.output('logits', logits, 'float32', [batch, sequence, sizes.vocabulary]);
  return sketch.model('decoder');
}

/**
 * The graph to generate with: `input_ids`, `position_ids` [batch_size, sequence_length],
 * `attention_mask` [batch_size, total_sequence_length] (all int64), `past_key_values.N.key|value` →
 * `logits`, `present.N.key|value`. transformers.js makes the first, empty cache from these dims:
 * names other than `batch_size` become 0.
 */
export function cachedDecoder(sizes: DecoderSizes, random: Random): Model {
  const { keyValueHeads, vocabulary } = sizes;
  const sketch = Sketch.begin(random);
  const step = ['batch_size', 'sequence_length'];
  const whole = ['batch_size', 'total_sequence_length'];
  const ids = sketch.input('input_ids', 'int64', step);
  const mask = sketch.input('attention_mask', 'int64', whole);
  const places = sketch.input('position_ids', 'int64', step);
  const cache = (length: string) => ['batch_size', keyValueHeads, length, headWidth(sizes)];
  const presents: (() => void)[] = [];
  const shared: Shared = {
    sizes,
    turns: turnsAt(sketch, places, headWidth(sizes), sizes.theta),
    bias: cachedBias(sketch.within('mask'), ids, mask),
    remember(kind, layer, values) {
      const name = `past_key_values.${layer}.${kind}`;
      const past = sketch.input(name, 'float32', cache('past_sequence_length'));
      const all = sketch.node('Concat', [past, values], { axis: 2 });
      const dims = cache('total_sequence_length');
      presents.push(() => sketch.output(`present.${layer}.${kind}`, all, 'float32', dims));
      return all;
    },
  };
  const logits = layersOf(sketch, ids, shared);
  sketch.output('logits', logits, 'float32', [...step, vocabulary]);
  for (const present of presents) present();
  return sketch.model('decoder');
}

const headWidth = ({ width, heads }: DecoderSizes): number => width / heads;

function layersOf(sketch: Sketch, ids: string, shared: Shared): string {
  const { vocabulary, width, layers, epsilon, dropout: share = 0 } = shared.sizes;
  let x = embedding(sketch, 'embedding', ids, { rows: vocabulary, width });
  x = dropout(sketch, x, share);
  for (let layer = 0; layer < layers; layer++) {
    const block = sketch.within(`layers.${layer}`);
    const attended = attention(block.within('attention'), x, layer, shared);
    x = block.node('Add', [x, dropout(block, attended, share)]);
    x = block.node('Add', [x, dropout(block, mlp(block.within('mlp'), x, shared.sizes), share)]);
  }
  const normed = rmsNorm(sketch, 'norm', x, { width, epsilon });
  return sketch.node('MatMul', [
    normed,
    sketch.node('Transpose', ['embedding.weight'], { perm: [1, 0] }),
  ]);
}

function attention(sketch: Sketch, x: string, layer: number, shared: Shared): string {
  const { width, heads, keyValueHeads, layers, epsilon } = shared.sizes;
  const size = headWidth(shared.sizes);
  const normed = rmsNorm(sketch, 'norm', x, { width, epsilon });
  const project = (name: string, count: number): string =>
    linear(sketch, name, normed, { from: width, to: count * size, bias: false });
  const apart = (value: string, dims: readonly number[], perm: readonly number[]): string =>
    sketch.node('Transpose', [sketch.node('Reshape', [value, sketch.integers(dims)])], { perm });

  // Queries by the head whose keys they use: [batch, keyValueHeads, group, sequence, size].
  const group = heads / keyValueHeads;
  const byGroup = [0, 0, keyValueHeads, group, size];
  const queries = apart(project('q', heads), byGroup, [0, 2, 3, 1, 4]);
  const scale = sketch.floats(1 / Math.sqrt(size));
  const q = sketch.node('Mul', [rotated(sketch, queries, shared.turns, [1, 2]), scale]);

  const byHead = [0, 0, keyValueHeads, size];
  const keys = apart(project('k', keyValueHeads), byHead, [0, 2, 1, 3]);
  const values = apart(project('v', keyValueHeads), byHead, [0, 2, 1, 3]);
  const k = shared.remember('key', layer, rotated(sketch, keys, shared.turns, [1]));
  const v = shared.remember('value', layer, values);
  const axis = sketch.integers([2]);
  const kT = sketch.node('Transpose', [sketch.node('Unsqueeze', [k, axis])], {
    perm: [0, 1, 2, 4, 3],
  });
  const each = attend(sketch, { q, kT, v: sketch.node('Unsqueeze', [v, axis]), bias: shared.bias });
  const back = sketch.node('Transpose', [each], { perm: [0, 3, 1, 2, 4] });
  const joined = sketch.node('Reshape', [back, sketch.integers([0, 0, width])]);
  const draw = residual(width, width, layers);
  return linear(sketch, 'o', joined, { from: width, to: width, bias: false, draw });
}

/** SwiGLU (Shazeer, 2020): down(silu(gate(x)) · up(x)). */
function mlp(sketch: Sketch, x: string, sizes: DecoderSizes): string {
  const { width, hidden, layers, epsilon } = sizes;
  const normed = rmsNorm(sketch, 'norm', x, { width, epsilon });
  const gate = linear(sketch, 'gate', normed, { from: width, to: hidden, bias: false });
  const silu = sketch.node('Mul', [gate, sketch.node('Sigmoid', [gate])]);
  const up = linear(sketch, 'up', normed, { from: width, to: hidden, bias: false });
  const draw = residual(hidden, width, layers);
  const product = sketch.node('Mul', [silu, up]);
  return linear(sketch, 'down', product, { from: hidden, to: width, bias: false, draw });
}

/** Each query sees the keys up to its own place in the cache, where the mask has 1: [batch, 1, 1, queries, keys]. */
function cachedBias(sketch: Sketch, ids: string, mask: string): string {
  const lengthOf = (value: string): string =>
    sketch.node('Squeeze', [sketch.node('Shape', [value], { start: 1, end: 2 })]);
  const [queries, keys] = [lengthOf(ids), lengthOf(mask)];
  const [zero, one] = [sketch.integers(0), sketch.integers(1)];
  const keyPlaces = sketch.node('Range', [zero, keys, one]);
  const first = sketch.node('Sub', [keys, queries]);
  const queryPlaces = sketch.node('Unsqueeze', [
    sketch.node('Range', [first, keys, one]),
    sketch.integers([1]),
  ]);
  const isPast = sketch.node('LessOrEqual', [keyPlaces, queryPlaces]);
  const isToken = sketch.node('Unsqueeze', [
    sketch.node('Cast', [mask], { to: 9 }),
    sketch.integers([1, 2, 3]),
  ]);
  const isSeen = sketch.node('And', [isPast, isToken]);
  return sketch.node('Where', [isSeen, sketch.floats(0), sketch.floats(hiddenScore)]);
}
