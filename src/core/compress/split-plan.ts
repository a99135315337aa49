/** Whether all that uses a weight can compute with two factors instead, and how it sees the weight. */
import { graphAt, type GraphPath } from '../onnx/edit.ts';
import { integersOf } from '../onnx/ready-integers.ts';
import type { Model, Node, Tensor } from '../onnx/types.ts';
import { withSubgraphs } from '../onnx/walk.ts';
import type { Consumer, Weight } from '../onnx/weights.ts';
import { notDense } from './dense.ts';
import { seenMatrix, splitRefusal, type SeenMatrix } from './split-consumers.ts';

type Seen = readonly [Consumer, SeenMatrix];

export interface SplitPlan {
  readonly weight: Weight;
  /** Look-ups first: they decide how the factors are stored. */
  readonly consumers: readonly Seen[];
  readonly view: SeenMatrix;
}

/** The plan for a weight, or why there is none. */
export function planSplit(model: Model, weight: Weight): SplitPlan | string {
  const dense = notDense(weight);
  if (dense !== undefined)
    return weight.quantized ? `${dense}, or factorize before quantizing` : dense;
  const stray = strayUse(model, weight);
  if (stray !== undefined) return stray;
  for (const consumer of weight.consumers) {
    const refusal = splitRefusal(consumer, weight, seenDims(model, weight, consumer));
    if (refusal !== undefined) return refusal;
  }
  const consumers = weight.consumers.flatMap((consumer) => {
    const seen = seenMatrix(consumer, weight);
    return seen ? [[consumer, seen] as const] : [];
  });
  const [first] = consumers;
  if (!first || consumers.length < weight.consumers.length) return 'it is no matrix to its nodes';
  if (!consumers.every((one) => alike(weight, first, one))) {
    return 'its nodes see different matrices in it';
  }
  const lookUpsFirst = [...consumers].sort(([a], [b]) => Number(isLookUp(b)) - Number(isLookUp(a)));
  return { weight, consumers: lookUpsFirst, view: first[1] };
}

const isLookUp = ({ node }: Consumer): boolean => node.opType === 'Gather';

/** Factors of a matrix serve it and its transpose; those of a tensor with more axes only nodes of one kind. */
function alike({ dims }: Weight, [one, a]: Seen, [other, b]: Seen): boolean {
  if (a.batch !== b.batch || a.rows !== b.rows || a.columns !== b.columns) return false;
  if (dims.length === 2) return true;
  const sameNode = one.node.opType === other.node.opType && one.input === other.input;
  return sameNode && a.sumsRows === b.sumsRows && one.via.length === other.via.length;
}

/** What uses the weight besides its consumers: then it would have to be kept beside its factors. */
function strayUse(model: Model, { name, path, consumers }: Weight): string | undefined {
  const via = new Set(consumers.flatMap((consumer) => consumer.via));
  const using = new Set(consumers.map(({ node }) => node));
  const names = new Set([name, ...[...via].flatMap(({ outputs }) => outputs)]);
  const found = new Set<Node>();
  for (const graph of withSubgraphs(graphAt(model, path))) {
    if (graph.outputs.some((output) => names.has(output.name))) return 'its graph gives it out';
    for (const node of graph.nodes) {
      const uses = node.inputs.filter((input) => names.has(input)).length;
      if (uses === 0) continue;
      if (uses > 1) return 'one node uses it twice';
      if (!using.has(node) && !via.has(node)) return `${node.opType} uses it too`;
      found.add(node);
    }
  }
  return [...using].every((node) => found.has(node))
    ? undefined
    : 'a function of the model uses it';
}

/** The shape in which a weight reaches its node; undefined where axes are permuted beyond a matrix. */
function seenDims(
  model: Model,
  weight: Weight,
  { path, via }: Consumer,
): readonly number[] | undefined {
  let dims: readonly number[] | undefined = weight.dims;
  for (const { opType, inputs } of via) {
    if (!dims || opType === 'Identity' || opType === 'Cast') continue;
    if (opType === 'Reshape') dims = reshaped(dims, constantAt(model, path, inputs[1] ?? ''));
    else dims = opType === 'Transpose' && dims.length === 2 ? [dims[1]!, dims[0]!] : undefined;
  }
  return dims;
}

function reshaped(
  dims: readonly number[],
  shape: Tensor | undefined,
): readonly number[] | undefined {
  const wanted = shape && integersOf({ name: shape.name, uses: [], tensor: shape });
  const kept = wanted?.map((dim, axis) => (dim === 0 ? (dims[axis] ?? 0) : dim));
  const count = dims.reduce((all, dim) => all * dim, 1);
  const known = kept?.reduce((all, dim) => (dim === -1 ? all : all * dim), 1) ?? 0;
  return known === 0 ? undefined : kept?.map((dim) => (dim === -1 ? count / known : dim));
}

/** A constant by its name, as a node at this path sees it. */
function constantAt(model: Model, path: GraphPath, name: string): Tensor | undefined {
  for (let depth = path.length; depth >= 0; depth--) {
    const { initializers, nodes } = graphAt(model, path.slice(0, depth));
    const constant = nodes.find(
      ({ opType, outputs }) => opType === 'Constant' && outputs[0] === name,
    );
    const tensor =
      initializers.find((one) => one.name === name) ?? constant?.attributes.find(({ t }) => t)?.t;
    if (tensor) return tensor;
  }
  return undefined;
}
