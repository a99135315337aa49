/** Scaled dot-product attention (Vaswani et al., 2017), and the block of an encoder that is made of it. */
import { dropout, layerNorm, linear } from './layers.ts';
import { xavier, type Draw, type Sketch } from './sketch.ts';

/** Added to the scores of what must not be seen. Large enough for exp to give 0, small enough for float16. */
export const hidden = -10_000;

/** softmax(q · kᵀ + bias) · v along the last two axes; `q` comes scaled, `kT` transposed. */
export function attend(
  sketch: Sketch,
  {
    q,
    kT,
    v,
    bias,
  }: { readonly q: string; readonly kT: string; readonly v: string; readonly bias?: string },
): string {
  const scores = sketch.node('MatMul', [q, kT]);
  const seen = bias === undefined ? scores : sketch.node('Add', [scores, bias]);
  return sketch.node('MatMul', [sketch.node('Softmax', [seen], { axis: -1 }), v]);
}

export interface BlockSizes {
  readonly width: number;
  readonly heads: number;
  /** Width of the layer between the two linear layers of the MLP. */
  readonly hidden: number;
  /** Blocks in all: what goes back into the residual stream starts smaller the more there are (Radford et al., 2019). */
  readonly layers: number;
  /** Share of values zeroed in training; 0 in graphs that ship. */
  readonly dropout?: number;
}

/** Draws weights whose results are added to the residual stream of `layers` blocks. */
export const residual = (from: number, to: number, layers: number): Draw => {
  const draw = xavier(from, to);
  return (random) => draw(random) / Math.sqrt(2 * layers);
};

/** A pre-normalized block [batch, sequence, width]: attention of all to all, then an MLP with GELU. */
export function encoderBlock(
  sketch: Sketch,
  name: string,
  x: string,
  sizes: BlockSizes,
  bias?: string,
): string {
  const block = sketch.within(name);
  const { width, hidden: middle, layers, dropout: share = 0 } = sizes;
  const attended = selfAttention(block.within('attention'), x, sizes, bias);
  const seen = block.node('Add', [x, dropout(block, attended, share)]);
  const mlp = block.within('mlp');
  const normed = layerNorm(mlp, 'norm', seen, width);
  const active = mlp.node('Gelu', [linear(mlp, 'up', normed, { from: width, to: middle })]);
  const draw = residual(middle, width, layers);
  const out = linear(mlp, 'down', active, { from: middle, to: width, draw });
  return block.node('Add', [seen, dropout(block, out, share)]);
}

function selfAttention(sketch: Sketch, x: string, sizes: BlockSizes, bias?: string): string {
  const { width, heads, layers } = sizes;
  const normed = layerNorm(sketch, 'norm', x, width);
  // [batch, sequence, width] → [batch, heads, sequence, width / heads], or the last two axes swapped.
  const split = (name: string, order: readonly number[]): string => {
    const made = linear(sketch, name, normed, { from: width, to: width });
    const apart = sketch.node('Reshape', [made, sketch.integers([0, 0, heads, width / heads])]);
    return sketch.node('Transpose', [apart], { perm: order });
  };
  const scale = sketch.floats(1 / Math.sqrt(width / heads));
  const q = sketch.node('Mul', [split('q', [0, 2, 1, 3]), scale]);
  const kT = split('k', [0, 2, 3, 1]);
  const v = split('v', [0, 2, 1, 3]);
  const each = attend(sketch, { q, kT, v, ...(bias === undefined ? {} : { bias }) });
  const back = sketch.node('Transpose', [each], { perm: [0, 2, 1, 3] });
  const joined = sketch.node('Reshape', [back, sketch.integers([0, 0, width])]);
  return linear(sketch, 'o', joined, {
    from: width,
    to: width,
    draw: residual(width, width, layers),
  });
}
