/** Finds the layers of the main graph that a BatchNormalization follows. */
import { intOf } from '../../onnx/build.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { Node } from '../../onnx/types.ts';
import type { FoldGraph, StoredTensor, WeightAt } from './fold-graph.ts';
import { rankOf } from './rank.ts';

/** A layer whose normalization can go into it. */
export interface NormalizedLayer extends WeightAt {
  readonly normalization: Node;
  /** An Add between the two, and what it adds. */
  readonly add?: { readonly node: Node; readonly bias: StoredTensor };
  /** Axis of the stored weight that its output channels lie along. */
  readonly axis: number;
  readonly channels: number;
}

export interface NormalizedLayers {
  readonly layers: readonly NormalizedLayer[];
  /** Why the normalization behind a weight stays, by the weight's key. */
  readonly refused: ReadonlyMap<string, string>;
}

/** The layers with a BatchNormalization behind them, in the order of the graph. */
export function normalizedLayers(graph: FoldGraph): NormalizedLayers {
  const layers: NormalizedLayer[] = [];
  const refused = new Map<string, string>();
  for (const normalization of graph.nodes) {
    if (normalization.opType !== 'BatchNormalization' || normalization.domain !== '') continue;
    const found = layerBefore(graph, normalization.inputs[0] ?? '');
    if (!found) continue;
    const layer = normalizedLayer(graph, normalization, found);
    if (typeof layer === 'string') refused.set(found.weight.key, layer);
    else layers.push(layer);
  }
  return { layers, refused };
}

interface Before extends WeightAt {
  readonly addition?: Node;
}

function layerBefore(graph: FoldGraph, value: string): Before | undefined {
  const producer = graph.index.producer.get(value);
  const direct = producer && graph.weightAt(producer);
  if (direct || producer?.opType !== 'Add') return direct;
  const added = producer.inputs.find((name) => !graph.stored(name));
  const earlier = graph.index.producer.get(added ?? '');
  const behind = earlier && graph.weightAt(earlier);
  return behind && { ...behind, addition: producer };
}

function normalizedLayer(
  graph: FoldGraph,
  normalization: Node,
  { weight, consumer, addition }: Before,
): NormalizedLayer | string {
  const at = { weight, consumer };
  const reason = graph.notOwn(at) ?? notFolding(graph, normalization);
  if (reason !== undefined) return reason;
  const values = [consumer.node.outputs[0] ?? '', ...(addition?.outputs ?? [])];
  if (!values.every((value) => graph.soleUse(value))) {
    return 'more than its normalization reads what it gives';
  }
  const axis = outputAxis(graph, at);
  if (typeof axis === 'string') return axis;
  const channels = weight.dims[axis] ?? 0;
  const counts = normalization.inputs.slice(1, 5).map((name) => graph.stored(name)!.tensor);
  if (counts.some((tensor) => elementCount(tensor) !== channels)) {
    return `its normalization has not ${channels} channels`;
  }
  if (hasWideBias(graph, consumer.node, channels)) return 'its bias is computed, or no vector';
  if (!addition) return { ...at, normalization, axis, channels };
  const bias = addedVector(
    graph,
    addition,
    channels,
    consumer.node.opType !== 'Gemm' && weight.dims.length > 2,
  );
  if (!bias)
    return 'something else than one number for each channel is added before the normalization';
  return { ...at, normalization, axis, channels, add: { node: addition, bias } };
}

function notFolding(graph: FoldGraph, normalization: Node): string | undefined {
  if (
    intOf(normalization, 'training_mode', 0) !== 0 ||
    normalization.outputs.some((name, at) => at > 0 && name !== '')
  ) {
    return 'its normalization is in training mode';
  }
  const given = normalization.inputs.slice(1, 5);
  const isStored = given.length === 4 && given.every((name) => graph.stored(name));
  return isStored ? undefined : 'its normalization takes computed statistics';
}

/** The axis of the stored weight that counts output channels; a reason where these are not axis 1 of what comes out. */
function outputAxis(graph: FoldGraph, { weight, consumer }: WeightAt): number | string {
  const { node, input, outAxes, via } = consumer;
  if (input !== 1) return 'it is not the second factor of its product';
  if (node.opType === 'Conv') return via.length === 0 ? 0 : 'it is transposed on its way';
  if (node.opType === 'ConvTranspose') {
    if (via.length > 0) return 'it is transposed on its way';
    return intOf(node, 'group', 1) === 1 ? 1 : 'it is a transposed convolution in groups';
  }
  if (node.opType !== 'Gemm' && node.opType !== 'MatMul')
    return `${node.opType} is no layer that folding knows`;
  const [axis, ...others] = outAxes;
  if (axis === undefined || others.length > 0 || weight.dims.length !== 2)
    return 'it is no plain matrix';
  if (node.opType === 'Gemm' || rankOf(graph, node.inputs[0] ?? '') === 2) return axis;
  return 'the normalization may run along another axis than its columns';
}

/** Whether the layer's own bias is something else than a stored vector or number. */
function hasWideBias(graph: FoldGraph, node: Node, channels: number): boolean {
  const name = node.opType === 'MatMul' ? '' : (node.inputs[2] ?? '');
  if (name === '') return false;
  const tensor = graph.stored(name)?.tensor;
  const count = tensor && elementCount(tensor);
  if (!tensor || (count !== channels && count !== 1)) return true;
  return count !== 1 && tensor.dims[tensor.dims.length - 1] !== channels;
}

/** The stored vector that an Add adds to each channel; of images, channels come before height and width. */
export function addedVector(
  graph: FoldGraph,
  add: Node,
  channels: number,
  isImage: boolean,
): StoredTensor | undefined {
  const stored = add.inputs.flatMap((name) => graph.stored(name) ?? []);
  const [vector] = stored;
  if (!vector || stored.length > 1) return undefined;
  const { dims } = vector.tensor;
  if (elementCount(vector.tensor) === 1) return dims.length <= 1 ? vector : undefined;
  const place = isImage ? dims.length - 3 : dims.length - 1;
  const fits = elementCount(vector.tensor) === channels && dims[place] === channels;
  return fits ? vector : undefined;
}
