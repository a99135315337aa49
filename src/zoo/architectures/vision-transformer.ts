/**
 * A small vision transformer (Dosovitskiy et al., 2021) for gray images of 28×28. Patches overlap, which
 * small transformers learn faster from (Yuan et al., 2021), and the answer comes from the mean of the
 * patches rather than from a token of its own.
 */
import type { Random } from '../../core/math/random.ts';
import type { Model } from '../../core/onnx/types.ts';
import { encoderBlock, type BlockSizes } from './attention.ts';
import { convolution, dropout, layerNorm, linear } from './layers.ts';
import { normal, Sketch } from './sketch.ts';

export interface PatchSizes {
  /** Pixels along a side of a patch, and from one patch to the next. */
  readonly patch: number;
  readonly stride: number;
}

/** Patches along a side of the image. */
export const patchesAlong = ({ patch, stride }: PatchSizes): number =>
  Math.floor((28 - patch) / stride) + 1;

/** The graph: `pixel_values` [batch, 1, 28, 28] → `logits` [batch, 10]. */
export function visionTransformer(
  sizes: BlockSizes & PatchSizes,
  batch: number | string,
  random: Random,
): Model {
  const { width, layers, patch, stride, dropout: share = 0 } = sizes;
  const sketch = Sketch.begin(random);
  const image = sketch.input('pixel_values', 'float32', [batch, 1, 28, 28]);
  const map = convolution(sketch, 'patches', image, { from: 1, to: width, kernel: patch, stride });
  // [batch, width, rows, columns] → [batch, patches, width]
  const flat = sketch.node('Reshape', [map, sketch.integers([0, 0, -1])]);
  const patches = sketch.node('Transpose', [flat], { perm: [0, 2, 1] });
  const places = sketch.weight('positions.weight', [patchesAlong(sizes) ** 2, width], normal(0.1));
  let x = dropout(sketch, sketch.node('Add', [patches, places]), share);
  for (let layer = 0; layer < layers; layer++) {
    x = encoderBlock(sketch, `layers.${layer}`, x, sizes);
  }
  const normed = layerNorm(sketch, 'norm', x, width);
  const mean = sketch.node('ReduceMean', [normed, sketch.integers([1])], { keepdims: 0 });
  const logits = linear(sketch, 'classifier', mean, { from: width, to: 10 });
  sketch.output('logits', logits, 'float32', [batch, 10]);
  return sketch.model('digits-vit');
}
