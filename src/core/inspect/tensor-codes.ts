/** The codes of a weight, with the scales and zero points that make values of them. */
import { spansAlong } from '../compress/realize/coded-weight.ts';
import { intOf } from '../onnx/build.ts';
import { graphAt } from '../onnx/edit.ts';
import { operatorOf } from '../onnx/flow.ts';
import { isFloat } from '../onnx/floats.ts';
import { storedBehind } from '../onnx/stored-behind.ts';
import { bitsOf, elementCount } from '../onnx/tensor.ts';
import type { Dtype, Graph, Model, Node, Tensor } from '../onnx/types.ts';
import type { Weight } from '../onnx/weights.ts';

/** Codes and all that makes values of them: (code − zero point) · scale. */
export interface CodedTensor {
  /** The operator that takes the codes. */
  readonly operator: string;
  readonly codes: Tensor;
  readonly bits: number;
  readonly signed: boolean;
  /** int8 where there is a step. */
  readonly scale: Tensor;
  /** What the scales are whole multiples of. */
  readonly step?: Tensor;
  /** As many as scales, or one for all. */
  readonly zeroPoint?: Tensor;
  /** Along each axis of the codes, how many neighbors share a scale. */
  readonly spans: readonly number[];
}

const codeTypes: readonly Dtype[] = [
  ...(['int2', 'uint2', 'int4', 'uint4'] as const),
  ...(['int8', 'uint8', 'int16', 'uint16'] as const),
];

/** The codes of a weight with their scales; undefined where they are packed in an operator's own way. */
export function codedOf(model: Model, weight: Weight): CodedTensor | undefined {
  const { quantized, tensor: codes, path } = weight;
  if (!quantized || !codeTypes.includes(codes.dtype)) return undefined;
  const node = quantized.dequantize;
  const axis = axisOf(node, weight);
  if (axis === undefined) return undefined;
  const stored = (name: string): readonly Tensor[] => {
    for (let depth = path.length; depth >= 0; depth--) {
      const found = storedBehind(graphAt(model, path.slice(0, depth)), name);
      if (found.length > 0) return found;
    }
    return [];
  };
  const named = quantized.scale || laterScale(graphAt(model, path), node);
  const scales = named ? stored(named) : [];
  const step = scales.length === 2 ? scales.find(({ dtype }) => isFloat(dtype)) : undefined;
  const scale = step ? scales.find((one) => one !== step && one.dtype === 'int8') : scales[0];
  if (!scale || (!step && !isFloat(scale.dtype))) return undefined;
  const spans = spansAlong(codes, scale, axis, intOf(node, 'block_size', 0));
  if (!spans) return undefined;
  const [zeroPoint] = quantized.zeroPoint ? stored(quantized.zeroPoint) : [];
  if (quantized.zeroPoint && !zeroPoint) return undefined;
  const zeros = zeroPoint && elementCount(zeroPoint);
  if (zeros !== undefined && zeros !== 1 && zeros !== elementCount(scale)) return undefined;
  return {
    operator: operatorOf(node),
    codes,
    bits: bitsOf(codes.dtype),
    signed: codes.dtype.startsWith('int'),
    scale,
    ...(step ? { step } : {}),
    ...(zeroPoint ? { zeroPoint } : {}),
    spans,
  };
}

/** The axis along which an operator takes one scale for each index; undefined where it packs its codes. */
function axisOf(node: Node, { outAxes }: Weight): number | undefined {
  const operator = operatorOf(node);
  if (operator === 'DequantizeLinear') return intOf(node, 'axis', 1);
  if (/^(com\.microsoft\.)?(QLinearConv|ConvInteger)$/.test(operator)) return 0;
  const products =
    /^(com\.microsoft\.)?(MatMulInteger|QLinearMatMul|DynamicQuantizeMatMul|MatMulIntegerToFloat)$/;
  // A Transpose may stand between the codes and the product.
  return products.test(operator) ? outAxes[0] : undefined;
}

/** The stored factor of what an integer product is multiplied with: product → Cast → Mul by (scale of the data · this). */
function laterScale({ nodes, initializers }: Graph, product: Node): string {
  const takes = (name: string | undefined, opType: string): Node | undefined =>
    nodes.find((node) => node.opType === opType && node.inputs.includes(name ?? ''));
  const cast = takes(product.outputs[0], 'Cast');
  const real = cast?.outputs[0];
  const rescale = cast && takes(real, 'Mul');
  const factor = rescale?.inputs.find((name) => name !== real);
  const both = nodes.find(({ opType, outputs }) => opType === 'Mul' && outputs[0] === factor);
  const isStored = (name: string): boolean => initializers.some((one) => one.name === name);
  return [...(both?.inputs ?? []), factor ?? ''].find(isStored) ?? '';
}
