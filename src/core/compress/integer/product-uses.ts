/**
 * Which consumers of a weight can compute with integers: products x · W of float32 whose right-hand
 * side is the stored matrix, as it lies or turned.
 */
import { intOf, intsOf } from '../../onnx/build.ts';
import { dtypes, type Dtype, type Node } from '../../onnx/types.ts';
import type { Consumer, Weight } from '../../onnx/weights.ts';

/** A product of activations with a stored matrix. */
export interface ProductUse {
  readonly consumer: Consumer;
  /** Whether it wants the stored matrix with its axes exchanged. */
  readonly turned: boolean;
}

/** A consumer as a product, or why it is none that integers can compute. */
export function productUse(consumer: Consumer, weight: Weight): ProductUse | string {
  const { node, input, via } = consumer;
  const { opType, domain } = node;
  if (domain !== '' || (opType !== 'MatMul' && opType !== 'Gemm')) {
    return `there is no integer form of ${opType} here`;
  }
  if (input !== 1) return `it is not the right-hand factor of its ${opType}`;
  if (weight.dims.length !== 2)
    return `it has ${weight.dims.length} axes, and products of integers here take matrices`;
  const other = via.find((one) => !movers.has(one.opType));
  if (other) return `${other.opType} changes it on its way`;
  const dtype = seenType(weight.dtype, via);
  if (dtype !== 'float32') return `its product is computed in ${dtype}`;
  const exchanges = via.filter(isExchange).length + intOf(node, 'transB', 0);
  return { consumer, turned: exchanges % 2 === 1 };
}

const movers = new Set(['Identity', 'Cast', 'Transpose']);

/** Without an order of its own, a Transpose of a matrix exchanges its axes. */
const isExchange = (node: Node): boolean =>
  node.opType === 'Transpose' && (intsOf(node, 'perm')?.[0] ?? 1) === 1;

/** The type in which a value arrives behind nodes that may convert it. */
function seenType(stored: Dtype, via: readonly Node[]): Dtype {
  const last = via.findLast(({ opType }) => opType === 'Cast');
  return last ? (dtypes[intOf(last, 'to', 0)] ?? 'undefined') : stored;
}
