/** Between pixels as tasks hold them and the page's canvases. */
import type { Pixels } from '../../../tasks/pixels.ts';

/** Makes a canvas show an image, one canvas pixel to a pixel. */
export function paint(canvas: HTMLCanvasElement, { width, height, data }: Pixels): void {
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext('2d');
  if (!pen) return;
  const image = pen.createImageData(width, height);
  image.data.set(data);
  pen.putImageData(image, 0, 0);
}

/** The pixels of what `draw` puts on a canvas of this size; undefined where the browser gives no canvas. */
export function drawn(
  width: number,
  height: number,
  draw: (pen: CanvasRenderingContext2D) => void,
): Pixels | undefined {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (!pen) return undefined;
  draw(pen);
  return { width, height, data: pen.getImageData(0, 0, width, height).data };
}
