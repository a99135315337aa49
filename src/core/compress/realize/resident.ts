/**
 * Estimates what a device keeps of a model's weights. Runtimes compute once, while they load, what
 * depends on stored values alone, and keep the result; so a weight that is unpacked at load counts as
 * float32 and a packed one as its bytes. Loading takes more for a while, and a wasm heap never shrinks:
 * measured heaps grew by 1.2 to 1.4 times the float32 weights from external data, and up to 3 times
 * from a single file.
 */
import { attributeOf, intOf } from '../../onnx/build.ts';
import { indexGraph, type GraphIndex } from '../../onnx/graph.ts';
import { bitsOf, elementCount } from '../../onnx/tensor.ts';
import { dtypes, type Dtype, type Graph, type Node, type Tensor } from '../../onnx/types.ts';
import { withSubgraphs } from '../../onnx/walk.ts';
import type { Device } from '../../runtime.ts';
import { codedWeights } from './coded-weight.ts';
import type { Realized } from './realize.ts';

/** A value that is known when the session is made. */
interface Known {
  readonly dtype: Dtype;
  readonly count: number;
}

/** Bytes that a device keeps for the weights of a realized model: an estimate. */
export function residentBytes({ model, session }: Realized, device: Device): number {
  const folded = session.foldDequantize ?? false;
  const weights = new Set(folded ? codedWeights(model).map(({ node }) => node) : []);
  let bytes = 0;
  for (const graph of withSubgraphs(model.graph)) {
    bytes += residentIn(graph, device, (node) => weights.has(node));
  }
  return bytes;
}

function residentIn(graph: Graph, device: Device, isFolded: (node: Node) => boolean): number {
  const index = indexGraph(graph);
  const known = new Map<string, Known>(graph.initializers.map((one) => [one.name, knownOf(one)]));
  const folded = new Set<Node>();
  for (const node of graph.nodes) {
    const result = resultOf(node, known, isFolded);
    const [output] = node.outputs;
    if (!result || output === undefined) continue;
    known.set(output, result);
    folded.add(node);
  }
  let bytes = 0;
  for (const [name, value] of known) {
    if (isKept(index, name, folded)) bytes += bytesOn(device, value);
  }
  return bytes;
}

const knownOf = (tensor: Tensor): Known => ({ dtype: tensor.dtype, count: elementCount(tensor) });

/** Whether something that runs needs a value, and not only nodes that were computed at load. */
const isKept = (index: GraphIndex, name: string, folded: ReadonlySet<Node>): boolean =>
  index.isOutput(name) || index.uses(name).some(({ node }) => !folded.has(node));

const views = new Set(['Identity', 'Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten']);

/** What a node makes of known values, for the nodes that lie between a stored weight and its consumers. */
function resultOf(
  node: Node,
  known: ReadonlyMap<string, Known>,
  isFolded: (node: Node) => boolean,
): Known | undefined {
  const { opType, domain, inputs } = node;
  if (domain !== '') return undefined;
  const stored = opType === 'Constant' ? attributeOf(node, 'value')?.t : undefined;
  if (stored) return knownOf(stored);
  const from = known.get(inputs[0] ?? '');
  if (!from || !inputs.every((name) => name === '' || known.has(name))) return undefined;
  if (views.has(opType)) return from;
  // Scales are codes times steps, one for each output channel.
  if (opType === 'Mul') {
    const count = Math.max(from.count, known.get(inputs[1] ?? '')?.count ?? 0);
    return { ...from, count };
  }
  if (opType === 'Cast') return { ...from, dtype: dtypes[intOf(node, 'to', 1)] ?? 'float32' };
  if (opType !== 'DequantizeLinear' || !isFolded(node)) return undefined;
  return { ...from, dtype: known.get(inputs[1] ?? '')?.dtype ?? 'float32' };
}

/** Processors compute in float32 only: what is float16 there is widened at load. */
function bytesOn(device: Device, { dtype, count }: Known): number {
  const bits = dtype === 'float16' && device !== 'webgpu' ? 32 : bitsOf(dtype);
  return Math.ceil((count * bits) / 8);
}
