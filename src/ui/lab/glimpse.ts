/** An example's input in miniature: the numbers of a picture. */
import type { TaskId } from '../../tasks/index.ts';

export type Glimpse =
  | {
      readonly kind: 'picture';
      readonly width: number;
      readonly height: number;
      /** RGBA, row by row. */
      readonly pixels: Uint8ClampedArray;
    }
  | { readonly kind: 'none' };

/** Tasks whose inputs are pictures. A text is its example's name, or too long for a glimpse. */
export const showsPicture: ReadonlySet<TaskId> = new Set([
  'digits',
  'image-classification',
  'image-to-image',
]);

/** Larger pictures are shown by every nth pixel. */
const longestSide = 96;

/** Of whatever a task takes; `none` for texts, sounds and tensors, which have no small picture. */
export function glimpseOf(input: unknown): Glimpse {
  if (typeof input !== 'object' || input === null) return { kind: 'none' };
  const fields = input as Readonly<Record<string, unknown>>;
  const gray = fields['image'];
  if (gray instanceof Float32Array && isSquare(gray.length)) return grayPicture(gray);
  const { pixels } = fields;
  return isPixels(pixels) ? colorPicture(pixels) : { kind: 'none' };
}

const isSquare = (length: number): boolean =>
  length > 0 && length <= longestSide ** 2 && Number.isInteger(Math.sqrt(length));

function grayPicture(values: Float32Array): Glimpse {
  const side = Math.sqrt(values.length);
  const pixels = new Uint8ClampedArray(4 * values.length);
  for (const [at, value] of values.entries()) {
    // Ink on paper, whatever the page's colors are.
    pixels.fill(255 * (1 - value), 4 * at, 4 * at + 3);
    pixels[4 * at + 3] = 255;
  }
  return { kind: 'picture', width: side, height: side, pixels };
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array;
}

function isPixels(value: unknown): value is Pixels {
  if (typeof value !== 'object' || value === null) return false;
  const { width, height, data } = value as Readonly<Record<string, unknown>>;
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) return false;
  const isSide = (side: unknown): side is number => Number.isInteger(side) && (side as number) > 0;
  return isSide(width) && isSide(height) && data.length === 4 * width * height;
}

function colorPicture({ width, height, data }: Pixels): Glimpse {
  const step = Math.max(1, Math.ceil(Math.max(width, height) / longestSide));
  const [across, down] = [Math.ceil(width / step), Math.ceil(height / step)];
  const pixels = new Uint8ClampedArray(4 * across * down);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      const from = 4 * (y * step * width + x * step);
      pixels.set(data.subarray(from, from + 4), 4 * (y * across + x));
    }
  }
  return { kind: 'picture', width: across, height: down, pixels };
}
