/**
 * The canonical form of a quantized weight, standard ONNX that any runtime loads:
 * [Cast(scale) [→ Mul(step)]] → DequantizeLinear(codes, scale[, zero point]) → [Reshape] → [Cast] → the
 * weight under its old name, so that no consumer changes.
 */
import type { QuantizedBlocks } from '../math/blocks.ts';
import type { Grid } from '../math/grid.ts';
import type { BitWidth } from '../math/pack-bits.ts';
import { node } from '../onnx/build.ts';
import { makeTensor } from '../onnx/tensor.ts';
import { dtypes, type Node, type Tensor } from '../onnx/types.ts';
import type { Weight } from '../onnx/weights.ts';
import type { BlockForm } from './block-form.ts';
import { kept } from './model-edit.ts';
import { scaleParts } from './scale-parts.ts';

/** The opset in which DequantizeLinear takes blocks of such codes. */
export const opsetFor = (container: BitWidth): number => (container === 2 ? 25 : 21);

/** The tensors that store a weight's codes, and the nodes that make the weight of them. */
export interface Dequantized {
  readonly tensors: readonly Tensor[];
  readonly nodes: readonly Node[];
}

/** How the codes are stored: a grid, as far as the file shows it. */
export type StoredGrid = Pick<Grid, 'container' | 'symmetric' | 'scaleType'>;

/** `fresh` gives names that are free in the model. */
export function dequantized(
  weight: Pick<Weight, 'name' | 'dims' | 'dtype'>,
  form: BlockForm,
  blocks: QuantizedBlocks,
  { container, symmetric, scaleType }: StoredGrid,
  fresh: (base: string) => string,
): Dequantized {
  const { name } = weight;
  const dtype = `${symmetric ? 'int' : 'uint'}${container}` as const;
  const parts = scaleParts(`${name}_scale`, weight.dtype, form, blocks, scaleType, fresh);
  const { dtype: from, scale, step } = parts;
  const tensors = [makeTensor(fresh(`${name}_codes`), dtype, form.dims, kept(blocks.codes)), scale];
  const inputs = [tensors[0]!.name, parts.value];
  if (blocks.zeroPoints) {
    const zeroPoint = fresh(`${name}_zero_point`);
    tensors.push(makeTensor(zeroPoint, dtype, form.scaleDims, kept(blocks.zeroPoints)));
    inputs.push(zeroPoint);
  }
  if (step) tensors.push(step);
  const steps: Step[] = [dequantizeStep(inputs, form)];
  if (!sameDims(form.dims, weight.dims) || isMisread(container, form)) {
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
  const nodes = chained(name, steps, fresh);
  return { tensors, nodes: [...parts.nodes, ...nodes] };
}

/**
 * onnxruntime 1.30 fuses DequantizeLinear and a MatMul behind it into MatMulNBits, and mixes up rows
 * of 2-bit codes that do not end with a byte: a product with 10 columns comes out wrong unless the
 * session is told to fold. A Reshape in between, even to the same dims, keeps the two apart.
 */
function isMisread(container: BitWidth, { dims, axis, blockSize }: BlockForm): boolean {
  const summed = blockSize === undefined ? 1 - axis : axis;
  return container === 2 && dims.length === 2 && summed === 0 && dims[1]! % 4 !== 0;
}

/** One node of the chain: its inputs after the first, which is the output of the node before. */
interface Step {
  readonly opType: string;
  readonly more: readonly string[];
  readonly attributes: Readonly<Record<string, number>>;
}

function dequantizeStep(inputs: readonly string[], { axis, blockSize }: BlockForm): Step {
  const attributes = blockSize === undefined ? { axis } : { axis, block_size: blockSize };
  return { opType: 'DequantizeLinear', more: inputs, attributes };
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

const int64s = (values: readonly number[]): BigInt64Array =>
  BigInt64Array.from(values.map((value) => BigInt(value)));

const sameDims = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, index) => dim === b[index]);
