/** Image files for tests, written by hand: PNG (RFC 2083). */
import { crc32, deflateSync } from 'node:zlib';

import type { Pixels } from '../../../src/tasks/pixels.ts';

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** Of 8 bits: 6 is red, green, blue and opacity; 4 gray and opacity; 0 gray. `claimed` is the width that it tells. */
export function pngBytes(
  { width, height, data }: Pixels,
  kind: 0 | 4 | 6 = 6,
  claimed = width,
): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(claimed);
  header.writeUInt32BE(height, 4);
  header.set([8, kind, 0, 0, 0], 8);
  const channels = { 0: [0], 4: [0, 3], 6: [0, 1, 2, 3] }[kind];
  const line = 1 + width * channels.length;
  const lines = Buffer.alloc(line * height);
  for (let at = 0; at < width * height; at++) {
    const to = Math.floor(at / width) * line + 1 + (at % width) * channels.length;
    channels.forEach((channel, place) => (lines[to + place] = data[at * 4 + channel]!));
  }
  const bytes = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', new Uint8Array(0)),
  ]);
  return new Uint8Array(bytes);
}

export const pngOf = (pixels: Pixels): Promise<Blob> =>
  Promise.resolve(new Blob([pngBytes(pixels)]));
