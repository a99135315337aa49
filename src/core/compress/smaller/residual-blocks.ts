/** Finds the residual blocks of a graph, x + f(x), and the layers that they form. */
import { operatorOf } from '../../onnx/flow.ts';
import { capturedBy, indexGraph, sorted, type GraphIndex } from '../../onnx/graph.ts';
import type { Graph, Model, Node } from '../../onnx/types.ts';
import { findWeights } from '../../onnx/weights.ts';
import type { Dims } from './smaller.ts';

export interface Block {
  readonly add: Node;
  /** The value x that goes around f. */
  readonly around: string;
  /** The nodes of f, from x to the Add. */
  readonly inside: ReadonlySet<Node>;
  /** The value that x takes the place of when the block is dropped. */
  readonly result: string;
}

/** One or several blocks that repeat together: attention and the MLP after it. */
export type Layer = readonly Block[];

/**
 * The innermost blocks, in the order of the graph: an Add of a value and something made of it with
 * weights, of the same dims. Where x is the output of a normalization and only one such takes the
 * sum, the block ends after that (the order of the original transformer).
 */
export function residualBlocks(model: Model, dims: Dims): readonly Block[] {
  const graph = sorted(model.graph);
  const index = indexGraph(graph);
  const places = new Map(graph.nodes.map((node, place) => [node, place]));
  const weighted = new Set(
    findWeights(model).flatMap(({ consumers }) =>
      consumers.filter(({ path }) => path.length === 0).map(({ node }) => node),
    ),
  );
  const blocks = graph.nodes.flatMap((add) => {
    const [a = '', b = ''] = add.opType === 'Add' ? add.inputs : [];
    for (const [around, way] of [[a, b] as const, [b, a] as const]) {
      if (around === '' || !isAlike(dims, around, way)) continue;
      const inside = between(around, way, index, places);
      if (![...inside].some((node) => weighted.has(node))) continue;
      return [{ add, around, inside, result: resultOf(add, around, index) }];
    }
    return [];
  });
  const adds = blocks.map(({ add }) => add);
  return blocks.filter(({ inside }) => !adds.some((add) => inside.has(add)));
}

const isAlike = (dims: Dims, a: string, b: string): boolean =>
  dims.has(a) && dims.get(a)?.join() === dims.get(b)?.join();

/** The nodes on the ways from a value to another; none where there is no way. */
function between(
  from: string,
  to: string,
  { producer }: GraphIndex,
  places: ReadonlyMap<Node, number>,
): Set<Node> {
  const first = producer.get(from);
  const earliest = first ? places.get(first)! : -1;
  const seen = new Set<Node>();
  const open = [producer.get(to)];
  for (let node = open.pop(); open.length > 0 || node; node = open.pop()) {
    // Nodes before x in the order do not depend on it.
    if (!node || seen.has(node) || places.get(node)! <= earliest) continue;
    seen.add(node);
    for (const input of inputsOf(node)) open.push(producer.get(input));
  }
  const reached = new Set([from]);
  const inside = new Set<Node>();
  for (const node of [...seen].sort((a, b) => places.get(a)! - places.get(b)!)) {
    if (!inputsOf(node).some((input) => reached.has(input))) continue;
    inside.add(node);
    for (const output of node.outputs) if (output !== '') reached.add(output);
  }
  return reached.has(to) ? inside : new Set();
}

const inputsOf = (node: Node): string[] => [...node.inputs, ...capturedBy(node)];

function resultOf(add: Node, around: string, index: GraphIndex): string {
  const [sum = ''] = add.outputs;
  const [next, ...others] = index.uses(sum);
  const before = index.producer.get(around);
  const isNormalized =
    next !== undefined &&
    others.length === 0 &&
    !index.isOutput(sum) &&
    /^(Layer|RMS|SimplifiedLayer)Normalization$/.test(next.node.opType) &&
    before?.opType === next.node.opType;
  return isNormalized ? next.node.outputs[0]! : sum;
}

/**
 * Puts attention and the MLP that follows it into one layer; a decoder's attention to itself and to
 * the encoder come both before the MLP. Other blocks are layers of their own.
 */
export function layersOf(blocks: readonly Block[]): readonly Layer[] {
  const layers: Block[][] = [];
  let isOpen = false;
  for (const block of blocks) {
    if (isOpen) layers.at(-1)!.push(block);
    else layers.push([block]);
    isOpen = isAttention(block);
  }
  return layers;
}

const isAttention = ({ inside }: Block): boolean =>
  [...inside].some((node) => /Softmax|Attention/.test(operatorOf(node)));

/** What a layer is made of: `m` for an MLP or convolutions, `am` for attention and an MLP. */
export const kindOf = (layer: Layer): string =>
  layer.map((block) => (isAttention(block) ? 'a' : 'm')).join('');

/** What depends on a block other than through its sum: outputs of the graph that it makes itself. */
export function outputsInside({ inside, add }: Block, graph: Graph): string[] {
  const made = new Set([...inside].flatMap(({ outputs }) => outputs.filter((one) => one !== '')));
  for (const node of sorted(graph).nodes) {
    if (node === add || !inputsOf(node).some((input) => made.has(input))) continue;
    for (const output of node.outputs) if (output !== '') made.add(output);
  }
  return graph.outputs.flatMap(({ name }) => (made.has(name) ? [name] : []));
}
