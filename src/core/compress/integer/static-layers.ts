/** Which weights static quantization can store as codes, and how their one kind of consumer takes them. */
import type { BlockLayout } from '../../math/blocks.ts';
import { floatOf, intOf } from '../../onnx/build.ts';
import type { GraphIndex } from '../../onnx/graph.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { Node, Tensor } from '../../onnx/types.ts';
import type { Consumer, Weight } from '../../onnx/weights.ts';
import { productUse } from './product-uses.ts';

/** A layer whose sums become sums of integers. */
export interface StaticLayer {
  readonly weight: Weight;
  readonly node: Node;
  /** Whether the layer wants the stored matrix with its axes exchanged. */
  readonly turned: boolean;
  /** The axis of the stored tensor that has a scale for each place. */
  readonly channelAxis: number;
  readonly layout: BlockLayout;
  /** The stored bias, where it has one. */
  readonly bias?: Tensor;
}

/** The layers of a weight, or why it stays. */
export function staticLayers(weight: Weight, index: GraphIndex): readonly StaticLayer[] | string {
  const layers: StaticLayer[] = [];
  for (const consumer of weight.consumers) {
    const layer = staticLayer(weight, consumer, index);
    if (typeof layer === 'string') return layer;
    layers.push(layer);
  }
  const [first] = layers;
  if (!first) return 'nothing takes it';
  if (layers.length === 1) return layers;
  const alike = layers.every(
    ({ node, turned }) =>
      node.opType === first.node.opType &&
      turned === first.turned &&
      floatOf(node, 'alpha', 1) === 1,
  );
  return alike ? layers : 'its consumers take it in different ways';
}

function staticLayer(weight: Weight, consumer: Consumer, index: GraphIndex): StaticLayer | string {
  const { node } = consumer;
  if (consumer.path.length > 0 || weight.path.length > 0) return 'it lies in a subgraph';
  const layer =
    node.opType === 'Conv' && node.domain === ''
      ? convolution(weight, consumer)
      : product(weight, consumer);
  if (typeof layer === 'string') return layer;
  if (index.initializer.has(node.inputs[0] ?? ''))
    return 'what it is multiplied with is stored too';
  const bias = node.inputs[2] ?? '';
  if (bias === '') return layer;
  const stored = storedAt(index, bias);
  if (stored?.dtype !== 'float32') return 'the bias beside it is computed';
  const channels = layer.layout.outer * layer.layout.inner;
  if (elementCount(stored) !== channels) return 'the bias beside it has no value for each output';
  return { ...layer, bias: stored };
}

function storedAt(index: GraphIndex, name: string): Tensor | undefined {
  const constant = index.producer.get(name);
  return (
    index.initializer.get(name) ??
    (constant?.opType === 'Constant' ? constant.attributes.find(({ t }) => t)?.t : undefined)
  );
}

function convolution(weight: Weight, { node, input, via }: Consumer): StaticLayer | string {
  if (input !== 1) return 'it is not the kernel of its convolution';
  if (via.some(({ opType }) => opType !== 'Identity')) return 'it is changed on its way';
  if (weight.dtype !== 'float32') return `its convolution is computed in ${weight.dtype}`;
  const [outer = 1, ...rest] = weight.dims;
  const axis = rest.reduce((all, dim) => all * dim, 1);
  return { weight, node, turned: false, channelAxis: 0, layout: { outer, axis, inner: 1 } };
}

function product(weight: Weight, consumer: Consumer): StaticLayer | string {
  const use = productUse(consumer, weight);
  if (typeof use === 'string') return use;
  const { node } = consumer;
  if (intOf(node, 'transA', 0) !== 0) return 'its Gemm turns the activations';
  const [first = 1, second = 1] = weight.dims;
  const { turned } = use;
  return {
    weight,
    node,
    turned,
    channelAxis: turned ? 0 : 1,
    layout: turned
      ? { outer: first, axis: second, inner: 1 }
      : { outer: 1, axis: first, inner: second },
  };
}
