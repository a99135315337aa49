/**
 * Finds the weights that a model stores as codes: each DequantizeLinear whose inputs are all stored.
 * That is the canonical form of quantized weights, whoever wrote it.
 */
import { intOf } from '../../onnx/build.ts';
import { isFloat } from '../../onnx/floats.ts';
import type { GraphPath } from '../../onnx/edit.ts';
import { elementCount } from '../../onnx/tensor.ts';
import {
  dtypes,
  type Dtype,
  type Graph,
  type Model,
  type Node,
  type Tensor,
} from '../../onnx/types.ts';
import type { BitWidth } from '../../math/pack-bits.ts';
import { spreadsOver } from './load-scales.ts';

/** A weight behind a DequantizeLinear: (code − zero point) · scale. */
export interface CodedWeight {
  /** The graph that holds the DequantizeLinear. */
  readonly path: GraphPath;
  readonly node: Node;
  /** The name of the dequantized value. */
  readonly value: string;
  readonly bits: BitWidth;
  readonly signed: boolean;
  readonly codes: Tensor;
  /** As it is stored; a Cast may lie between it and the DequantizeLinear. int8 where there is a step. */
  readonly scale: Tensor;
  /** What the scales are whole multiples of, where a Mul lies behind the Cast; see `loadScales`. */
  readonly step?: Tensor;
  /** The type of the dequantized value, and of the scale that the DequantizeLinear takes. */
  readonly dtype: Dtype;
  readonly zeroPoint?: Tensor;
  /** Along each axis of the codes, how many neighbors share a scale. */
  readonly spans: readonly number[];
}

/** A stored value in the type in which nodes see it. */
interface Constant {
  readonly tensor: Tensor;
  readonly dtype: Dtype;
  /** What a Mul has multiplied it with. */
  readonly step?: Tensor;
}

type Constants = ReadonlyMap<string, Constant>;

/** Every coded weight of the model's graphs, subgraphs after the graph around them. */
export function codedWeights(model: Model): CodedWeight[] {
  return codedIn(model.graph, [], new Map());
}

function codedIn(graph: Graph, path: GraphPath, outer: Constants): CodedWeight[] {
  const constants = constantsOf(graph, outer);
  const own = graph.nodes.flatMap((node) => codedWeight(node, path, constants) ?? []);
  const inner = graph.nodes.flatMap((node, index) =>
    node.attributes.flatMap(({ name, g, graphs }) =>
      [...(g ? [g] : []), ...(graphs ?? [])].flatMap((subgraph, position) =>
        codedIn(subgraph, [...path, { node: index, attribute: name, index: position }], constants),
      ),
    ),
  );
  return [...own, ...inner];
}

/** Stored values that nobody can feed. A subgraph sees those around it unless it reuses the name. */
function constantsOf(graph: Graph, outer: Constants): Constants {
  const constants = new Map(outer);
  for (const { outputs } of graph.nodes) for (const name of outputs) constants.delete(name);
  for (const tensor of graph.initializers) {
    constants.set(tensor.name, { tensor, dtype: tensor.dtype });
  }
  for (const node of graph.nodes) {
    const tensor = node.opType === 'Constant' && node.attributes.find(({ t }) => t)?.t;
    const constant = tensor
      ? { tensor, dtype: tensor.dtype }
      : (widened(node, constants.get(node.inputs[0] ?? '')) ?? stepped(node, constants));
    if (constant) constants.set(node.outputs[0] ?? '', constant);
  }
  // An initializer that is an input too is a default, which the feeds may override.
  for (const { name } of graph.inputs) constants.delete(name);
  return constants;
}

/** Types whose numbers float32 holds as they are. */
const narrower: readonly (Dtype | undefined)[] = ['float16', 'bfloat16', 'int8'];

/** Halves and scale codes made float32, which changes none of them. */
function widened(node: Node, from: Constant | undefined): Constant | undefined {
  const isWidened = node.opType === 'Cast' && dtypes[intOf(node, 'to', 0)] === 'float32';
  if (!isWidened || node.domain !== '' || !from || !narrower.includes(from.dtype)) {
    return undefined;
  }
  return { tensor: from.tensor, dtype: 'float32' };
}

/** Scale codes times their steps. */
function stepped(node: Node, constants: Constants): Constant | undefined {
  if (node.opType !== 'Mul' || node.domain !== '') return undefined;
  const [one, other] = node.inputs.map((name) => constants.get(name));
  if (one?.dtype !== 'float32' || other?.dtype !== 'float32' || one.step || other.step) {
    return undefined;
  }
  const [codes, step] = one.tensor.dtype === 'int8' ? [one, other] : [other, one];
  if (codes.tensor.dtype !== 'int8' || !isFloat(step.tensor.dtype)) return undefined;
  if (!spreadsOver(step.tensor, codes.tensor)) return undefined;
  return { ...codes, step: step.tensor };
}

const codeTypes: Partial<Record<Dtype, { readonly bits: BitWidth; readonly signed: boolean }>> = {
  int8: { bits: 8, signed: true },
  uint8: { bits: 8, signed: false },
  int4: { bits: 4, signed: true },
  uint4: { bits: 4, signed: false },
  int2: { bits: 2, signed: true },
  uint2: { bits: 2, signed: false },
};

function codedWeight(node: Node, path: GraphPath, constants: Constants): CodedWeight | undefined {
  if (node.opType !== 'DequantizeLinear' || node.domain !== '') return undefined;
  const [value] = node.outputs;
  const [codes, scale, zeroPoint] = node.inputs.map((name) => constants.get(name)?.tensor);
  const type = codes && codeTypes[codes.dtype];
  const { dtype, step } = constants.get(node.inputs[1] ?? '') ?? {};
  if (!value || !type || !scale || !dtype || !isFloat(dtype)) return undefined;
  if (!step && !isFloat(scale.dtype)) return undefined;
  if (node.inputs[2] && zeroPoint?.dtype !== codes.dtype) return undefined;
  const wanted = intOf(node, 'output_dtype', 0);
  if (wanted !== 0 && dtypes[wanted] !== dtype) return undefined;
  const spans = spansOf(node, codes, scale);
  if (!spans || (zeroPoint && elementCount(zeroPoint) !== elementCount(scale))) return undefined;
  const more = { ...(step ? { step } : {}), ...(zeroPoint ? { zeroPoint } : {}) };
  return { path, node, value, ...type, codes, scale, dtype, spans, ...more };
}

function spansOf(node: Node, codes: Tensor, scale: Tensor): number[] | undefined {
  return spansAlong(codes, scale, intOf(node, 'axis', 1), intOf(node, 'block_size', 0));
}

/**
 * Along each axis of the codes, how many neighbors share a scale; `axis` and `blockSize` as
 * DequantizeLinear has them. Undefined where scale and codes do not go together: the runtime then says so.
 */
export function spansAlong(
  codes: Pick<Tensor, 'dims'>,
  scale: Pick<Tensor, 'dims'>,
  given: number,
  blockSize: number,
): number[] | undefined {
  const { dims } = codes;
  const axis = given < 0 ? given + dims.length : given;
  if (blockSize > 0) {
    const spans = dims.map((_, index) => (index === axis ? blockSize : 1));
    const fits = scale.dims.length === dims.length;
    return fits && scaleDims({ codes, spans }).every((dim, index) => dim === scale.dims[index])
      ? spans
      : undefined;
  }
  if (scale.dims.length === 0 || (scale.dims.length === 1 && scale.dims[0] === 1)) {
    return dims.map((dim) => Math.max(dim, 1));
  }
  if (scale.dims.length !== 1 || scale.dims[0] !== dims[axis]) return undefined;
  return dims.map((dim, index) => (index === axis ? 1 : Math.max(dim, 1)));
}

/** How many scales lie along each axis of the codes. */
export const scaleDims = ({
  codes,
  spans,
}: {
  readonly codes: Pick<Tensor, 'dims'>;
  readonly spans: readonly number[];
}): number[] => codes.dims.map((dim, index) => Math.ceil(dim / spans[index]!));
