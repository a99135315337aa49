/**
 * Which tensors of a model are compressible weights, and what are they? Every technique selects
 * through the answer.
 */
import { flowOf } from './build-flow.ts';
import type { GraphPath } from './edit.ts';
import type { FlowNode, FlowValue, Stored } from './flow.ts';
import { rolesOf } from './roles.ts';
import { sizeInFile } from './size-in-file.ts';
import { traceWeights, type WeightUse } from './trace.ts';
import type { Dtype, Model, Node, Tensor } from './types.ts';

/** What a weight does in the network; see `roles.ts` for how it is decided. */
export type Role =
  | 'embedding'
  | 'attention-q'
  | 'attention-k'
  | 'attention-v'
  | 'attention-qkv'
  | 'attention-o'
  | 'mlp-gate'
  | 'mlp-up'
  | 'mlp-down'
  | 'head'
  | 'conv'
  | 'depthwise-conv'
  | 'recurrent'
  | 'linear';

/** One use of a weight by a node that computes with it. */
export interface Consumer {
  /** The graph that holds the node. */
  readonly path: GraphPath;
  readonly node: Node;
  /** Position among the node's inputs. */
  readonly input: number;
  /** Nodes between the stored tensor and this input which keep its values, in order (Transpose, Cast, DequantizeLinear …). */
  readonly via: readonly Node[];
  /** The axes of the STORED tensor that this consumer sums over. */
  readonly inAxes: readonly number[];
  /** The axes of the STORED tensor that this consumer keeps. */
  readonly outAxes: readonly number[];
  /** Sizes of the value that arrives here; undefined where a cut or a join left one open. */
  readonly sizes: readonly (number | undefined)[];
}

export interface Weight {
  /** Unique in the model and stable: the tensor's name, after `<node>.<attribute>/` for each subgraph around it. */
  readonly key: string;
  /** The value's name in its graph. */
  readonly name: string;
  /** The graph that holds it. */
  readonly path: GraphPath;
  readonly stored: 'initializer' | 'constant' | 'sparse';
  /** The stored tensor; the codes where it lies behind a DequantizeLinear. */
  readonly tensor: Tensor;
  readonly role: Role;
  readonly dims: readonly number[];
  readonly dtype: Dtype;
  /** Bytes that the file holds for the tensor. */
  readonly bytes: number;
  /** Of the main consumer. */
  readonly inAxes: readonly number[];
  readonly outAxes: readonly number[];
  readonly consumers: readonly Consumer[];
  /** Where it is quantized already: the node that turns codes into values, and the names of its other inputs. */
  readonly quantized?: {
    readonly dequantize: Node;
    readonly scale: string;
    readonly zeroPoint?: string;
  };
}

const known = new WeakMap<Model, readonly Weight[]>();

/**
 * The weights of a model, in the order in which it stores them: tensors that a node multiplies with
 * its data, sums over, and looks up rows of, whether the node takes them as they are stored or after
 * nodes that only move, convert or dequantize them. Not among them: what is only added or multiplied
 * element by element (biases, norms, rotations, masks), tables picked by position, shapes, vectors,
 * and tensors inside the model's own functions, which no path reaches. Remembered per model; the
 * time is linear in the size of the graph.
 */
export function findWeights(model: Model): readonly Weight[] {
  const remembered = known.get(model);
  if (remembered) return remembered;
  const flow = flowOf(model);
  const uses = traceWeights(flow);
  const roles = rolesOf(flow, uses);
  const groups = new Map<Stored, { use: WeightUse; role: Role }[]>();
  uses.forEach((use, index) => {
    const group = groups.get(use.stored) ?? [];
    groups.set(use.stored, group);
    group.push({ use, role: roles[index] ?? 'linear' });
  });
  const found = Array.from(groups, ([stored, group]) => weightOf(stored, group));
  known.set(model, found);
  return found;
}

function weightOf(stored: Stored, group: readonly { use: WeightUse; role: Role }[]): Weight {
  const main = group.find(({ role }) => role === 'embedding') ?? group[0];
  const { key, value, path, kind, tensor, dims } = stored;
  const { inAxes, outAxes, quantized } = main?.use ?? { inAxes: [], outAxes: [] };
  return {
    key,
    name: value.name,
    path,
    stored: kind,
    tensor,
    role: main?.role ?? 'linear',
    dims,
    dtype: tensor.dtype,
    bytes: sizeInFile(tensor) + (stored.indices ? sizeInFile(stored.indices) : 0),
    inAxes,
    outAxes,
    consumers: consumersOf(group.map(({ use }) => use)),
    ...(quantized ? { quantized } : {}),
  };
}

/** One consumer for each input of each node that a path reaches; inside a function, that is its call. */
function consumersOf(uses: readonly WeightUse[]): Consumer[] {
  const seen = new Set<string>();
  return uses.flatMap((use) => {
    const { inAxes, outAxes, sizes, way, at, as } = use;
    const inside = way.findIndex(({ node }) => node.call);
    const consumer = at.call ?? at;
    const entered = way[inside]?.value ?? at.inputs[as.input];
    const input = at.call ? positionOf(entered, at.call) : as.input;
    const id = `${consumer.index} ${input}`;
    if (seen.has(id)) return [];
    seen.add(id);
    const via = (inside >= 0 ? way.slice(0, inside) : way).map(({ node }) => node.node);
    return [{ path: consumer.path, node: consumer.node, input, via, inAxes, outAxes, sizes }];
  });
}

const positions = new WeakMap<FlowNode, ReadonlyMap<FlowValue | undefined, number>>();

/** The position of a value among a node's inputs, found quickly however many there are. */
function positionOf(value: FlowValue | undefined, node: FlowNode): number {
  const map =
    positions.get(node) ?? new Map(node.inputs.map((one, input) => [one, input] as const));
  positions.set(node, map);
  return map.get(value) ?? -1;
}
