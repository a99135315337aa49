/** Places of the main graph where the channels of a value can be divided by factors: norms' scales, and layers' columns. */
import { intOf } from '../../onnx/build.ts';
import { operatorOf } from '../../onnx/flow.ts';
import { isFloat } from '../../onnx/floats.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { Node } from '../../onnx/types.ts';
import { channelsAlongLast, type Arrangement } from './arrangement.ts';
import type { FoldGraph, StoredTensor, WeightAt } from './fold-graph.ts';

/** The slices of a stored tensor along one axis, each of which belongs to a channel. */
export interface Slices {
  readonly stored: StoredTensor;
  readonly axis: number;
  /** The same index by default. */
  readonly channelOf?: (index: number) => number;
}

/** Where a value has its channels: along its last axis, its second (images), or as heads were arranged. */
export type Layout = 'last' | 'second' | Arrangement;

export interface Source {
  readonly kind: 'norm' | 'layer';
  /** For people: the name of the norm's scale, or the layer's weight. */
  readonly label: string;
  readonly node: Node;
  /** What to divide: the scale and the shift of a norm, the columns and the bias of a layer. */
  readonly slices: readonly Slices[];
  /** The layer's weight. */
  readonly at?: WeightAt;
  readonly value: string;
  readonly layout: Layout;
  readonly channels: number;
}

interface Norm {
  readonly inputs: readonly number[];
  readonly layout: 'last' | 'second';
}

/** Norms, by the inputs of their scale and shift. */
const norms: Readonly<Record<string, Norm>> = {
  BatchNormalization: { inputs: [1, 2], layout: 'second' },
  InstanceNormalization: { inputs: [1, 2], layout: 'second' },
  LayerNormalization: { inputs: [1, 2], layout: 'last' },
  RMSNormalization: { inputs: [1], layout: 'last' },
  SimplifiedLayerNormalization: { inputs: [1], layout: 'last' },
  'com.microsoft.SkipLayerNormalization': { inputs: [2, 3], layout: 'last' },
  'com.microsoft.SkipSimplifiedLayerNormalization': { inputs: [2], layout: 'last' },
};

/** What a node offers; undefined where its channels can't be scaled, a reason where they could if its tensors were its own. */
export function sourceAt(graph: FoldGraph, node: Node): Source | string | undefined {
  const norm = norms[operatorOf(node)];
  if (norm) return normSource(graph, node, norm);
  if (node.opType === 'Mul' && node.domain === '') return scaleSource(graph, node);
  const at = graph.weightAt(node);
  return at ? layerSource(graph, at) : undefined;
}

function normSource(graph: FoldGraph, node: Node, { inputs, layout }: Norm): Source | string {
  const names = inputs.flatMap((input) => node.inputs[input] || []);
  const tensors = names.map((name) => graph.own(name));
  const [scale] = tensors;
  if (!scale || tensors.some((tensor) => tensor?.tensor.dims.length !== 1)) {
    return `the scale of ${operatorOf(node)} before it is computed, shared or no vector`;
  }
  const slices = tensors.flatMap((stored) => (stored ? [{ stored, axis: 0 }] : []));
  const channels = elementCount(scale.tensor);
  const value = node.outputs[0] ?? '';
  return { kind: 'norm', label: scale.name, node, slices, value, layout, channels };
}

/** A product with a stored vector along the last axis, which is how exporters write the end of an RMS norm. */
function scaleSource(graph: FoldGraph, node: Node): Source | string | undefined {
  const [stored, ...others] = node.inputs.flatMap((name) => graph.stored(name) ?? []);
  if (!stored || others.length > 0 || !isFloat(stored.tensor.dtype)) return undefined;
  const { dims } = stored.tensor;
  const channels = dims[dims.length - 1] ?? 1;
  if (channels < 2 || elementCount(stored.tensor) !== channels) return undefined;
  if (!graph.own(stored.name)) return `the scale "${stored.name}" before it is shared`;
  const slices = [{ stored, axis: dims.length - 1 }];
  const value = node.outputs[0] ?? '';
  return { kind: 'norm', label: stored.name, node, slices, value, layout: 'last', channels };
}

function layerSource(graph: FoldGraph, at: WeightAt): Source | string | undefined {
  const { weight, consumer } = at;
  const { node } = consumer;
  const axis = outAxisOf(at);
  if (axis === undefined) return undefined;
  const reason = graph.notOwn(at);
  if (reason !== undefined) return `the layer before it can't be scaled: ${reason}`;
  const channels = weight.dims[axis]!;
  const slices: Slices[] = [{ stored: weight, axis }];
  const bias = node.opType === 'MatMul' ? '' : (node.inputs[2] ?? '');
  if (bias !== '') {
    const stored = graph.own(bias);
    const last = (stored?.tensor.dims.length ?? 0) - 1;
    const fits = stored && elementCount(stored.tensor) === channels;
    if (!fits || stored.tensor.dims[last] !== channels) {
      return 'the bias of the layer before it is computed, shared or no vector';
    }
    slices.push({ stored, axis: last });
  }
  const layout = node.opType.startsWith('Conv') ? 'second' : 'last';
  const value = node.outputs[0] ?? '';
  return { kind: 'layer', label: weight.key, node, slices, at, value, layout, channels };
}

/** The stored axis of a layer's output channels; undefined for layers that folding does not know. */
function outAxisOf({ weight, consumer }: WeightAt): number | undefined {
  const { node, input, via, outAxes } = consumer;
  if (node.domain !== '' || input !== 1) return undefined;
  if (node.opType === 'Conv') return via.length === 0 ? 0 : undefined;
  if (node.opType === 'ConvTranspose') {
    return via.length === 0 && intOf(node, 'group', 1) === 1 ? 1 : undefined;
  }
  if (node.opType !== 'MatMul' && node.opType !== 'Gemm') return undefined;
  return weight.dims.length === 2 && outAxes.length === 1 ? outAxes[0] : undefined;
}

/** The slices of a layer's weight by its input channels; a reason where it can't be scaled by them. */
export function inputSlices(
  graph: FoldGraph,
  at: WeightAt,
  channels: number,
  layout: Layout,
): Slices | string {
  const { weight, consumer } = at;
  const { node, input, via, inAxes } = consumer;
  const reason = graph.notOwn(at);
  if (reason !== undefined) return `"${weight.key}" can't be scaled: ${reason}`;
  const unknown = `"${weight.key}" is used in a way that folding does not know`;
  if (node.domain !== '' || input !== 1) return unknown;
  const isConvolution = node.opType === 'Conv' || node.opType === 'ConvTranspose';
  if (isConvolution) {
    const groups = intOf(node, 'group', 1);
    const isDepthwise = groups === channels && weight.dims[0] === channels && weight.dims[1] === 1;
    if (via.length > 0 || (groups !== 1 && !isDepthwise)) return unknown;
    const axis = node.opType === 'Conv' && !isDepthwise ? 1 : 0;
    return weight.dims[axis] === channels ? { stored: weight, axis } : unknown;
  }
  const [axis, ...others] = inAxes;
  const isMatrix =
    node.opType === 'MatMul' || (node.opType === 'Gemm' && intOf(node, 'transA', 0) === 0);
  if (!isMatrix || axis === undefined || others.length > 0) return unknown;
  const rows = weight.dims[axis]!;
  if (typeof layout !== 'string') {
    const channelOf = channelsAlongLast(layout, rows);
    return channelOf ? { stored: weight, axis, channelOf } : unknown;
  }
  // A flattened image: the rows of a channel lie together.
  if (rows % channels !== 0) return unknown;
  const each = rows / channels;
  const slices = { stored: weight, axis };
  return each === 1 ? slices : { ...slices, channelOf: (row) => Math.floor(row / each) };
}
