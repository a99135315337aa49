/** How a model takes an image, by the shape of its input. */
import type { Signature } from '../../core/onnx/signature.ts';

export interface ImageLayout {
  readonly order: 'channels-first' | 'channels-last';
  readonly channels: 1 | 3;
  /** Absent where the model takes any. */
  readonly width?: number;
  readonly height?: number;
}

const takesImages: readonly (string | undefined)[] = ['float32', 'float16', 'uint8'];

/** One image of one or three channels; undefined where the shape says something else. */
export function imageLayoutOf({ name, dtype, dims = [] }: Signature): ImageLayout | undefined {
  const [batch, first, middle, last] = dims;
  if (dims.length !== 4 || !takesImages.includes(dtype)) return undefined;
  if (typeof batch === 'number' && batch > 1) return undefined;
  const order = orderOf(dims, name);
  if (order === undefined) return undefined;
  const [height, width] = order === 'channels-first' ? [middle, last] : [first, middle];
  const channels = order === 'channels-first' ? first : last;
  return {
    order,
    channels: channels === 1 ? 1 : 3,
    ...(isSize(width) ? { width } : {}),
    ...(isSize(height) ? { height } : {}),
  };
}

const isSize = (dim: number | string | undefined): dim is number =>
  typeof dim === 'number' && dim > 0;

function orderOf(
  [, first, middle, last]: readonly (number | string)[],
  name: string,
): ImageLayout['order'] | undefined {
  const isCount = (dim: number | string | undefined): boolean => dim === 1 || dim === 3;
  const mayBeSide = (dim: number | string | undefined): boolean =>
    typeof dim === 'string' || (dim !== undefined && dim > 3);
  if (isCount(first) && mayBeSide(middle) && mayBeSide(last)) return 'channels-first';
  if (isCount(last) && mayBeSide(first) && mayBeSide(middle)) return 'channels-last';
  // Exports for transformers.js leave even the channels open.
  const isNamed = /channel/i.test(String(first)) || name === 'pixel_values';
  return typeof first === 'string' && isNamed && mayBeSide(middle) && mayBeSide(last)
    ? 'channels-first'
    : undefined;
}
