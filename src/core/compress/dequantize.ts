/**
 * The canonical form of a quantized weight, standard ONNX that any runtime loads:
 * DequantizeLinear(codes, scale[, zero point]) → [Reshape] → [Cast] → the weight under its old name,
 * so that no consumer changes.
 */
import { encodeFloat16 } from '../math/float16.ts';
import type { BlockOptions, QuantizedBlocks } from '../math/blocks.ts';
import { node } from '../onnx/build.ts';
import { makeTensor } from '../onnx/tensor.ts';
import { dtypes, type Dtype, type Node, type Tensor } from '../onnx/types.ts';
import type { Weight } from '../onnx/weights.ts';
import type { BlockForm } from './block-form.ts';
import { kept } from './model-edit.ts';

/** The opset in which DequantizeLinear takes blocks of such codes. */
export const opsetFor = (bits: BlockOptions['bits']): number => (bits === 2 ? 25 : 21);

/** The tensors that store a weight's codes, and the nodes that make the weight of them. */
export interface Dequantized {
  readonly tensors: readonly Tensor[];
  readonly nodes: readonly Node[];
}

/** `fresh` gives names that are free in the model. */
export function dequantized(
  weight: Pick<Weight, 'name' | 'dims' | 'dtype'>,
  form: BlockForm,
  blocks: QuantizedBlocks,
  { bits, symmetric }: Pick<BlockOptions, 'bits' | 'symmetric'>,
  fresh: (base: string) => string,
): Dequantized {
  const { name } = weight;
  const dtype = `${symmetric ? 'int' : 'uint'}${bits}` as const;
  const { scale, from } = scaleTensor(fresh(`${name}_scale`), weight.dtype, form, blocks.scales);
  const tensors = [makeTensor(fresh(`${name}_codes`), dtype, form.dims, kept(blocks.codes)), scale];
  if (blocks.zeroPoints) {
    const zeroPoint = fresh(`${name}_zero_point`);
    tensors.push(makeTensor(zeroPoint, dtype, form.scaleDims, kept(blocks.zeroPoints)));
  }
  const steps: Step[] = [dequantizeStep(tensors, form)];
  if (!sameDims(form.dims, weight.dims) || isMisread(bits, form)) {
    const shape = makeTensor(
      fresh(`${name}_shape`),
      'int64',
      [weight.dims.length],
      int64s(weight.dims),
    );
    tensors.push(shape);
    steps.push({ opType: 'Reshape', more: [shape.name], attributes: {} });
  }
  if (from !== weight.dtype) {
    steps.push({ opType: 'Cast', more: [], attributes: { to: dtypes.indexOf(weight.dtype) } });
  }
  return { tensors, nodes: chained(name, steps, fresh) };
}

/**
 * onnxruntime 1.30 fuses DequantizeLinear and a MatMul behind it into MatMulNBits, and mixes up rows
 * of 2-bit codes that do not end with a byte: a product with 10 columns comes out wrong unless the
 * session is told to fold. A Reshape in between, even to the same dims, keeps the two apart.
 */
function isMisread(bits: BlockOptions['bits'], { dims, axis, blockSize }: BlockForm): boolean {
  const summed = blockSize === undefined ? 1 - axis : axis;
  return bits === 2 && dims.length === 2 && summed === 0 && dims[1]! % 4 !== 0;
}

/** One node of the chain: its inputs after the first, which is the output of the node before. */
interface Step {
  readonly opType: string;
  readonly more: readonly string[];
  readonly attributes: Readonly<Record<string, number>>;
}

function dequantizeStep(tensors: readonly Tensor[], { axis, blockSize }: BlockForm): Step {
  const attributes = blockSize === undefined ? { axis } : { axis, block_size: blockSize };
  return { opType: 'DequantizeLinear', more: tensors.map((tensor) => tensor.name), attributes };
}

function chained(name: string, steps: readonly Step[], fresh: (base: string) => string): Node[] {
  let value = '';
  return steps.map(({ opType, more, attributes }, index) => {
    const inputs = index === 0 ? more : [value, ...more];
    const suffix = opType.toLowerCase();
    value = index === steps.length - 1 ? name : fresh(`${name}_${suffix}_output`);
    return node(opType, inputs, [value], { name: fresh(`${name}_${suffix}`), attributes });
  });
}

/** Beyond these, float16 has fewer digits than it should, or none. */
const smallestFloat16 = 2 ** -14;
const largestFloat16 = 65504;

/**
 * DequantizeLinear's output has the type of its scale. float16 scales serve float16 weights, which
 * are themselves no more exact, unless one leaves float16's normal range; float32 and a Cast serve
 * all others.
 */
function scaleTensor(
  name: string,
  dtype: Dtype,
  { scaleDims }: BlockForm,
  scales: Float32Array<ArrayBuffer>,
): { scale: Tensor; from: Dtype } {
  const isNormal = (x: number) => Math.abs(x) >= smallestFloat16 && Math.abs(x) <= largestFloat16;
  const half = dtype === 'float16' && scales.every(isNormal);
  const from = half ? 'float16' : 'float32';
  const stored = half ? encodeFloat16(scales) : scales;
  const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  return { scale: makeTensor(name, from, scaleDims, kept(bytes)), from };
}

const int64s = (values: readonly number[]): BigInt64Array =>
  BigInt64Array.from(values.map((value) => BigInt(value)));

const sameDims = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, index) => dim === b[index]);
