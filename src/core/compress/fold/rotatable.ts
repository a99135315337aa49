/** What rotating a residual stream has to change: a plan, or the reason why it can't be done. */
import { elementCount } from '../../onnx/tensor.ts';
import type { Dtype, Node } from '../../onnx/types.ts';
import type { Weight } from '../../onnx/weights.ts';
import { floatOf, intOf } from '../../onnx/build.ts';
import { computedType, type FoldGraph, type StoredTensor } from './fold-graph.ts';
import type { Stream, Written } from './residual-stream.ts';
import type { StreamNorm } from './stream-norm.ts';

/** A layer behind a norm: the rows of its weight read the stream. */
export interface StreamReader {
  readonly weight: Weight;
  readonly axis: number;
  readonly node: Node;
  /** In which it computes. */
  readonly dtype: Dtype;
  /** What is added to its answers; absent where nothing is. */
  readonly bias?: StoredTensor;
}

/** A norm and what becomes of its output. */
export interface NormPlan {
  readonly norm: StreamNorm;
  readonly readers: readonly StreamReader[];
  /** Whether the head that is the embedding reads it: a product goes between. */
  readonly tied: boolean;
  /** Whether something else reads it, which must see it unrotated: a product goes between. */
  readonly plain: boolean;
}

export interface RotationPlan {
  readonly channels: number;
  readonly written: readonly Written[];
  readonly norms: readonly NormPlan[];
  /** Whether some norm subtracts the mean, which the rotation must then keep. */
  readonly keepsMean: boolean;
  /** Every weight that changes. */
  readonly weights: readonly Weight[];
}

/** The plan for a stream. */
export function rotationPlan(graph: FoldGraph, stream: Stream): RotationPlan | string {
  const norms: NormPlan[] = [];
  for (const norm of stream.norms) {
    const plan = normPlan(graph, stream, norm);
    if (typeof plan === 'string') return plan;
    norms.push(plan);
  }
  // Such a product in every layer would cost more than rotation is worth.
  if (norms.filter(({ plain, tied }) => plain || tied).length > 1) {
    return 'several norms are read by something else than layers';
  }
  if (stream.embedding) {
    const heads = stream.norms.flatMap(({ uses }) =>
      uses.filter(({ node }) => graph.weightAt(node)?.weight === stream.embedding),
    );
    const { consumers, key, name } = stream.embedding;
    const others = consumers.filter(({ node }) => !heads.some((head) => head.node === node));
    if (others.some(({ node }) => node.opType !== 'Gather') || !graph.stored(name)) {
      return `"${key}" is used elsewhere too`;
    }
  }
  const weights = [
    ...stream.written.flatMap(({ weight }) => weight ?? []),
    ...norms.flatMap(({ readers }) => readers.map(({ weight }) => weight)),
  ];
  if (new Set(weights).size !== weights.length)
    return 'a weight reads the residual stream and writes into it';
  const keepsMean = norms.some(({ norm }) => norm.centers);
  return { channels: stream.channels, written: stream.written, norms, keepsMean, weights };
}

function normPlan(graph: FoldGraph, stream: Stream, norm: StreamNorm): NormPlan | string {
  if (norm.channels !== stream.channels) return 'norms of the residual stream differ in width';
  const readers: StreamReader[] = [];
  let tied = false;
  let plain = graph.index.isOutput(norm.output);
  for (const { node, input, captured } of norm.uses) {
    const at = graph.weightAt(node);
    if (captured || !at || input !== 0) plain = true;
    else if (at.weight === stream.embedding) tied = true;
    else {
      const reader = readerOf(graph, at.weight, node, stream.channels);
      if (typeof reader === 'string') return reader;
      readers.push(reader);
    }
  }
  if (tied && (plain || readers.length > 0)) {
    return 'the norm before the head is read by something else too';
  }
  // Behind the product that undoes the rotation, layers read what they always read.
  return { norm, readers: plain ? [] : readers, tied, plain };
}

function readerOf(
  graph: FoldGraph,
  weight: Weight,
  node: Node,
  channels: number,
): StreamReader | string {
  const at = graph.weightAt(node)!;
  const { inAxes, input } = at.consumer;
  const [axis = -1, ...others] = inAxes;
  const isPlain =
    node.opType === 'MatMul' ||
    (node.opType === 'Gemm' &&
      intOf(node, 'transA', 0) === 0 &&
      floatOf(node, 'alpha', 1) === 1 &&
      floatOf(node, 'beta', 1) === 1);
  const reason = graph.notOwn(at);
  if (reason !== undefined) return `"${weight.key}" can't be rotated: ${reason}`;
  if (
    !isPlain ||
    input !== 1 ||
    others.length > 0 ||
    weight.dims.length !== 2 ||
    weight.dims[axis] !== channels
  ) {
    return `"${weight.key}" reads the residual stream in a way that rotation does not know`;
  }
  const bias = biasOf(graph, node, weight.dims[1 - axis]!);
  return { weight, axis, node, dtype: computedType(at), ...(bias ? { bias } : {}) };
}

/** A vector of its own that is added to what a layer gives, by itself or by the Add behind it. */
function biasOf(graph: FoldGraph, node: Node, count: number): StoredTensor | undefined {
  const next = graph.soleUse(node.outputs[0] ?? '')?.node;
  const names =
    node.opType === 'Gemm' && node.inputs[2]
      ? [node.inputs[2]]
      : next?.opType === 'Add'
        ? next.inputs
        : [];
  const found = names.flatMap((name) => graph.own(name) ?? []);
  const [bias] = found;
  if (!bias || found.length > 1 || elementCount(bias.tensor) !== count) return undefined;
  return bias.tensor.dims[bias.tensor.dims.length - 1] === count ? bias : undefined;
}
