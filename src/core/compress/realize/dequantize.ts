/** DequantizeLinear in TypeScript, for what a runtime should not or cannot fold itself. */
import { elementCount, loadFloats } from '../../onnx/tensor.ts';
import { scaleDims, type CodedWeight } from './coded-weight.ts';
import { loadScales } from './load-scales.ts';

/** Codes and what turns them into values. */
type Coded = Pick<CodedWeight, 'codes' | 'scale' | 'step' | 'zeroPoint' | 'spans'>;

/** The weight's values, (code − zero point) · scale in float32, in the order of its codes. */
export async function dequantize(weight: Coded): Promise<Float32Array<ArrayBuffer>> {
  const codes = await loadFloats(weight.codes);
  const scales = await loadScales(weight);
  const zeros = weight.zeroPoint
    ? await loadFloats(weight.zeroPoint)
    : new Float32Array(elementCount(weight.scale));
  const values = new Float32Array(codes.length);
  const columns = weight.codes.dims.at(-1) ?? 1;
  const span = weight.spans.at(-1) ?? 1;
  for (let start = 0; start < values.length; start += columns) {
    let place = firstScale(weight, start / columns);
    for (let left = 0; left < columns; left += span, place++) {
      const scale = scales[place]!;
      const zero = zeros[place]!;
      const end = start + Math.min(left + span, columns);
      for (let at = start + left; at < end; at++) values[at] = (codes[at]! - zero) * scale;
    }
  }
  return values;
}

/** The place of the scale of a row's first element. Rows run along the last axis. */
function firstScale({ codes, spans }: Coded, row: number): number {
  const counts = scaleDims({ codes, spans });
  let place = 0;
  let rest = row;
  let stride = counts.at(-1) ?? 1;
  for (let axis = codes.dims.length - 2; axis >= 0; axis--) {
    const dim = codes.dims[axis]!;
    place += Math.floor((rest % dim) / spans[axis]!) * stride;
    rest = Math.floor(rest / dim);
    stride *= counts[axis]!;
  }
  return place;
}
