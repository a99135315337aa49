/** A variant with some of its weights as they were in the original: what a layer's compression costs, seen by undoing it alone. */
import { capturedBy, indexGraph, sorted, withoutUnreachable } from '../onnx/graph.ts';
import type { Graph, Model, Node, Tensor } from '../onnx/types.ts';
import { findWeights, type Consumer, type Weight } from '../onnx/weights.ts';

export type Restored =
  | { readonly done: true; readonly model: Model }
  /** Why a weight can't be put back alone, as a clause: `it lies in a subgraph`. */
  | { readonly done: false; readonly key: string; readonly why: string };

/**
 * Puts weights of the original back, by their keys in the original. A dense weight is swapped, one that
 * a node makes from codes gets its place, and where the nodes that use it are others now (factors,
 * integer products), those of the original come back if what they compute with is still there.
 */
export function restore(original: Model, variant: Model, keys: readonly string[]): Restored {
  const weights = new Map(findWeights(original).map((weight) => [weight.key, weight]));
  let model = variant;
  for (const key of keys) {
    const weight = weights.get(key);
    if (!weight) return { done: false, key, why: 'the original has no such weight' };
    const restored = restoreOne(model, weight);
    if (typeof restored === 'string') return { done: false, key, why: restored };
    model = restored;
  }
  return { done: true, model };
}

function restoreOne(variant: Model, weight: Weight): Model | string {
  if (weight.path.length > 0) return 'it lies in a subgraph';
  if (weight.quantized) return 'the original stores it as codes already';
  if (weight.stored === 'sparse') return 'the original stores it sparse';
  const graph = restoredIn(variant.graph, weight);
  if (typeof graph === 'string') return graph;
  // Up to IR version 3 initializers had to be inputs as well.
  return { ...variant, irVersion: Math.max(variant.irVersion ?? 4, 4), graph };
}

function restoredIn(graph: Graph, weight: Weight): Graph | string {
  const { name } = weight;
  const tensor: Tensor = { ...weight.tensor, name };
  const stored = graph.initializers.find((one) => one.name === name);
  const maker = graph.nodes.find(({ outputs }) => outputs.includes(name));
  if (stored && !sameShape(stored, tensor)) {
    return stored.dtype === tensor.dtype
      ? `its dims are [${stored.dims.join(', ')}] now`
      : `it is ${stored.dtype} now, and so is what uses it`;
  }
  if (maker && maker.outputs.length > 1) return `"${maker.opType}" makes more than this weight`;
  const { producer } = indexGraph(graph);
  const others = weight.consumers.filter((consumer) => !takesAsBefore(consumer, producer));
  // A use that has not changed gets the weight by its name.
  if ((stored || maker) && others.length < weight.consumers.length) {
    const without = graph.nodes.filter((node) => node !== maker);
    const swapped = finished({ ...graph, nodes: without }, tensor);
    return others.length === 0 ? swapped : withConsumers(swapped, others, tensor);
  }
  return withConsumers(graph, others, tensor);
}

/** Whether a graph hands the weight to a consumer as the original does, whatever makes it. */
function takesAsBefore(
  { path, node, input, via }: Consumer,
  producer: ReadonlyMap<string, Node>,
): boolean {
  if (path.length > 0) return true;
  const now = producer.get(node.outputs[0] ?? '');
  const same = now?.opType === node.opType && now.inputs[input] === node.inputs[input];
  return (
    same &&
    via.every(({ outputs, inputs, opType }) => {
      const one = producer.get(outputs[0] ?? '');
      return one?.opType === opType && one.inputs[0] === inputs[0];
    })
  );
}

const sameShape = (a: Tensor, b: Tensor): boolean =>
  a.dtype === b.dtype &&
  a.dims.length === b.dims.length &&
  a.dims.every((dim, at) => dim === b.dims[at]);

/** With the original's nodes that use the weight in the place of those that give their outputs now. */
function withConsumers(
  graph: Graph,
  consumers: readonly Consumer[],
  tensor: Tensor,
): Graph | string {
  const { producer } = indexGraph(graph);
  const known = new Set([
    tensor.name,
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.map(({ name }) => name),
    ...producer.keys(),
  ]);
  const back = nodesBack(consumers, known);
  if (typeof back === 'string') return back;
  const gone = new Set<Node>();
  for (const node of back) {
    for (const output of node.outputs) {
      const now = producer.get(output);
      if (now) gone.add(now);
    }
  }
  const lost = [...gone].flatMap(({ outputs }) => outputs);
  const given = new Set(back.flatMap(({ outputs }) => outputs));
  if (lost.some((output) => !given.has(output))) return 'it is computed together with others now';
  const nodes = [...graph.nodes.filter((node) => !gone.has(node)), ...back];
  return finished({ ...graph, nodes }, tensor);
}

/** The nodes to bring back: what leads from the weight to each consumer, and the consumer. */
function nodesBack(consumers: readonly Consumer[], known: ReadonlySet<string>): Node[] | string {
  const back = new Set<Node>();
  const made = new Set<string>();
  for (const { path, node, via } of consumers) {
    if (path.length > 0) return 'a subgraph uses it';
    for (const one of [...via, node]) {
      const needs = [...one.inputs, ...capturedBy(one)].filter((input) => input !== '');
      const missing = needs.find((input) => !known.has(input) && !made.has(input));
      if (missing !== undefined) return `what it computes with ("${missing}") is no longer there`;
      for (const output of one.outputs) made.add(output);
      back.add(one);
    }
    const [output = ''] = node.outputs;
    if (!known.has(output)) return `nothing gives "${output}" any more, which it computes`;
  }
  return consumers.length === 0 ? 'nothing uses it' : [...back];
}

function finished(graph: Graph, tensor: Tensor): Graph {
  const initializers = [...graph.initializers.filter(({ name }) => name !== tensor.name), tensor];
  return withoutUnreachable(sorted({ ...graph, initializers }));
}
