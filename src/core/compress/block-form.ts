/**
 * How a weight lies in blocks: the dims and the axis of its codes, and those of its scales. Blocks run
 * along what is summed over, so that each scale multiplies a partial sum of every consumer.
 */
import { blocksOf, type BlockLayout } from '../math/blocks.ts';
import { graphAt } from '../onnx/edit.ts';
import type { Model } from '../onnx/types.ts';
import { withSubgraphs } from '../onnx/walk.ts';
import type { Weight } from '../onnx/weights.ts';

export interface BlockForm {
  /** Dims of the codes; where they differ from the weight's, a Reshape follows. */
  readonly dims: readonly number[];
  /** DequantizeLinear's `axis`. */
  readonly axis: number;
  /** DequantizeLinear's `block_size`; absent where one scale serves a whole channel. */
  readonly blockSize?: number;
  readonly scaleDims: readonly number[];
  /** The same for the kernels: blocks of `kernelBlock` along the middle of three axes, 0 for all of it. */
  readonly layout: BlockLayout;
  readonly kernelBlock: number;
}

export type Shaped = Pick<Weight, 'dims' | 'role' | 'inAxes'>;

/**
 * The form of a weight for a block size, 0 for whole channels. A block as long as a channel is the
 * channel; `turned` asks for it to be called a block all the same.
 */
export function blockForm(weight: Shaped, blockSize: number, turned = false): BlockForm {
  const summed = summedAxes(weight);
  const { dims, axis } = joined(weight.dims, summed);
  const length = dims[axis] ?? 1;
  if (blockSize > 0 && blockSize < length) return blocked(dims, axis, blockSize);
  const channels = turned ? undefined : perChannel(weight.dims, summed);
  return channels ?? blocked(dims, axis, length);
}

/** Nodes that pass on the values of their first input in another shape or type. */
const movers = new Set([
  'Cast',
  'Flatten',
  'Identity',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

/**
 * Whether a weight is transposed anywhere on its way. onnxruntime 1.30 tries to move such a Transpose
 * through a DequantizeLinear with one scale per channel and ends its process where the Transpose
 * leaves its order to the default, or refuses the model where the codes have 2 bits and a zero point.
 * It leaves those with blocks in peace.
 */
export function isTurned(model: Model, { name, path }: Pick<Weight, 'name' | 'path'>): boolean {
  const reached = new Set([name]);
  for (const { nodes } of withSubgraphs(graphAt(model, path))) {
    for (const { opType, inputs, outputs } of nodes) {
      if (!movers.has(opType) || !reached.has(inputs[0] ?? '')) continue;
      if (opType === 'Transpose') return true;
      for (const output of outputs) reached.add(output);
    }
  }
  return false;
}

function blocked(dims: readonly number[], axis: number, blockSize: number): BlockForm {
  const layout = {
    outer: product(dims.slice(0, axis)),
    axis: dims[axis] ?? 1,
    inner: product(dims.slice(axis + 1)),
  };
  const { count } = blocksOf(layout.axis, blockSize);
  const scaleDims = dims.map((dim, index) => (index === axis ? count : dim));
  return { dims, axis, blockSize, scaleDims, layout, kernelBlock: blockSize };
}

/** One scale per index of a single axis, in the weight's own dims; undefined where that axis lies between others. */
function perChannel(dims: readonly number[], summed: readonly number[]): BlockForm | undefined {
  const channels = dims.flatMap((_, axis) => (summed.includes(axis) ? [] : [axis]));
  const wide = channels.filter((axis) => dims[axis]! > 1);
  const axis = wide[0] ?? channels[0];
  if (axis === undefined || wide.length > 1) return undefined;
  const count = dims[axis]!;
  const before = product(dims.slice(0, axis));
  const after = product(dims.slice(axis + 1));
  if (count > 1 && before > 1 && after > 1) return undefined;
  const layout =
    before === 1
      ? { outer: count, axis: after, inner: 1 }
      : { outer: 1, axis: before * after, inner: count };
  return { dims, axis, scaleDims: [count], layout, kernelBlock: 0 };
}

/** The axes that share scales, ascending: those summed over, and the row of an embedding. */
function summedAxes({ dims, role, inAxes }: Shaped): number[] {
  const axes = dims.map((_, axis) => axis);
  if (role === 'embedding' || inAxes.length === 0) return axes.slice(-1);
  // [channels, 1, kernel…] for both directions of convolution; a transposed one sums over nothing else.
  if (role === 'depthwise-conv') return axes.slice(1);
  return [...inAxes].sort((a, b) => a - b);
}

/**
 * Dims in which all that is summed over is one axis. Where it does not lie together, its first part
 * takes this place, and every position of the other parts is a channel.
 */
function joined(
  dims: readonly number[],
  summed: readonly number[],
): { dims: readonly number[]; axis: number } {
  const first = summed[0] ?? 0;
  const together = summed.every((axis, index) => axis === first + index);
  const end = together ? first + summed.length : first + 1;
  const rest = together ? dims.slice(end) : [product(dims.slice(end))];
  const result = [...dims.slice(0, first), product(dims.slice(first, end)), ...rest];
  // Blocks of a one-dimensional tensor are wrong on WebGPU (onnxruntime #32730).
  return result.length > 1 ? { dims: result, axis: first } : { dims: [1, ...result], axis: 1 };
}

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);
