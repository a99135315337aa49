/** What compression costs in quality: real models and data, under Node. Reads ../shared. */
import { normalized } from '../data/mnist.ts';
import { hasShared, skipReason } from '../shared.ts';
import type { Bench } from './bench.ts';
import { digitRows } from './quality/digits.ts';
import { magikaRows } from './quality/magika.ts';
import { randomRows } from './quality/random.ts';
import { storyRows } from './quality/stories.ts';

export default {
  name: 'Quality under Node (KL in nats; p: McNemar against the model as it is)',
  async run() {
    if (!hasShared) return [{ skipped: skipReason }];
    return [
      ...(await digitRows('mnist-8.onnx')),
      ...(await digitRows('burn_mnist.onnx', normalized)),
      ...(await storyRows()),
      ...(await magikaRows()),
      ...(await randomRows('mobilenetv2_fp32_dequantized.onnx')),
      ...(await randomRows('magika/model.onnx')),
    ];
  },
} satisfies Bench;
