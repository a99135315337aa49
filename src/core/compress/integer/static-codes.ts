/** The codes of a layer's weight and bias, for activations of a known scale. */
import { fitBlocks } from '../../math/grid-fit.ts';
import { roundHalfEven } from '../../math/round.ts';
import { floatOf } from '../../onnx/build.ts';
import type { StaticLayer } from './static-layers.ts';
import { codeRanges, int8Grid, type CodeRange } from './integer-matrix.ts';

export interface LayerCodes {
  /** As the weight lies. */
  readonly codes: Int8Array<ArrayBuffer>;
  /** One for each output. */
  readonly scales: Float32Array<ArrayBuffer>;
}

/**
 * int8 codes with a scale for each output. `biases` (float32, in units of nothing) must fit into 32 bits
 * in units of `step` times the scale: where one does not, the scale of its output grows.
 */
export function codesOfLayer(
  { layout, node }: StaticLayer,
  weights: Float32Array,
  range: CodeRange,
  least: Float32Array | undefined,
): LayerCodes {
  const alpha = node.opType === 'Gemm' ? floatOf(node, 'alpha', 1) : 1;
  const scaled = alpha === 1 ? weights : weights.map((x) => x * alpha);
  const fitted = fitBlocks({
    weights: scaled,
    layout,
    blockSize: layout.axis,
    grid: int8Grid(range),
  });
  const codes = Int8Array.from(fitted.codes);
  const scales = fitted.scales;
  for (let channel = 0; channel < scales.length; channel++) {
    const needed = least?.[channel] ?? 0;
    if (Math.abs(scales[channel]!) >= needed) continue;
    scales[channel] = needed;
    recode(codes, scaled, layout, channel, needed, codeRanges[range]);
  }
  return { codes, scales };
}

function recode(
  codes: Int8Array,
  weights: Float32Array,
  { outer, axis, inner }: StaticLayer['layout'],
  channel: number,
  scale: number,
  highest: number,
): void {
  const start = outer > 1 ? channel * axis * inner : channel;
  for (let k = 0; k < axis; k++) {
    const at = start + k * inner;
    const code = roundHalfEven(weights[at]! / scale);
    codes[at] = Math.min(highest, Math.max(-highest, code));
  }
}

/** Codes of a bias beyond this leave no room for the sums. */
const largestBias = 2 ** 30;

/** The smallest scale of each output at which its bias fits. */
export const leastScales = (bias: Float32Array, step: number): Float32Array =>
  bias.map((x) => Math.abs(x) / (step * largestBias));

/** A bias in units of `step` times the scale of its output. */
export function codedBias(
  bias: Float32Array,
  scales: Float32Array,
  step: number,
): { codes: Int32Array<ArrayBuffer>; scale: Float32Array<ArrayBuffer> } {
  const scale = Float32Array.from(scales, (one) => Math.fround(one * step));
  const codes = Int32Array.from(bias, (x, at) => {
    const unit = scale[at]!;
    return unit === 0 ? 0 : roundHalfEven(x / unit);
  });
  return { codes, scale };
}
