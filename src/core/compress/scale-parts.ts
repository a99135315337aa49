/** How the scales of a coded weight are stored, and the nodes that make of them what DequantizeLinear takes. */
import type { QuantizedBlocks } from '../math/blocks.ts';
import { encodeFloat16 } from '../math/float16.ts';
import { exactScaleType, isNormalFloat16, type FloatScale, type ScaleType } from '../math/grid.ts';
import { scaleCode } from '../math/scale-steps.ts';
import { node } from '../onnx/build.ts';
import { makeTensor } from '../onnx/tensor.ts';
import { dtypes, type Dtype, type Node, type Tensor } from '../onnx/types.ts';
import type { BlockForm } from './block-form.ts';
import { kept } from './model-edit.ts';

/** The scales of a weight in a file. */
export interface ScaleParts {
  readonly scale: Tensor;
  /** What int8 scales are multiples of, [1 along the blocks]. */
  readonly step?: Tensor;
  readonly nodes: readonly Node[];
  /** What DequantizeLinear takes, and its type, which the output has too. */
  readonly value: string;
  readonly dtype: FloatScale;
}

/** `base` is what the names begin with; `fresh` gives names that are free in the model. */
export function scaleParts(
  base: string,
  dtype: Dtype,
  form: BlockForm,
  blocks: Pick<QuantizedBlocks, 'scales' | 'steps'>,
  wanted: ScaleType,
  fresh: (base: string) => string,
): ScaleParts {
  const { scales, steps } = blocks;
  if (steps) return steppedParts(base, form, { scales, steps }, fresh);
  const { stored, from } = scaleTypes(dtype, wanted, scales);
  const halves = stored === 'float16' ? encodeFloat16(scales) : scales;
  const bytes = new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
  const scale = makeTensor(fresh(base), stored, form.scaleDims, kept(bytes));
  if (from === stored) return { scale, nodes: [], value: scale.name, dtype: from };
  const widened = castNode(scale.name, from, fresh);
  return { scale, nodes: [widened], value: widened.outputs[0]!, dtype: from };
}

function steppedParts(
  base: string,
  { scaleDims, axis }: BlockForm,
  { scales, steps }: Required<Pick<QuantizedBlocks, 'scales' | 'steps'>>,
  fresh: (base: string) => string,
): ScaleParts {
  const inner = scaleDims.slice(axis + 1).reduce((all, dim) => all * dim, 1);
  const span = inner * scaleDims[axis]!;
  const codes = Int8Array.from(scales, (scale, place) => {
    return scaleCode(scale, steps[Math.floor(place / span) * inner + (place % inner)]!);
  });
  const bytes = new Uint8Array(codes.buffer);
  const scale = makeTensor(fresh(base), 'int8', scaleDims, kept(bytes));
  const stepDims = scaleDims.map((dim, index) => (index === axis ? 1 : dim));
  const stepBytes = new Uint8Array(steps.buffer, steps.byteOffset, steps.byteLength);
  const step = makeTensor(fresh(`${base}_step`), 'float32', stepDims, kept(stepBytes));
  const widened = castNode(scale.name, 'float32', fresh);
  const value = fresh(`${base}_stepped`);
  const product = node('Mul', [widened.outputs[0]!, step.name], [value], { name: value });
  return { scale, step, nodes: [widened, product], value, dtype: 'float32' };
}

/** Makes a stored scale one of another type. */
function castNode(scale: string, to: Dtype, fresh: (base: string) => string): Node {
  const wide = fresh(`${scale}_${to}`);
  return node('Cast', [scale], [wide], { name: wide, attributes: { to: dtypes.indexOf(to) } });
}

/**
 * The type in which the scales are stored, and the one that DequantizeLinear takes, which its output
 * has too. float16 serves float16 weights, which are themselves no more exact, unless a scale leaves
 * float16's normal range; elsewhere it is half the bytes, and a Cast makes float32 of it.
 */
function scaleTypes(
  dtype: Dtype,
  wanted: ScaleType,
  scales: Float32Array,
): { stored: FloatScale; from: FloatScale } {
  if (dtype === 'float16') {
    const type = scales.every(isNormalFloat16) ? 'float16' : 'float32';
    return { stored: type, from: type };
  }
  return { stored: wanted === 'float16' ? exactScaleType(scales) : 'float32', from: 'float32' };
}
