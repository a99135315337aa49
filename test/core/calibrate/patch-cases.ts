/** Convolutions on one input, and the patches that each sees, cut out one by one. */
import { collectInputs } from '../../../src/core/calibrate/collect.ts';
import { sitesOf } from '../../../src/core/calibrate/sites.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import type { Runtime } from '../../../src/core/runtime.ts';
import { input, weight } from '../compress/fixtures.ts';
import { apart, controlOf, gramOf, rowsOf } from './plain-grams.ts';

export interface Cut {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
  readonly group: number;
}

export const plain: Cut = {
  kernel: [3, 3],
  strides: [1, 1],
  dilations: [1, 1],
  pads: [0, 0, 0, 0],
  group: 1,
};

/** Patches of one group of images [batch, channels, height, width]. */
export function patchesOf(
  data: Float32Array,
  dims: readonly number[],
  group: number,
  { kernel, strides, dilations, pads, group: groups }: Cut,
): number[][] {
  const [batch, channels, height, width] = dims as [number, number, number, number];
  const inside = channels / groups;
  const reach = (axis: 0 | 1) => dilations[axis] * (kernel[axis] - 1) + 1;
  const steps = (size: number, axis: 0 | 1) =>
    Math.floor((size + pads[axis] + pads[axis + 2]! - reach(axis)) / strides[axis]) + 1;
  const patches: number[][] = [];
  for (let image = 0; image < batch; image++) {
    for (let top = 0; top < steps(height, 0); top++) {
      for (let left = 0; left < steps(width, 1); left++) {
        const patch: number[] = [];
        for (let c = group * inside; c < (group + 1) * inside; c++) {
          for (let ky = 0; ky < kernel[0]; ky++) {
            for (let kx = 0; kx < kernel[1]; kx++) {
              const y = top * strides[0] - pads[0] + ky * dilations[0];
              const x = left * strides[1] - pads[1] + kx * dilations[1];
              const lies = y >= 0 && y < height && x >= 0 && x < width;
              patch.push(lies ? data[((image * channels + c) * height + y) * width + x]! : 0);
            }
          }
        }
        patches.push(patch);
      }
    }
  }
  return patches;
}

const cuts: Readonly<Record<string, Cut>> = {
  'with dilation and padding': { ...plain, dilations: [2, 1], pads: [1, 0, 2, 1] },
  'in two groups': { ...plain, group: 2 },
  'of each channel by itself, with stride': { ...plain, group: 4, strides: [2, 2] },
  'of points': { ...plain, kernel: [1, 1] },
};

/** How far the Grams of a runtime are from plain sums over patches, for each kind of convolution. */
export async function patchErrors(runtime: Runtime): Promise<Readonly<Record<string, number>>> {
  const dims = [3, 4, 9, 7];
  const x = input('images', dims);
  const entries = Object.entries(cuts);
  const given = model(
    graph({
      nodes: entries.map(([, { kernel: _, ...attributes }], at) =>
        node('Conv', ['x', `W${at}`], [`y${at}`], { attributes }),
      ),
      inputs: [value('x', 'float32', ['batch', ...dims.slice(1)])],
      outputs: entries.map((_, at) => value(`y${at}`, 'float32')),
      initializers: entries.map(([, { kernel, group }], at) =>
        weight(`W${at}`, [8, 4 / group, ...kernel], 9),
      ),
    }),
    { opset: 17 },
  );
  const { sites } = sitesOf(given, findWeights(given));
  const { statistics } = await collectInputs(given, sites, {
    runtime,
    calibration: controlOf(rowsOf('3 images', { x })),
    kind: 'auto',
    signal: new AbortController().signal,
  });
  const errors = entries.map(([name, cut], at) => {
    const site = sites.find(({ weights }) => weights.includes(`W${at}`))!;
    const { gram, heldOut, rows, heldOutRows, channels } = statistics.get(site.key)!;
    const whole = gram.map(
      (one, place) => (one * rows + heldOut[place]! * heldOutRows) / (rows + heldOutRows),
    );
    const wanted = Array.from({ length: cut.group }, (_, group) =>
      gramOf(patchesOf(x.data as Float32Array, dims, group, cut)),
    ).flat();
    return [name, wanted.length === cut.group * channels ** 2 ? apart(whole, wanted) : Infinity];
  });
  return Object.fromEntries(errors) as Record<string, number>;
}
