/** Adds a vector to what a layer gives: into its bias, or by an Add of its own. */
import { roundHalfEven } from '../../math/round.ts';
import { floatOf, node } from '../../onnx/build.ts';
import { bytesFromFloats } from '../../onnx/floats.ts';
import { elementCount, loadFloats, loadIntegers, makeTensor } from '../../onnx/tensor.ts';
import type { Dtype, Node, Tensor } from '../../onnx/types.ts';
import type { ModelEdit } from '../model-edit.ts';
import { withValues, type FoldGraph, type StoredTensor } from './fold-graph.ts';

/** Where a layer's bias is, or may be put. */
export type BiasPlace =
  | { readonly kind: 'stored'; readonly stored: StoredTensor; readonly factor: number }
  | {
      /** int32 codes, as a QDQ model has them. */
      readonly kind: 'codes';
      readonly codes: StoredTensor;
      readonly scale: Tensor;
      readonly factor: number;
    }
  | { readonly kind: 'input'; readonly layer: Node; readonly factor: number }
  | { readonly kind: 'add'; readonly layer: Node };

/** The place for a layer of so many channels; a reason where there is none. */
export function biasPlace(graph: FoldGraph, layer: Node, channels: number): BiasPlace | string {
  const { opType, inputs, outputs } = layer;
  if (layer.domain !== '' || !['Conv', 'Gemm', 'MatMul'].includes(opType)) {
    return `${opType} has no bias that can be corrected`;
  }
  const isVector = ({ dims }: Tensor) => dims[dims.length - 1] === channels;
  if (opType === 'MatMul') {
    const next = graph.soleUse(outputs[0] ?? '')?.node;
    const vectors =
      next?.opType === 'Add' ? next.inputs.flatMap((name) => graph.own(name) ?? []) : [];
    const [stored] = vectors;
    const fits = stored && elementCount(stored.tensor) === channels && isVector(stored.tensor);
    return fits ? { kind: 'stored', stored, factor: 1 } : { kind: 'add', layer };
  }
  const isGemm = opType === 'Gemm';
  const beta = isGemm ? floatOf(layer, 'beta', 1) : 1;
  const factor = (isGemm ? floatOf(layer, 'alpha', 1) : 1) / beta;
  if (!inputs[2]) return { kind: 'input', layer, factor };
  const stored = graph.own(inputs[2]);
  if (!stored || beta === 0) {
    return codedBias(graph, inputs[2], channels, factor) ?? 'its bias is computed or shared';
  }
  const fits = elementCount(stored.tensor) === channels && isVector(stored.tensor);
  return fits ? { kind: 'stored', stored, factor } : 'its bias is no vector of its channels';
}

function codedBias(
  graph: FoldGraph,
  name: string,
  channels: number,
  factor: number,
): BiasPlace | undefined {
  const node = graph.index.producer.get(name);
  if (node?.opType !== 'DequantizeLinear' || node.inputs[2] || !graph.soleUse(name))
    return undefined;
  const [codes, scale] = node.inputs.map((input) => graph.stored(input));
  const isOwn = codes?.tensor.dtype === 'int32' && graph.soleUse(codes.name);
  if (!isOwn || !scale || elementCount(codes.tensor) !== channels) return undefined;
  const scales = elementCount(scale.tensor);
  if (scales !== 1 && scales !== channels) return undefined;
  return { kind: 'codes', codes, scale: scale.tensor, factor };
}

const largestCode = 2 ** 31 - 1;

/** Codes of the same type with an amount added, rounded. */
async function addToCodes(
  { tensor }: StoredTensor,
  scale: Tensor,
  amount: Float64Array,
  factor: number,
): Promise<Tensor> {
  const scales = await loadFloats(scale);
  const before = await loadIntegers(tensor);
  const codes = Int32Array.from(before, (code, at) => {
    const step = scales[scales.length === 1 ? 0 : at]!;
    const added = step === 0 ? code : code + roundHalfEven((factor * amount[at]!) / step);
    return Math.max(-largestCode, Math.min(largestCode, added));
  });
  return makeTensor(tensor.name, 'int32', tensor.dims, codes);
}

/** Adds `amount`, before the layer's own factors, at a place. `name` is what new tensors are called after. */
export async function addBias(
  place: BiasPlace,
  amount: Float64Array,
  name: string,
  dtype: Dtype,
  edit: ModelEdit,
): Promise<void> {
  if (place.kind === 'stored') {
    const before = await loadFloats(place.stored.tensor);
    const values = Float32Array.from(before, (x, at) => x + place.factor * amount[at]!);
    edit.swapStored(place.stored, withValues(place.stored.tensor, values));
    return;
  }
  if (place.kind === 'codes') {
    const { codes, scale, factor } = place;
    edit.swapStored(codes, await addToCodes(codes, scale, amount, factor));
    return;
  }
  const { layer } = place;
  const factor = place.kind === 'input' ? place.factor : 1;
  const values = Float32Array.from(amount, (x) => factor * x);
  const bias = makeTensor(
    edit.fresh(`${name}_correction`),
    dtype,
    [values.length],
    bytesFromFloats(values, dtype),
  );
  edit.addStored([], bias);
  if (place.kind === 'input') {
    edit.replace(layer, { ...layer, inputs: [...layer.inputs.slice(0, 2), bias.name] });
    return;
  }
  const middle = edit.fresh(`${layer.outputs[0]}_uncorrected`);
  const add = { name: edit.fresh(`${name}_correct`) };
  edit.replace(
    layer,
    { ...layer, outputs: [middle] },
    node('Add', [middle, bias.name], layer.outputs, add),
  );
}
