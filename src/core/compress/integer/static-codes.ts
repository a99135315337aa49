/** The codes of a layer's weight and bias, for activations of a known scale. */
import type { CodedBlocks } from '../../math/grid.ts';
import { roundHalfEven } from '../../math/round.ts';
import { floatOf } from '../../onnx/build.ts';
import type { StaticLayer } from './static-layers.ts';
import { codeRanges, type CodeRange } from './integer-matrix.ts';

export interface LayerCodes {
  /** As the weight lies. */
  readonly codes: Int8Array<ArrayBuffer>;
  /** One for each output. */
  readonly scales: Float32Array<ArrayBuffer>;
}

/** A layer's weights with the factor of its Gemm. */
export function scaledWeights({ node }: StaticLayer, weights: Float32Array): Float32Array {
  const alpha = node.opType === 'Gemm' ? floatOf(node, 'alpha', 1) : 1;
  return alpha === 1 ? weights : weights.map((x) => x * alpha);
}

/**
 * Fitted codes, where the scale of each output is at least as large as its bias needs: the codes of an
 * output whose scale has to grow are rounded anew.
 */
export function codesOfLayer(
  { layout }: StaticLayer,
  weights: Float32Array,
  fitted: CodedBlocks,
  range: CodeRange,
  least: Float32Array | undefined,
): LayerCodes {
  const codes = Int8Array.from(fitted.codes);
  const scales = fitted.scales.slice();
  for (let channel = 0; channel < scales.length; channel++) {
    const needed = least?.[channel] ?? 0;
    if (Math.abs(scales[channel]!) >= needed) continue;
    scales[channel] = needed;
    recode(codes, weights, layout, channel, needed, codeRanges[range]);
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

/** The smallest scale of each output at which its biases fit, each in units of its step. */
export function leastScales(
  biases: readonly (Float32Array | undefined)[],
  steps: readonly number[],
): Float32Array | undefined {
  let least: Float32Array | undefined;
  for (const [at, bias] of biases.entries()) {
    const needed = bias?.map((x) => Math.abs(x) / (steps[at]! * largestBias));
    const before = least;
    least = before && needed ? needed.map((x, i) => Math.max(x, before[i]!)) : (needed ?? before);
  }
  return least;
}

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
