/**
 * Puts a BatchNormalization into the layer before it (Jacob et al., "Quantization and training of
 * neural networks for efficient integer-arithmetic-only inference", 2018, §3.2). With
 * k = γ / √(variance + ε): W' = W·k along the output channels, b' = (b − mean)·k + β.
 */
import { floatOf, node } from '../../onnx/build.ts';
import { bytesFromFloats } from '../../onnx/floats.ts';
import { elementCount, loadFloats, makeTensor } from '../../onnx/tensor.ts';
import type { Model } from '../../onnx/types.ts';
import { loadFinite } from '../dense.ts';
import { ModelEdit } from '../model-edit.ts';
import { along, computedType, FoldGraph, withValues } from './fold-graph.ts';
import { normalizedLayers, type NormalizedLayer } from './normalized-layers.ts';

export interface FoldOptions {
  /** Which weights may change; all unless told. */
  readonly takes?: (key: string) => boolean;
  /** Called before each layer; may throw to stop. */
  readonly onLayer?: (done: number, total: number, key: string) => void;
}

export interface Folded {
  readonly model: Model;
  /** Keys of the weights that were folded into. */
  readonly folded: readonly string[];
  /** Why the normalization behind a weight stays, by the weight's key. */
  readonly refused: ReadonlyMap<string, string>;
}

/** Every BatchNormalization of the main graph that can go into the Conv, ConvTranspose, Gemm or MatMul before it. Errors: ModelError for a NaN, whatever `onLayer` throws. */
export async function foldBatchNormalization(
  model: Model,
  { takes = () => true, onLayer }: FoldOptions = {},
): Promise<Folded> {
  const graph = new FoldGraph(model);
  const { layers, refused } = normalizedLayers(graph);
  const chosen = layers.filter(({ weight }) => takes(weight.key));
  const edit = new ModelEdit(model);
  for (const [index, layer] of chosen.entries()) {
    onLayer?.(index, chosen.length, layer.weight.key);
    await foldInto(layer, graph, edit);
  }
  return { model: edit.done(), folded: chosen.map(({ weight }) => weight.key), refused };
}

async function foldInto(layer: NormalizedLayer, graph: FoldGraph, edit: ModelEdit): Promise<void> {
  const { weight, axis, channels } = layer;
  const { factors, shifts } = await affineOf(layer, graph);
  const values = Float32Array.from(await loadFinite(weight));
  const { size, inner } = along(weight.dims, axis);
  for (let index = 0; index < values.length; index++) {
    values[index] = values[index]! * factors[Math.floor(index / inner) % size]!;
  }
  edit.swapStored(weight, withValues(weight.tensor, values));
  const before = await biasOf(layer, graph);
  const bias = Float32Array.from(
    { length: channels },
    (_, channel) => before[channel]! * factors[channel]! + shifts[channel]!,
  );
  putBias(layer, bias, graph, edit);
}

/** The normalization as y = x·factor + shift for each channel. */
async function affineOf(
  { normalization }: NormalizedLayer,
  graph: FoldGraph,
): Promise<{ factors: Float64Array; shifts: Float64Array }> {
  const epsilon = floatOf(normalization, 'epsilon', 1e-5);
  const [gamma, beta, mean, variance] = await Promise.all(
    normalization.inputs.slice(1, 5).map(async (name) => loadFloats(graph.stored(name)!.tensor)),
  );
  const factors = Float64Array.from(gamma!, (g, i) => g / Math.sqrt(variance![i]! + epsilon));
  const shifts = Float64Array.from(beta!, (b, i) => b - mean![i]! * factors[i]!);
  return { factors, shifts };
}

/** What the layer adds before the normalization. */
async function biasOf(layer: NormalizedLayer, graph: FoldGraph): Promise<Float64Array> {
  const { consumer, channels, add } = layer;
  const own = consumer.node.opType === 'MatMul' ? undefined : consumer.node.inputs[2];
  const scale = consumer.node.opType === 'Gemm' ? floatOf(consumer.node, 'beta', 1) : 1;
  const bias = new Float64Array(channels);
  for (const [tensor, factor] of [
    [own ? graph.stored(own)?.tensor : undefined, scale],
    [add?.bias.tensor, 1],
  ] as const) {
    if (!tensor) continue;
    const values = await loadFloats(tensor);
    const many = elementCount(tensor) > 1;
    for (let channel = 0; channel < channels; channel++) {
      bias[channel]! += factor * values[many ? channel : 0]!;
    }
  }
  return bias;
}

/** Puts the layer in the place of itself and its normalization. What only these two took goes. */
function putBias(layer: NormalizedLayer, bias: Float32Array, graph: FoldGraph, edit: ModelEdit) {
  const { consumer, normalization, weight, channels, add } = layer;
  const { opType, inputs, outputs } = consumer.node;
  const stored = makeTensor(
    edit.fresh(`${weight.name}_folded_bias`),
    computedType(layer),
    [channels],
    bytesFromFloats(bias, computedType(layer)),
  );
  edit.addStored([], stored);
  const lost = [
    ...normalization.inputs.slice(1),
    ...(add ? [add.bias.name] : []),
    ...inputs.slice(2),
  ];
  for (const name of new Set(lost)) {
    const own = graph.own(name);
    if (own) edit.replaceStored(own, [], []);
  }
  if (add) edit.replace(add.node);
  if (opType === 'MatMul') {
    const name = edit.fresh(`${weight.name}_folded_add`);
    const sum = [outputs[0]!, stored.name];
    edit.replace(normalization, node('Add', sum, normalization.outputs.slice(0, 1), { name }));
    return;
  }
  edit.replace(normalization);
  edit.replace(consumer.node, {
    ...consumer.node,
    inputs: [...inputs.slice(0, 2), stored.name],
    outputs: normalization.outputs.slice(0, 1),
    attributes: consumer.node.attributes.filter(({ name }) => name !== 'beta'),
  });
}
