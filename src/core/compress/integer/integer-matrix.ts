/**
 * How a weight is stored for integer products: int8 codes as it lies, with one scale for each output
 * or one for all, and everything that takes it.
 */
import { gridFor, type Grid } from '../../math/grid.ts';
import type { BlockLayout } from '../../math/blocks.ts';
import { intOf } from '../../onnx/build.ts';
import type { Consumer, Weight } from '../../onnx/weights.ts';
import { productUse, type ProductUse } from './product-uses.ts';

/** Largest code: 127, or 63 where sums of two products must stay within 16 bits. */
export const codeRanges = { full: 127, reduced: 63 } as const;
export type CodeRange = keyof typeof codeRanges;

export const int8Grid = (range: CodeRange): Grid => ({
  ...gridFor(8, true, 'float32'),
  lowest: -codeRanges[range],
  highest: codeRanges[range],
});

export interface IntegerPlan {
  readonly products: readonly ProductUse[];
  /** The axis of the stored matrix that has a scale for each place; absent where one scale serves all. */
  readonly channelAxis?: 0 | 1;
  readonly layout: BlockLayout;
}

/** How a matrix is stored, or why its consumers can't take it so. */
export function planInteger(weight: Weight, perChannel: boolean): IntegerPlan | string {
  const products: ProductUse[] = [];
  const axes = new Set<0 | 1>();
  for (const consumer of weight.consumers) {
    if (isLookup(consumer, weight)) {
      axes.add(0);
      continue;
    }
    const use = productUse(consumer, weight);
    if (typeof use === 'string') return use;
    products.push(use);
    axes.add(use.turned ? 0 : 1);
  }
  const [channelAxis] = axes;
  if (channelAxis === undefined) return 'nothing takes it';
  const [first = 1, second = 1] = weight.dims;
  if (!perChannel) return { products, layout: { outer: 1, axis: first * second, inner: 1 } };
  if (axes.size > 1) {
    return 'one consumer sums over its rows and another over its columns, so no scale for each output serves both';
  }
  const layout =
    channelAxis === 0
      ? { outer: first, axis: second, inner: 1 }
      : { outer: 1, axis: first, inner: second };
  return { products, channelAxis, layout };
}

/** Whether a consumer looks up rows of a table as they are stored. */
export function isLookup({ node, input, via }: Consumer, { dims }: Weight): boolean {
  if (node.opType !== 'Gather' || node.domain !== '' || input !== 0 || dims.length !== 2) {
    return false;
  }
  const axis = intOf(node, 'axis', 0);
  const plain = via.every(({ opType }) => opType === 'Identity' || opType === 'Cast');
  return plain && (axis === 0 || axis === -2);
}
