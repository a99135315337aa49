/**
 * How a node that computes with a weight W ≈ left · right becomes two nodes that compute with the
 * factors. The inner factor takes the inputs to `rank` values, the outer one takes those to the
 * outputs.
 */
import { intOf, node } from '../onnx/build.ts';
import type { Node } from '../onnx/types.ts';
import type { Consumer, Weight } from '../onnx/weights.ts';
import type { MatrixView } from './low-rank.ts';

/** A stored tensor as matrices whose rows, or whose columns, a consumer sums over. */
export interface SeenMatrix extends MatrixView {
  readonly sumsRows: boolean;
}

/** Hands out the factors in the layout that a node needs, by the name of the value. */
export interface FactorSource {
  readonly inputs: number;
  readonly rank: number;
  readonly outputs: number;
  /** [inputs, rank] or, `first` being 'rank', [rank, inputs]; in the given dims. */
  inner(first: 'inputs' | 'rank', dims: readonly number[]): string;
  /** [rank, outputs] or, `first` being 'outputs', [outputs, rank]; in the given dims. */
  outer(first: 'rank' | 'outputs', dims: readonly number[]): string;
  /** A name that is free in the model. */
  readonly fresh: (base: string) => string;
}

/** One kind of consumer. `seen` is the shape in which the weight reaches the node, where that is known. */
interface Splitter {
  /** Why this consumer can't be split; undefined where it can. */
  readonly refusal: (
    consumer: Consumer,
    weight: Weight,
    seen: readonly number[] | undefined,
  ) => string | undefined;
  /** The axes of the stored tensor that the inner factor sums over, ascending. */
  summed(consumer: Consumer): readonly number[];
  split(consumer: Consumer, weight: Weight, factors: FactorSource): Node[];
}

/** Why a consumer can't compute with factors; undefined where it can. */
export function splitRefusal(
  consumer: Consumer,
  weight: Weight,
  seen: readonly number[] | undefined,
): string | undefined {
  const { opType, domain } = consumer.node;
  const splitter = domain === '' ? splitters.get(opType) : undefined;
  return splitter ? splitter.refusal(consumer, weight, seen) : `${opType} takes it whole`;
}

/** How a consumer that is not refused sees the stored tensor; undefined where it is no matrix to it. */
export function seenMatrix(consumer: Consumer, { dims }: Weight): SeenMatrix | undefined {
  const axes = splitters.get(consumer.node.opType)?.summed(consumer) ?? [];
  const [first] = axes;
  if (first === undefined || axes.length === dims.length) return undefined;
  if (!axes.every((axis, index) => axis === first + index)) return undefined;
  const end = first + axes.length;
  const summed = product(dims.slice(first, end));
  const before = product(dims.slice(0, first));
  return end === dims.length
    ? { batch: 1, rows: before, columns: summed, sumsRows: false }
    : { batch: before, rows: summed, columns: product(dims.slice(end)), sumsRows: true };
}

/** The nodes that take a consumer's place; the last gives its output under the old name. */
export function splitConsumer(consumer: Consumer, weight: Weight, factors: FactorSource): Node[] {
  return splitters.get(consumer.node.opType)?.split(consumer, weight, factors) ?? [];
}

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

/** Whether the node sees the tensor in its stored dims. */
const isDirect = ({ via }: Consumer): boolean =>
  via.every(({ opType }) => opType === 'Identity' || opType === 'Cast');

/** Whether the node gets a matrix whose given axis has just what the stored tensor sums over. */
function isMatrix(
  { inAxes }: Consumer,
  { dims }: Weight,
  seen: readonly number[] | undefined,
  axis: number,
): boolean {
  return seen?.length === 2 && seen[axis] === product(inAxes.map((one) => dims[one] ?? 0));
}

const notMatrix = 'a node between reshapes it to other than a matrix';
const grouped = 'its convolution works in groups';

/** The names that the first of two nodes needs: its own, and that of the values between them. */
function between(old: Node, { fresh }: FactorSource): { few: string; name: string } {
  const output = old.outputs[0] ?? '';
  return { few: fresh(`${output}_rank`), name: fresh(`${old.name || output}_rank`) };
}

const withInputs = (old: Node, ...inputs: readonly string[]): Node => ({ ...old, inputs });

/** y = x · W = (x · inner) · outer, or y = W · x = outer · (inner · x). Leading axes of W are batches. */
const matMul: Splitter = {
  refusal: (consumer, weight, seen) =>
    isDirect(consumer) || isMatrix(consumer, weight, seen, 1 - consumer.input)
      ? undefined
      : notMatrix,
  summed: ({ inAxes }) => inAxes,
  split(consumer, { dims }, factors) {
    const { node: old, input } = consumer;
    const { inputs, rank, outputs } = factors;
    const { few, name } = between(old, factors);
    const x = old.inputs[1 - input] ?? '';
    const batched = dims.length > 2 && isDirect(consumer);
    if (input === 1) {
      const leading = batched ? dims.slice(0, -2) : [];
      const inner = factors.inner('inputs', [...leading, inputs, rank]);
      const outer = factors.outer('rank', [...leading, rank, outputs]);
      return [node('MatMul', [x, inner], [few], { name }), withInputs(old, few, outer)];
    }
    const inner = factors.inner('rank', [rank, inputs]);
    const kept = batched ? dims.slice(0, -1) : [outputs];
    const outer = factors.outer('outputs', [...kept, rank]);
    return [node('MatMul', [inner, x], [few], { name }), withInputs(old, outer, few)];
  },
};

/** y = α·x·W + β·c: the second node stays a Gemm and keeps α, β, the bias and the weight's orientation. */
const gemm: Splitter = {
  refusal(consumer, weight, seen) {
    if (consumer.input !== 1) return 'Gemm takes it as its left side';
    const axis = intOf(consumer.node, 'transB', 0) === 1 ? 1 : 0;
    return isMatrix(consumer, weight, seen, axis) ? undefined : notMatrix;
  },
  summed: ({ inAxes }) => inAxes,
  split({ node: old }, _, factors) {
    const { inputs, rank, outputs } = factors;
    const { few, name } = between(old, factors);
    const [x = '', , ...bias] = old.inputs;
    const turned = intOf(old, 'transA', 0) === 1 ? factors.fresh(`${x}_transposed`) : undefined;
    const transpose =
      turned === undefined
        ? []
        : [node('Transpose', [x], [turned], { name: turned, attributes: { perm: [1, 0] } })];
    const outer =
      intOf(old, 'transB', 0) === 1
        ? factors.outer('outputs', [outputs, rank])
        : factors.outer('rank', [rank, outputs]);
    return [
      ...transpose,
      node('MatMul', [turned ?? x, factors.inner('inputs', [inputs, rank])], [few], { name }),
      {
        ...withInputs(old, few, outer, ...bias),
        attributes: old.attributes.filter((attribute) => attribute.name !== 'transA'),
      },
    ];
  },
};

/** A convolution to `rank` channels with the old kernel, steps and padding; then 1×1 with the bias. */
const conv: Splitter = {
  refusal(consumer) {
    if (intOf(consumer.node, 'group', 1) !== 1) return grouped;
    return isDirect(consumer) && consumer.input === 1 ? undefined : notMatrix;
  },
  summed: ({ inAxes }) => inAxes,
  split({ node: old }, { dims }, factors) {
    const { rank, outputs } = factors;
    const { few, name } = between(old, factors);
    const [x = '', , ...bias] = old.inputs;
    const ones = dims.slice(2).map(() => 1);
    const inner = factors.inner('rank', [rank, ...dims.slice(1)]);
    const outer = factors.outer('outputs', [outputs, rank, ...ones]);
    return [
      { ...withInputs(old, x, inner), outputs: [few], name },
      node('Conv', [few, outer, ...bias], old.outputs, {
        name: old.name,
        attributes: { kernel_shape: ones },
      }),
    ];
  },
};

/** 1×1 to `rank` channels; then the transposed convolution with the old kernel, steps, padding and bias. */
const convTranspose: Splitter = {
  refusal: conv.refusal,
  summed: () => [0],
  split({ node: old }, { dims }, factors) {
    const { inputs, rank } = factors;
    const { few, name } = between(old, factors);
    const [x = '', , ...bias] = old.inputs;
    const ones = dims.slice(2).map(() => 1);
    const inner = factors.inner('rank', [rank, inputs, ...ones]);
    const outer = factors.outer('rank', [rank, ...dims.slice(1)]);
    return [
      node('Conv', [x, inner], [few], { name, attributes: { kernel_shape: ones } }),
      withInputs(old, few, outer, ...bias),
    ];
  },
};

/** Looks up rows of `rank` values; a MatMul makes whole rows of them. */
const gather: Splitter = {
  refusal(consumer, { dims }) {
    if (consumer.input !== 0 || !isDirect(consumer) || dims.length !== 2) return notMatrix;
    const axis = intOf(consumer.node, 'axis', 0);
    return axis === 0 || axis === -2 ? undefined : 'Gather picks columns of it';
  },
  summed: () => [0],
  split({ node: old }, _, factors) {
    const { inputs, rank, outputs } = factors;
    const { few, name } = between(old, factors);
    const [, indices = ''] = old.inputs;
    const rows = factors.inner('inputs', [inputs, rank]);
    const outer = factors.outer('rank', [rank, outputs]);
    return [
      { ...withInputs(old, rows, indices), outputs: [few], name },
      node('MatMul', [few, outer], old.outputs, { name: old.name }),
    ];
  },
};

const splitters: ReadonlyMap<string, Splitter> = new Map([
  ['MatMul', matMul],
  ['Gemm', gemm],
  ['Conv', conv],
  ['ConvTranspose', convTranspose],
  ['Gather', gather],
]);
