/** Chains of equal layers with random weights, and inputs for them: what int8 is timed with. */
import { createRandom } from '../../src/core/math/random.ts';
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../src/core/onnx/types.ts';
import type { Samples } from '../../src/core/compress/training.ts';

/** A network, and the dims of its input. */
export interface Network {
  readonly name: string;
  readonly model: Model;
  readonly dims: readonly number[];
}

function normals(label: string, count: number, deviation: number): Float32Array {
  const random = createRandom(5).fork(label);
  return Float32Array.from({ length: count }, () => deviation * random.normal());
}

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

const tensor = (name: string, dims: readonly number[], inputs: number): Tensor =>
  makeTensor(name, 'float32', dims, normals(name, product(dims), 1 / Math.sqrt(inputs)));

/** Six products, 1024 → 4096 → 1024 → …; `stepwise` adds the input by which a decoder is known. */
export function products(rows: number, stepwise = false): Network {
  const sizes = [1024, 4096, 1024, 4096, 1024, 4096, 1024];
  const initializers: Tensor[] = [];
  const nodes = sizes.slice(1).map((columns, at) => {
    const before = sizes[at]!;
    initializers.push(tensor(`W${at}`, [before, columns], before));
    return node('MatMul', [at === 0 ? 'x' : `h${at}`, `W${at}`], [`h${at + 1}`]);
  });
  const past = stepwise ? [value('past_key_values.0.key', 'float32', [1])] : [];
  return {
    name: `products 1024 ↔ 4096 × 6, ${rows} row${rows > 1 ? 's' : ''}`,
    dims: [rows, 1024],
    model: model(
      graph({
        nodes,
        inputs: [value('x', 'float32', ['rows', 1024]), ...past],
        outputs: [value('h6', 'float32', ['rows', 1024])],
        initializers,
      }),
      { opset: 17 },
    ),
  };
}

interface Layer {
  readonly name: string;
  readonly channels: number;
  readonly kernel: number;
  readonly size: number;
  readonly group?: number;
}

export const convolutionLayers: readonly Layer[] = [
  { name: '3×3, 64 channels, 56²', channels: 64, kernel: 3, size: 56 },
  { name: '1×1, 256 channels, 28²', channels: 256, kernel: 1, size: 28 },
];

/** Four convolutions with Relu, as many channels in as out. */
export function convolutions({ name, channels, kernel, size, group = 1 }: Layer): Network {
  const nodes: Node[] = [];
  const initializers: Tensor[] = [];
  const pad = (kernel - 1) / 2;
  for (let at = 0; at < 4; at++) {
    const inputs = (channels / group) * kernel * kernel;
    initializers.push(
      tensor(`W${at}`, [channels, channels / group, kernel, kernel], inputs / 2),
      tensor(`b${at}`, [channels], 100),
    );
    nodes.push(
      node('Conv', [at === 0 ? 'x' : `r${at}`, `W${at}`, `b${at}`], [`c${at + 1}`], {
        attributes: { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], group },
      }),
      node('Relu', [`c${at + 1}`], [`r${at + 1}`]),
    );
  }
  const dims = [1, channels, size, size];
  return {
    name: `convolutions ${name} × 4`,
    dims,
    model: model(
      graph({
        nodes,
        inputs: [value('x', 'float32', dims)],
        outputs: [value('r4', 'float32', dims)],
        initializers,
      }),
      { opset: 17 },
    ),
  };
}

/** Normal values for the input. */
export const samplesFor = ({ dims }: Network, count = 8): Samples => ({
  label: `${count} random inputs`,
  count,
  feeds: ([at = 0]) => ({
    x: { dtype: 'float32', dims, data: normals(`sample ${at}`, product(dims), 1) },
  }),
});
