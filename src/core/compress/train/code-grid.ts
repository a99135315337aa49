/** How codes share scales, whatever the axes: four axes, of which the second counts groups. */
import { elementCount } from '../../onnx/tensor.ts';
import type { CodedWeight } from '../realize/coded-weight.ts';

/** Codes as [outer, length, inner], and padded as [outer, blocks, span, inner]. */
export interface CodeGrid {
  readonly outer: number;
  readonly blocks: number;
  /** Places of the axis that share a scale; the last block may be longer than what is left. */
  readonly span: number;
  readonly inner: number;
  /** Of the axis without padding. */
  readonly length: number;
  /** Places with padding. */
  readonly size: number;
  /** What the scales broadcast from beside [outer, blocks, span, inner]. */
  readonly scaleDims: readonly number[];
  /** For each code: its position among the codes, its padded place, its scale's position. */
  each(visit: (at: number, place: number, group: number) => void): void;
}

export function codeGrid({ codes, scale, spans }: CodedWeight): CodeGrid {
  const { dims } = codes;
  const shared = elementCount(scale) === 1;
  const blocked = !shared && scale.dims.length === dims.length && dims.length > 1;
  const channels = spans.findIndex((span, at) => span === 1 && dims[at] === scale.dims[0]);
  // A block of 1 is an axis like the others: any will do.
  const long = spans.findIndex((span) => span > 1);
  const axis = blocked ? Math.max(long, 0) : channels;
  if (shared) {
    const count = elementCount(codes);
    return grid({ outer: 1, blocks: 1, span: count, inner: 1, length: count }, [1, 1, 1, 1], false);
  }
  const shape = {
    outer: product(dims.slice(0, axis)),
    inner: product(dims.slice(axis + 1)),
    length: dims[axis]!,
  };
  const span = Math.min(spans[axis]!, shape.length);
  const blocks = Math.ceil(shape.length / span);
  const scaleDims = blocked ? [shape.outer, blocks, 1, shape.inner] : [1, blocks, 1, 1];
  return grid({ ...shape, span, blocks }, scaleDims, blocked);
}

/** What the steps of the scales broadcast from beside `scaleDims`; undefined where they are not one for each channel. */
export function stepDims({
  codes,
  scale,
  step,
  spans,
}: CodedWeight): readonly number[] | undefined {
  if (!step) return undefined;
  if (elementCount(step) === 1) return [1, 1, 1, 1];
  const { dims } = scale;
  const axis = spans.findIndex((span) => span > 1);
  if (axis < 0 || dims.length < 2 || dims.length !== codes.dims.length) return undefined;
  const fits = dims.every((dim, index) => step.dims[index] === (index === axis ? 1 : dim));
  return fits ? [product(dims.slice(0, axis)), 1, 1, product(dims.slice(axis + 1))] : undefined;
}

type Shape = Pick<CodeGrid, 'outer' | 'blocks' | 'span' | 'inner' | 'length'>;

function grid(shape: Shape, scaleDims: readonly number[], blocked: boolean): CodeGrid {
  const { outer, blocks, span, inner, length } = shape;
  return {
    ...shape,
    size: outer * blocks * span * inner,
    scaleDims,
    each(visit) {
      for (let o = 0; o < outer; o++) {
        for (let k = 0; k < length; k++) {
          const block = Math.floor(k / span);
          for (let i = 0; i < inner; i++) {
            const place = (o * blocks * span + k) * inner + i;
            const group = blocked ? (o * blocks + block) * inner + i : block;
            visit((o * length + k) * inner + i, place, group);
          }
        }
      }
    },
  };
}

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);
