/** An example's input in miniature: the numbers of a picture, or the words of a text. */

export type Glimpse =
  | {
      readonly kind: 'picture';
      readonly width: number;
      readonly height: number;
      /** RGBA, row by row. */
      readonly pixels: Uint8ClampedArray;
    }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'none' };

/** Larger pictures are shown by every nth pixel. */
const longestSide = 96;
const longestText = 160;

/** Of whatever a task takes; `none` for sounds and tensors, which have no small picture. */
export function glimpseOf(input: unknown): Glimpse {
  if (typeof input !== 'object' || input === null) return { kind: 'none' };
  const fields = input as Readonly<Record<string, unknown>>;
  const gray = fields['image'];
  if (gray instanceof Float32Array && isSquare(gray.length)) return grayPicture(gray);
  const { pixels, text, texts, prompt } = fields;
  if (isPixels(pixels)) return colorPicture(pixels);
  const words = [text, prompt].find((one): one is string => typeof one === 'string' && one !== '');
  if (words !== undefined) return { kind: 'text', text: shortened(words) };
  if (Array.isArray(texts)) {
    const known = texts.filter((one): one is string => typeof one === 'string').slice(0, 2);
    return { kind: 'text', text: known.map(shortened).join(' / ') };
  }
  return { kind: 'none' };
}

const shortened = (text: string): string =>
  text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text;

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
