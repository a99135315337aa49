/** Norms that read a residual stream: single operators, and RMS norms as exporters write them out. */
import { intOf, intsOf } from '../../onnx/build.ts';
import { operatorOf } from '../../onnx/flow.ts';
import { integersOf } from '../../onnx/ready-integers.ts';
import type { Use } from '../../onnx/graph.ts';
import type { Bytes, Node } from '../../onnx/types.ts';
import type { FoldGraph, StoredTensor } from './fold-graph.ts';
import { rankOf } from './rank.ts';

export interface StreamNorm {
  /** Those that read the stream, and those between them and the output. */
  readonly nodes: readonly Node[];
  readonly channels: number;
  readonly scale: StoredTensor;
  readonly shift?: StoredTensor;
  /** Whether it subtracts the mean. */
  readonly centers: boolean;
  readonly output: string;
  readonly uses: readonly Use[];
}

const fused: Readonly<Record<string, { readonly centers: boolean }>> = {
  LayerNormalization: { centers: true },
  RMSNormalization: { centers: false },
  SimplifiedLayerNormalization: { centers: false },
};

/** The norm that begins with a node which takes the value; undefined where there is none. */
export function normAt(graph: FoldGraph, value: string, node: Node): StreamNorm | undefined {
  const known = fused[operatorOf(node)];
  if (!known)
    return node.opType === 'Pow' || node.opType === 'Mul'
      ? spelledOut(graph, value, node)
      : undefined;
  if (node.inputs[0] !== value || node.outputs.slice(1).some((name) => name !== ''))
    return undefined;
  const [scale, shift] = [graph.own(node.inputs[1] ?? ''), graph.own(node.inputs[2] ?? '')];
  if (scale?.tensor.dims.length !== 1 || (node.inputs[2] && !shift)) return undefined;
  return normOf(graph, [node], node, scale, known.centers, shift);
}

function normOf(
  graph: FoldGraph,
  nodes: readonly Node[],
  last: Node,
  scale: StoredTensor,
  centers: boolean,
  shift?: StoredTensor,
): StreamNorm {
  const channels = scale.tensor.dims[scale.tensor.dims.length - 1] ?? 0;
  const output = last.outputs[0] ?? '';
  const uses = graph.index.uses(output);
  return { nodes, channels, scale, centers, output, uses, ...(shift ? { shift } : {}) };
}

/** x → x² → mean → + ε → √ → x / √… → · scale. */
function spelledOut(graph: FoldGraph, value: string, square: Node): StreamNorm | undefined {
  if (!isSquare(graph, value, square)) return undefined;
  const mean = only(graph, square, 'ReduceMean');
  if (!mean || !isOverLast(graph, mean, value)) return undefined;
  const root = only(graph, only(graph, mean, 'Add'), 'Sqrt');
  const inverse = only(graph, root, 'Reciprocal');
  const divide = inverse ? only(graph, inverse, 'Mul') : only(graph, root, 'Div');
  if (!root || !divide?.inputs.includes(value) || (!inverse && divide.inputs[0] !== value))
    return undefined;
  const scaled = only(graph, divide, 'Mul');
  const scale = scaled?.inputs.map((name) => graph.own(name)).find((found) => found !== undefined);
  if (!scaled || scale?.tensor.dims.length !== 1) return undefined;
  return normOf(graph, [square, divide, scaled], scaled, scale, false);
}

function isSquare(graph: FoldGraph, value: string, { opType, inputs }: Node): boolean {
  if (opType === 'Mul') return inputs[0] === value && inputs[1] === value;
  return inputs[0] === value && isTwo(graph.stored(inputs[1] ?? '')?.tensor.rawData);
}

/** Whether bytes are 2 as a float32, or as an int64. */
function isTwo(bytes: Bytes | undefined): boolean {
  if (!(bytes instanceof Uint8Array)) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return view.getFloat32(0, true) === 2;
  return bytes.length === 8 && view.getBigInt64(0, true) === 2n;
}

/** The node of such an operator that alone takes what a node gives. */
function only(graph: FoldGraph, node: Node | undefined, opType: string): Node | undefined {
  const next = node && graph.soleUse(node.outputs[0] ?? '')?.node;
  return next?.opType === opType && next.domain === '' ? next : undefined;
}

function isOverLast(graph: FoldGraph, mean: Node, value: string): boolean {
  const tensor = graph.stored(mean.inputs[1] ?? '')?.tensor;
  const axes = tensor ? integersOf({ name: tensor.name, uses: [], tensor }) : intsOf(mean, 'axes');
  const [axis, ...others] = axes ?? [];
  const rank = rankOf(graph, value);
  const isLast = axis === -1 || (rank !== undefined && axis === rank - 1);
  return isLast && others.length === 0 && intOf(mean, 'keepdims', 1) === 1;
}
