/** Multiplies the output channels of a weight, coded or not: codes stay, their scales change. */
import { elementCount, loadFloats, makeTensor } from '../../onnx/tensor.ts';
import { loadFinite } from '../dense.ts';
import type { ModelEdit } from '../model-edit.ts';
import { dequantize } from '../realize/dequantize.ts';
import { factorPlaces } from '../realize/load-scales.ts';
import { withValues, type FoldGraph, type StoredTensor } from './fold-graph.ts';
import type { Heir } from './heirs.ts';

/** The output channel of each value of a weight, in the order of the original. */
export function channelsOfValues({ layout: { outer, axis, inner } }: Heir): Int32Array {
  return Int32Array.from(
    { length: outer * axis * inner },
    (_, at) => Math.floor(at / inner / axis) * inner + (at % inner),
  );
}

/** What carries the channels' factors. */
export interface Scalable {
  readonly stored: StoredTensor;
  /** The output channel of each of its values. */
  readonly channels: Int32Array;
}

/** Float32 counts places exactly up to here. */
const mostScales = 2 ** 24;

/** The tensor whose values can be multiplied by factors of the output channels; a reason where there is none. */
export async function scalable(graph: FoldGraph, heir: Heir): Promise<Scalable | string> {
  const channels = channelsOfValues(heir);
  if (!heir.coded) return { stored: heir.weight, channels };
  const { scale, step = scale } = heir.coded;
  const stored = graph.own(step.name);
  const count = elementCount(scale);
  if (!stored || count > mostScales) return 'its scales are shared, computed or too many';
  const places = await placesOf(heir, count);
  const carriers = factorPlaces(scale.dims, step.dims);
  const ofScales = new Int32Array(elementCount(step)).fill(-1);
  for (let at = 0; at < places.length; at++) {
    const place = carriers[places[at]!]!;
    if (ofScales[place] === -1) ofScales[place] = channels[at]!;
    else if (ofScales[place] !== channels[at]) return 'several of its channels share a scale';
  }
  return { stored, channels: ofScales };
}

/** The place of the scale of each code: what comes out where the codes are 1 and each scale says its place. */
async function placesOf({ coded }: Heir, count: number): Promise<Float32Array> {
  const { codes, scale, spans } = coded!;
  const ones = new Int8Array(elementCount(codes)).fill(1);
  const places = Float32Array.from({ length: count }, (_, place) => place);
  return dequantize({
    codes: makeTensor('ones', 'int8', codes.dims, ones),
    scale: makeTensor('places', 'float32', scale.dims, places),
    spans,
  });
}

/** Puts the multiplied tensor into the model; false where its type can't hold the result. */
export async function multiplyChannels(
  { stored, channels }: Scalable,
  factors: Float64Array,
  heir: Heir,
  edit: ModelEdit,
): Promise<boolean> {
  const before = heir.coded ? await loadFloats(stored.tensor) : await loadFinite(heir.weight);
  const values = Float32Array.from(before, (x, at) => {
    const channel = channels[at]!;
    return channel < 0 ? x : x * factors[channel]!;
  });
  const tensor = withValues(stored.tensor, values);
  const held = await loadFloats(tensor);
  if (held.some((x, at) => !Number.isFinite(x) || (x === 0 && values[at] !== 0))) return false;
  edit.swapStored(stored, tensor);
  return true;
}
