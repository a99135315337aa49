/** Quantized weights in the canonical form, for the tests of realize. */
import type { BitWidth } from '../../../../src/core/math/pack-bits.ts';
import { quantizeBlocks } from '../../../../src/core/math/block-quantize.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../../../src/core/onnx/types.ts';
import type { Value } from '../../../../src/core/runtime.ts';

interface Coding {
  readonly bits?: BitWidth;
  readonly symmetric?: boolean;
  /** 0 for one scale per channel. */
  readonly blockSize?: number;
  /** The axis along which blocks run. */
  readonly axis?: number;
}

/** A weight of a model under test: what it stores, and the node that dequantizes it. */
export interface Coded {
  readonly tensors: readonly Tensor[];
  readonly node: Node;
}

/** Numbers between -1 and 1 in no simple order. */
export const numbers = (count: number, seed = 1): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, at) => (((at + seed) * 7919) % 1013) / 506 - 1);

/** `name` = dequantized(codes of some numbers). */
export function coded(
  name: string,
  dims: readonly [number, number],
  { bits = 4, symmetric = true, blockSize = 32, axis = 0 }: Coding = {},
): Coded {
  const [first, second] = dims;
  const layout =
    axis === 0
      ? { outer: 1, axis: first, inner: second }
      : { outer: first, axis: second, inner: 1 };
  const packed = quantizeBlocks(numbers(first * second, name.length), layout, {
    bits,
    symmetric,
    blockSize,
  });
  const dtype = `${symmetric ? 'int' : 'uint'}${bits}` as const;
  const blocks = Math.ceil(layout.axis / blockSize);
  const byBlock = axis === 0 ? [blocks, second] : [first, blocks];
  const scaleDims = blockSize === 0 ? [dims[1 - axis] ?? 0] : byBlock;
  const tensors = [
    makeTensor(`${name}_codes`, dtype, dims, packed.codes),
    makeTensor(`${name}_scale`, 'float32', scaleDims, packed.scales),
  ];
  if (packed.zeroPoints) {
    tensors.push(makeTensor(`${name}_zero_point`, dtype, scaleDims, packed.zeroPoints));
  }
  const attributes = blockSize === 0 ? { axis: 1 - axis } : { axis, block_size: blockSize };
  const inputs = tensors.map((one) => one.name);
  return { tensors, node: node('DequantizeLinear', inputs, [name], { attributes }) };
}

/** A fed value of some numbers. */
export const float32 = (...dims: number[]): Value => ({
  dtype: 'float32',
  dims,
  data: numbers(
    dims.reduce((all, dim) => all * dim, 1),
    5,
  ),
});
/** A stored tensor of some numbers. */
export const stored = (name: string, ...dims: number[]): Tensor =>
  makeTensor(name, 'float32', dims, float32(...dims).data as Float32Array);
/** The operators of the main graph, in order. */
export const opsOf = ({ graph: { nodes } }: Model): string[] => nodes.map(({ opType }) => opType);
/** What the main graph stores, as `float32[2,3]`. */
export const storedTypes = ({ graph: { initializers } }: Model): string[] =>
  initializers.map(({ dtype, dims }) => `${dtype}[${dims.join()}]`);

/** y = nodes(x), with weights. */
export function modelOf(
  weights: readonly Coded[],
  nodes: readonly Node[],
  others: readonly Tensor[] = [],
) {
  const initializers = [...weights.flatMap(({ tensors }) => tensors), ...others];
  return model(
    graph({
      nodes: [...weights.map((weight) => weight.node), ...nodes],
      inputs: [value('x', 'float32')],
      outputs: [value('y', 'float32')],
      initializers,
    }),
    { opset: weights.some(({ tensors }) => tensors[0]?.dtype.endsWith('2')) ? 25 : 21 },
  );
}

/** y = x · W */
export const matmul = node('MatMul', ['x', 'W'], ['y'], { name: 'product' });
