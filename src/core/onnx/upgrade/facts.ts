/**
 * What is known about the values of a graph before it runs: element types and dims that the file
 * declares, and what follows from them through the operators that are common before a Clip or a
 * Softmax. Far from a full shape inference: a rule that learns nothing here falls back to a rewrite
 * that needs to know nothing.
 */
import { attributeOf, intOf, intsOf } from '../build.ts';
import {
  dtypes,
  type Dtype,
  type Graph,
  type Node,
  type Tensor,
  type ValueInfo,
} from '../types.ts';

/** Dims that are not fixed are undefined; `dims` itself is undefined where even the rank is unknown. */
export interface Fact {
  readonly dtype: Dtype | undefined;
  readonly dims: Dims | undefined;
}
export type Dims = readonly (number | undefined)[];

/** Stands for a value of which nothing is known. */
export const nothing: Fact = { dtype: undefined, dims: undefined };

type Lookup = (position: number) => Fact;
type Inference = (node: Node, input: Lookup) => Fact;

/** The facts of a graph's own values; `outer` answers for values from outside. One pass. */
export function factsOf(graph: Graph, outer: (value: string) => Fact): Map<string, Fact> {
  const facts = new Map<string, Fact>();
  for (const info of [...graph.inputs, ...graph.valueInfos, ...graph.outputs]) {
    facts.set(info.name, declared(info));
  }
  for (const tensor of graph.initializers) facts.set(tensor.name, stored(tensor));
  for (const node of graph.nodes) {
    if (node.domain !== '' && node.domain !== 'ai.onnx') continue;
    const fact = inferences.get(node.opType)?.(node, (position) => {
      const value = node.inputs[position] ?? '';
      return facts.get(value) ?? outer(value);
    });
    if (fact) learn(facts, node, fact);
  }
  return facts;
}

/** Every output of a Split is alike; of other operators only the first is inferred. */
function learn(facts: Map<string, Fact>, { opType, outputs }: Node, fact: Fact): void {
  for (const output of opType === 'Split' ? outputs : outputs.slice(0, 1)) {
    const known = facts.get(output) ?? nothing;
    facts.set(output, { dtype: known.dtype ?? fact.dtype, dims: known.dims ?? fact.dims });
  }
}

/** Higher ranks than any runtime takes are not worth knowing, and a hostile file has no limit. */
const highestRank = 64;
const bounded = (dims: Dims | undefined): Dims | undefined =>
  dims && dims.length <= highestRank ? dims : undefined;

const stored = ({ dtype, dims }: Tensor): Fact => ({ dtype, dims: bounded(dims) });

function declared({ type }: ValueInfo): Fact {
  const dims = type?.tensorType?.shape?.dims.map(({ value }) => value);
  return { dtype: typeOf(type?.tensorType?.elemType ?? 0), dims: bounded(dims) };
}

const typeOf = (elemType: number): Dtype | undefined =>
  elemType === 0 ? undefined : dtypes[elemType];

/** The element type of a fact, with a rank of which no dim is known. */
function ofRank({ dtype }: Fact, rank: number | undefined): Fact {
  const known = rank !== undefined && rank >= 0 && rank <= highestRank;
  return { dtype, dims: known ? Array.from({ length: rank }, () => undefined) : undefined };
}
const ranked = (fact: Fact): Fact => ofRank(fact, fact.dims?.length);

const same: Inference = (_, input) => input(0);
const sameRank: Inference = (_, input) => ranked(input(0));
const matrix: Inference = (_, input) => ofRank(input(0), 2);

/** The highest rank of the inputs, where all are known. */
const broadcast: Inference = (node, input) => {
  const facts = node.inputs.map((_, position) => input(position));
  const rank = facts.reduce((most, { dims }) => Math.max(most, dims?.length ?? NaN), 0);
  return ofRank({ dtype: facts.find((fact) => fact.dtype)?.dtype, dims: undefined }, rank);
};

/** Vectors lose an axis in a product. */
const product: Inference = (node, input) => {
  const vector = [0, 1].some((position) => input(position).dims?.length === 1);
  return vector ? ofRank(input(0), undefined) : broadcast(node, input);
};

/** The weight has the rank of what it is convolved with. */
const convolution: Inference = (_, input) => {
  const [x, weight] = [input(0), input(1)];
  return ranked({ dtype: x.dtype ?? weight.dtype, dims: x.dims ?? weight.dims });
};

const reduction: Inference = (node, input) =>
  intOf(node, 'keepdims', 1) === 1 ? ranked(input(0)) : ofRank(input(0), undefined);

const reshaped: Inference = (_, input) => ofRank(input(0), input(1).dims?.[0]);

/** Ranks change by the number of axes, which was an attribute before opset 13. */
const moreAxes =
  (sign: 1 | -1): Inference =>
  (node, input) => {
    const count = intsOf(node, 'axes')?.length ?? input(1).dims?.[0] ?? NaN;
    const rank = input(0).dims?.length ?? NaN;
    return ofRank(input(0), rank + sign * count);
  };

const transposed: Inference = (node, input) =>
  ofRank(input(0), intsOf(node, 'perm')?.length ?? input(0).dims?.length);

const constant: Inference = (node) => {
  const tensor = attributeOf(node, 'value')?.t;
  return tensor ? stored(tensor) : nothing;
};

const cast: Inference = (node, input) => ({
  dtype: typeOf(intOf(node, 'to', 0)),
  dims: input(0).dims,
});

const shape: Inference = (node, input) => ({
  dtype: 'int64',
  dims: [node.attributes.length === 0 ? input(0).dims?.length : undefined],
});

const inferences = new Map<string, Inference>([
  ...assign(
    'Abs BatchNormalization Ceil Clip Dropout Elu Erf Exp Floor HardSigmoid Hardmax Identity',
    same,
  ),
  ...assign('InstanceNormalization LeakyRelu Log LogSoftmax LRN Neg PRelu Reciprocal Relu', same),
  ...assign('Selu Sigmoid Softmax Softplus Softsign Sqrt Tanh ThresholdedRelu', same),
  ...assign(
    'AveragePool Concat DepthToSpace GlobalAveragePool GlobalMaxPool MaxPool Pad',
    sameRank,
  ),
  ...assign('Resize Slice SpaceToDepth Split Tile Upsample', sameRank),
  ...assign('Add Div Max Mean Min Mul Pow Sub Sum', broadcast),
  ...assign('MatMul', product),
  ...assign('Conv ConvTranspose', convolution),
  ...assign('ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum', reduction),
  ...assign('Flatten Gemm', matrix),
  ...assign('Reshape', reshaped),
  ...assign('Unsqueeze', moreAxes(1)),
  ...assign('Squeeze', moreAxes(-1)),
  ...assign('Transpose', transposed),
  ...assign('Constant', constant),
  ...assign('Cast', cast),
  ...assign('Shape', shape),
]);

function assign(opTypes: string, inference: Inference): [string, Inference][] {
  return opTypes.split(' ').map((opType) => [opType, inference]);
}
