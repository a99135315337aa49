import { Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';

import { gradientModel } from '../../../../src/core/differentiate/gradient.ts';
import { graph, model, node, value, type AttributeValue } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';
import { runModel } from '../../../onnxruntime.ts';
import { normal } from '../reference/draw.ts';

interface Resizing {
  readonly attributes: Record<string, AttributeValue>;
  readonly scales?: readonly number[];
  readonly sizes?: readonly number[];
}

const [height, width] = [3, 4];
const count = height * width;

function resizing(images: number, { attributes, scales, sizes }: Resizing): Model {
  const given = scales
    ? makeTensor('given', 'float32', [scales.length], Float32Array.from(scales))
    : makeTensor('given', 'int64', [sizes!.length], BigInt64Array.from(sizes!, BigInt));
  const inputs = scales ? ['x', '', 'given'] : ['x', '', '', 'given'];
  return model(
    graph({
      nodes: [node('Resize', inputs, ['y'], { attributes: { ...attributes, axes: [2, 3] } })],
      inputs: [value('x', 'float32', [images, 1, height, width])],
      outputs: [value('y', 'float32')],
      initializers: [given],
    }),
  );
}

/**
 * Resizing is linear, so the derivative of Σ seed · y by one pixel is the same sum for an image in
 * which this pixel alone is 1: onnxruntime's own Resize of all such images is the reference.
 */
function checkResize(caption: string, given: Resizing): void {
  test(caption, async () => {
    const pixels = Float32Array.from({ length: count ** 2 }, (_, at) =>
      at % (count + 1) === 0 ? 1 : 0,
    );
    const each = await runModel(resizing(count, given), {
      x: new Tensor('float32', pixels, [count, 1, height, width]),
    });
    const all = each['y']!.data as Float32Array;
    const dims = [1, ...each['y']!.dims.slice(1)];
    const seed = Float32Array.from(normal(dims, caption).data);
    const expected = Array.from({ length: count }, (_, pixel) =>
      seed.reduce((sum, one, at) => sum + one * all[pixel * seed.length + at]!, 0),
    );

    const x = new Float32Array(count);
    const feeds = { x: { dtype: 'float32', dims: [1, 1, height, width], data: x } } as const;
    const seeds = { y: { dtype: 'float32', dims, data: seed } } as const;
    const found = await gradientModel(resizing(1, given), feeds, seeds, ['x'], nodeRuntime());
    const gradients = await runModel(found.model, {
      x: new Tensor('float32', x, [1, 1, height, width]),
    });
    const gradient = gradients[found.gradients.get('x')!]!.data as Float32Array;
    expect(gradient.length).toBe(count);
    expected.forEach((one, pixel) => expect(gradient[pixel]).toBeCloseTo(one, 5));
  });
}

describe('Resize', () => {
  checkResize('twice as large, by repeating pixels', {
    attributes: {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    },
    scales: [2, 2],
  });
  checkResize('nearest pixels at odd factors, the standard settings', {
    attributes: {},
    scales: [1.5, 0.6],
  });
  for (const mode of ['round_prefer_ceil', 'ceil']) {
    checkResize(`nearest pixels, ${mode}`, {
      attributes: { nearest_mode: mode },
      sizes: [5, 6],
    });
  }
  for (const mode of ['half_pixel', 'pytorch_half_pixel', 'asymmetric', 'align_corners']) {
    checkResize(`linear, ${mode}`, {
      attributes: { mode: 'linear', coordinate_transformation_mode: mode },
      sizes: [7, 2],
    });
  }
});
