/** A network of two layers trained by plain loops in float64: what the engine must follow. */
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import type { Feeds } from '../../../src/core/runtime.ts';

export const rows = 6;
const [inputs, hidden, classes] = [4, 8, 3];
const sizes = { w1: [inputs, hidden], b1: [hidden], w2: [hidden, classes], b2: [classes] } as const;
export const weightNames = ['w1', 'b1', 'w2', 'b2'] as const;

type Weights = Record<(typeof weightNames)[number], Float64Array>;

function freshWeights(): Weights {
  const random = createRandom(7);
  const drawn = weightNames.map((name) => {
    const count = sizes[name].reduce<number>((a, b) => a * b, 1);
    return [name, Float64Array.from({ length: count }, () => Math.fround(random.normal() / 2))];
  });
  return Object.fromEntries(drawn) as Weights;
}

/** logits = tanh(x · w1 + b1) · w2 + b2 */
export function mlp(): Model {
  const weights = freshWeights();
  return model(
    graph({
      nodes: [
        node('Gemm', ['x', 'w1', 'b1'], ['before']),
        node('Tanh', ['before'], ['hidden']),
        node('MatMul', ['hidden', 'w2'], ['product']),
        node('Add', ['product', 'b2'], ['logits']),
      ],
      inputs: [value('x', 'float32', ['batch', inputs])],
      outputs: [value('logits', 'float32', ['batch', classes])],
      initializers: weightNames.map((name) =>
        makeTensor(name, 'float32', sizes[name], Float32Array.from(weights[name])),
      ),
    }),
  );
}

interface Batch {
  readonly x: Float32Array;
  readonly targets: readonly number[];
}

function drawBatch(step: number): Batch {
  const random = createRandom(11).fork(`${step}`);
  const x = Float32Array.from({ length: rows * inputs }, () => random.normal());
  return { x, targets: Array.from({ length: rows }, () => random.integer(classes)) };
}

export function feedsAt(step: number): Feeds {
  const { x, targets } = drawBatch(step);
  return {
    x: { dtype: 'float32', dims: [rows, inputs], data: x },
    targets: { dtype: 'int64', dims: [rows], data: BigInt64Array.from(targets, BigInt) },
  };
}

/** Losses of Adam (Kingma and Ba, 2015) on the mean cross-entropy, each before the step's change. */
export function plainLosses(steps: number, rate: number): number[] {
  const weights = freshWeights();
  const zeros = () => weightNames.map((name) => new Float64Array(weights[name].length));
  const [means, spreads] = [zeros(), zeros()];
  return Array.from({ length: steps }, (_, step) => {
    const { loss, gradients } = lossAt(weights, drawBatch(step));
    weightNames.forEach((name, index) => {
      gradients[name].forEach((slope, at) => {
        const mean = (means[index]![at] = 0.9 * means[index]![at]! + 0.1 * slope);
        const spread = (spreads[index]![at] = 0.999 * spreads[index]![at]! + 0.001 * slope ** 2);
        const root = Math.sqrt(spread / (1 - 0.999 ** (step + 1)));
        weights[name][at]! -= (rate * mean) / (1 - 0.9 ** (step + 1)) / (root + 1e-8);
      });
    });
    return loss;
  });
}

function lossAt({ w1, b1, w2, b2 }: Weights, { x, targets }: Batch) {
  const gradients: Weights = {
    w1: new Float64Array(w1.length),
    b1: new Float64Array(b1.length),
    w2: new Float64Array(w2.length),
    b2: new Float64Array(b2.length),
  };
  let loss = 0;
  targets.forEach((target, row) => {
    const h = Float64Array.from(b1, (bias, unit) => {
      let sum = bias;
      for (let i = 0; i < inputs; i++) sum += x[row * inputs + i]! * w1[i * hidden + unit]!;
      return Math.tanh(sum);
    });
    const logits = Float64Array.from(b2, (bias, c) =>
      h.reduce((sum, one, unit) => sum + one * w2[unit * classes + c]!, bias),
    );
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    loss -= (logits[target]! - Math.log(total)) / rows;
    const slopes = logits.map((one, c) => (Math.exp(one) / total - Number(c === target)) / rows);
    slopes.forEach((slope, c) => (gradients.b2[c]! += slope));
    h.forEach((one, unit) => {
      let back = 0;
      slopes.forEach((slope, c) => {
        gradients.w2[unit * classes + c]! += one * slope;
        back += w2[unit * classes + c]! * slope;
      });
      back *= 1 - one ** 2;
      gradients.b1[unit]! += back;
      for (let i = 0; i < inputs; i++) {
        gradients.w1[i * hidden + unit]! += x[row * inputs + i]! * back;
      }
    });
  });
  return { loss, gradients };
}
