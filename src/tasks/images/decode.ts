/** Image files become pixels: in a browser by the browser, under Node by what transformers.js uses there. */
import { ModelError } from '../../core/errors.ts';
import { fileNameOf } from '../files.ts';
import type { Pixels } from '../pixels.ts';
import { imageSizeOf } from './size.ts';

/** Larger images would take more memory than a model makes use of. */
const mostPixels = 50_000_000;

/** The size stands within these bytes, behind previews and color profiles of any usual length. */
const headBytes = 1_000_000;

/** Whether a file's name is that of an image that can be decoded. */
export const isImageName = (path: string): boolean => /\.(png|jpe?g|gif|webp|avif)$/i.test(path);

/** Turned upright as its camera says. Errors: ModelError for no image, a damaged one, and one that is too large. */
export async function decodeImage(path: string, blob: Blob): Promise<Pixels> {
  const name = fileNameOf(path);
  const size = imageSizeOf(new Uint8Array(await blob.slice(0, headBytes).arrayBuffer()));
  if (!size) {
    throw new ModelError(
      `"${name}" is no image that can be read here. Give a PNG, JPEG, WebP, GIF or AVIF file.`,
    );
  }
  const { kind, width, height } = size;
  if (width * height > mostPixels) {
    throw new ModelError(
      `"${name}" has ${width} × ${height} pixels; at most ${mostPixels / 1e6} million are read here. Scale it down first.`,
    );
  }
  try {
    const pixels = await (typeof OffscreenCanvas === 'undefined' ? underNode : inBrowser)(blob);
    checkPixels(pixels);
    return pixels;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const why = said.endsWith('.') ? said : `${said}. Save or copy it again.`;
    throw new ModelError(`"${name}" begins as a ${kind} image but can't be decoded: ${why}`);
  }
}

/** Errors: ModelError where the numbers do not make an image. */
export function checkPixels({ width, height, data }: Pixels): void {
  const isWhole = Number.isSafeInteger(width) && Number.isSafeInteger(height);
  if (isWhole && width > 0 && height > 0 && width * height <= mostPixels) {
    if (data.length === width * height * 4) return;
  }
  throw new ModelError(
    `An image of ${width} × ${height} with ${data.length} values can't be used. It needs four values for each of 1 to ${mostPixels / 1e6} million pixels.`,
  );
}

async function inBrowser(blob: Blob): Promise<Pixels> {
  const bitmap = await createImageBitmap(blob);
  try {
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d', {
      willReadFrequently: true,
    });
    if (!context) throw new Error('this browser gives no canvas to a worker.');
    context.drawImage(bitmap, 0, 0);
    return { width, height, data: context.getImageData(0, 0, width, height).data };
  } finally {
    bitmap.close();
  }
}

async function underNode(blob: Blob): Promise<Pixels> {
  const { RawImage } = await import('@huggingface/transformers');
  const image = await RawImage.fromBlob(blob).catch((error: unknown) => {
    // RawImage converts one, three and four channels, and fails for two.
    const isGray = error instanceof Error && error.message.includes('number of channels');
    if (isGray) throw new Error('gray with opacity is not read under Node. Save it in color.');
    throw error;
  });
  const { width, height } = image;
  return { width, height, data: new Uint8ClampedArray(image.rgba().data) };
}
