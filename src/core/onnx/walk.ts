/** Visits every graph and tensor of a model, subgraphs and functions included. */
import type { Attribute, Graph, Model, Node, SparseTensor, Tensor } from './types.ts';

/** The graphs that an attribute holds. */
export function* subgraphsOf(attribute: Attribute): Generator<Graph> {
  if (attribute.g) yield attribute.g;
  yield* attribute.graphs ?? [];
}

/** Every graph of the model: the main graph first, then training graphs, each followed by its subgraphs. */
export function* graphsOf(model: Model): Generator<Graph> {
  yield* withSubgraphs(model.graph);
  for (const { initialization, algorithm } of model.trainingInfos) {
    if (initialization) yield* withSubgraphs(initialization);
    if (algorithm) yield* withSubgraphs(algorithm);
  }
  for (const { nodes } of model.functions) yield* subgraphsOfNodes(nodes);
}

/** A graph and everything nested in it. */
export function* withSubgraphs(graph: Graph): Generator<Graph> {
  yield graph;
  yield* subgraphsOfNodes(graph.nodes);
}

/** The graphs in the attributes of nodes, and everything nested in them. */
export function* subgraphsOfNodes(nodes: readonly Node[]): Generator<Graph> {
  for (const { attributes } of nodes) {
    for (const attribute of attributes) {
      for (const graph of subgraphsOf(attribute)) yield* withSubgraphs(graph);
    }
  }
}

/** Every node of the model, those of subgraphs and functions included. */
export function* nodesOf(model: Model): Generator<Node> {
  for (const graph of graphsOf(model)) yield* graph.nodes;
  for (const { nodes } of model.functions) yield* nodes;
}

/** Every stored tensor: initializers, the parts of sparse ones, and attributes of every node. */
export function* tensorsOf(model: Model): Generator<Tensor> {
  for (const graph of graphsOf(model)) {
    yield* graph.initializers;
    for (const sparse of graph.sparseInitializers) yield* partsOf(sparse);
  }
  for (const { attributes } of nodesOf(model)) {
    for (const attribute of attributes) yield* attributeTensors(attribute);
  }
  for (const { attributes } of model.functions) {
    for (const attribute of attributes) yield* attributeTensors(attribute);
  }
}

function* attributeTensors(attribute: Attribute): Generator<Tensor> {
  if (attribute.t) yield attribute.t;
  yield* attribute.tensors ?? [];
  if (attribute.sparseTensor) yield* partsOf(attribute.sparseTensor);
  for (const sparse of attribute.sparseTensors ?? []) yield* partsOf(sparse);
}

function* partsOf({ values, indices }: SparseTensor): Generator<Tensor> {
  if (values) yield values;
  if (indices) yield indices;
}
