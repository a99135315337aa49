/** Small models of images for the stories, and images for them, made in code. */
import { deflateSync } from 'node:zlib';

import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Model } from '../../src/core/onnx/types.ts';

export const colorNames = ['red', 'green', 'blue'];

/** Says which of its three colors an image of 8×8 has most of: the scores are the means of its channels. */
export function prefersColors(): Model {
  const area = 64;
  const weight = Float32Array.from({ length: 3 * area * 3 }, (_, at) =>
    Math.floor(at / 3 / area) === at % 3 ? 1 / area : 0,
  );
  return model(
    graph({
      inputs: [value('image', 'float32', [1, 3, 8, 8])],
      outputs: [value('scores', 'float32', [1, 3])],
      initializers: [
        makeTensor('weight', 'float32', [3 * area, 3], weight),
        makeTensor('flat', 'int64', [2], BigInt64Array.of(1n, BigInt(3 * area))),
      ],
      nodes: [
        node('Reshape', ['image', 'flat'], ['row']),
        node('MatMul', ['row', 'weight'], ['scores'], { name: 'head' }),
      ],
    }),
  );
}

/** A gray image of 32×32 in twice the size: each of four weights is near 1, so that rounding shows. */
export function upscaler(): Model {
  const weight = Float32Array.of(1, 0.97, 0.93, 0.88);
  return model(
    graph({
      inputs: [value('small', 'float32', [1, 1, 32, 32])],
      outputs: [value('large', 'float32', [1, 1, 64, 64])],
      initializers: [makeTensor('weight', 'float32', [4, 1, 1, 1], weight)],
      nodes: [
        node('Conv', ['small', 'weight'], ['four'], {
          name: 'conv',
          attributes: { kernel_shape: [1, 1] },
        }),
        node('DepthToSpace', ['four'], ['large'], { attributes: { blocksize: 2 } }),
      ],
    }),
  );
}

type Color = readonly [red: number, green: number, blue: number];

/** A PNG of 8-bit colors. */
export function png(width: number, height: number, at: (x: number, y: number) => Color): Buffer {
  const rows = Array.from({ length: height }, (_, y) => [
    0,
    ...Array.from({ length: width }, (__, x) => at(x, y)).flat(),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** As PNG wants it (ISO 3309). Node's own came after the oldest Node that is supported. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
