/** How large an image is, from its first bytes: asked before anything is decoded. */

export interface ImageSize {
  readonly kind: 'PNG' | 'JPEG' | 'GIF' | 'WebP' | 'AVIF';
  readonly width: number;
  readonly height: number;
}

/** Of the formats that browsers and Node can both decode; undefined for anything else, and where the size lies beyond `bytes`. */
export function imageSizeOf(bytes: Uint8Array): ImageSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length: number): string =>
    String.fromCharCode(...bytes.subarray(at, at + length));
  if (bytes.length < 30) return undefined;
  if (text(1, 3) === 'PNG') {
    return { kind: 'PNG', width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (text(0, 4) === 'GIF8') {
    return { kind: 'GIF', width: view.getUint16(6, true), height: view.getUint16(8, true) };
  }
  if (view.getUint16(0) === 0xffd8) return jpegSize(view);
  if (text(0, 4) === 'RIFF' && text(8, 4) === 'WEBP') return webpSize(view, text(12, 4));
  if (text(4, 8) === 'ftypavif' || text(4, 8) === 'ftypavis') return avifSize(view);
  return undefined;
}

/** In the frame header, SOF0 … SOF15 (ITU T.81, B.2.2); the markers C4, C8 and CC mean something else. */
function jpegSize(view: DataView): ImageSize | undefined {
  for (let at = 2; at + 9 < view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      return { kind: 'JPEG', width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    // Bytes of 0xff may fill the space before a marker.
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** Lossy, lossless and extended files keep it in three ways (RFC 9649). */
function webpSize(view: DataView, chunk: string): ImageSize | undefined {
  const kind = 'WebP';
  if (chunk === 'VP8 ') {
    const side = (at: number): number => view.getUint16(at, true) & 0x3fff;
    return { kind, width: side(26), height: side(28) };
  }
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { kind, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (chunk !== 'VP8X') return undefined;
  const side = (at: number): number => 1 + (view.getUint32(at, true) & 0xffffff);
  return { kind, width: side(24), height: 1 + (view.getUint32(26, true) >>> 8) };
}

/** The box `ispe` (ISO 23008-12, 6.5.3); of several the largest, for the others are thumbnails and tiles. */
function avifSize(view: DataView): ImageSize | undefined {
  let found: ImageSize | undefined;
  for (let at = 0; at + 16 <= view.byteLength; at++) {
    if (view.getUint32(at) !== 0x69737065) continue;
    const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (!found || width * height > found.width * found.height) {
      found = { kind: 'AVIF', width, height };
    }
  }
  return found;
}
