/**
 * A small convolutional network for gray images of 28×28: three convolutions with batch normalization
 * and two linear layers. About 12 million floating-point operations per image; most of its 460,000
 * weights are in the first linear layer, as in LeNet (LeCun et al., 1998).
 */
import type { Random } from '../../core/math/random.ts';
import type { Model } from '../../core/onnx/types.ts';
import { batchNorm, linear, maxPool, normalizedConvolution } from './layers.ts';
import { he, Sketch } from './sketch.ts';

/** The graph: `pixel_values` [batch, 1, 28, 28] → `logits` [batch, 10]. */
export function convolutional(batch: number | string, random: Random): Model {
  const sketch = Sketch.begin(random);
  const image = sketch.input('pixel_values', 'float32', [batch, 1, 28, 28]);
  const strokes = normalizedConvolution(sketch, 'convolutions.0', image, {
    from: 1,
    to: 32,
    kernel: 5,
    stride: 2,
    padding: 2,
  });
  const parts = normalizedConvolution(sketch, 'convolutions.1', strokes, {
    from: 32,
    to: 64,
    kernel: 3,
    padding: 1,
  });
  const shapes = normalizedConvolution(sketch, 'convolutions.2', maxPool(sketch, parts), {
    from: 64,
    to: 64,
    kernel: 3,
    padding: 1,
  });
  const flat = sketch.node('Flatten', [shapes], { axis: 1 });
  const seen = 64 * 7 * 7;
  const hidden = linear(sketch, 'hidden', flat, {
    from: seen,
    to: 128,
    bias: false,
    draw: he(seen),
  });
  const active = sketch.node('Relu', [batchNorm(sketch, 'hidden.norm', hidden, 128)]);
  const logits = linear(sketch, 'head', active, { from: 128, to: 10 });
  sketch.output('logits', logits, 'float32', [batch, 10]);
  return sketch.model('digits');
}
