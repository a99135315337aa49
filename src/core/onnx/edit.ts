/** Edits that go through a whole model, subgraphs and functions included. What does not change keeps its identity. */
import type { Attribute, Graph, Model, Node, SparseTensor, Tensor } from './types.ts';

/** Where a graph lies: the steps from the main graph, [] for the main graph itself. */
export interface GraphStep {
  readonly node: number;
  readonly attribute: string;
  /** Position in a list of graphs; 0 for a single one. */
  readonly index: number;
}
export type GraphPath = readonly GraphStep[];

/** Replaces items; gives the same array back where none changed. */
export function mapKeeping<T>(
  items: readonly T[],
  change: (item: T, index: number) => T,
): readonly T[] {
  let changed: T[] | undefined;
  items.forEach((item, index) => {
    const next = change(item, index);
    if (next === item) return;
    changed ??= [...items];
    changed[index] = next;
  });
  return changed ?? items;
}

/** Applies `change` to every graph below the main graph and to the main graph, innermost first. */
export function mapGraphs(model: Model, change: (graph: Graph, path: GraphPath) => Graph): Model {
  const graph = mapGraph(model.graph, change, []);
  return graph === model.graph ? model : { ...model, graph };
}

function mapGraph(
  graph: Graph,
  change: (graph: Graph, path: GraphPath) => Graph,
  path: GraphPath,
): Graph {
  const nodes = mapKeeping(graph.nodes, (node, index) =>
    mapSubgraphs(node, (inner, attribute, position) =>
      mapGraph(inner, change, [...path, { node: index, attribute, index: position }]),
    ),
  );
  return change(nodes === graph.nodes ? graph : { ...graph, nodes }, path);
}

function mapSubgraphs(
  node: Node,
  change: (graph: Graph, attribute: string, index: number) => Graph,
): Node {
  const attributes = mapKeeping(node.attributes, (attribute) => {
    const { g, graphs } = attribute;
    const inner = g && change(g, attribute.name, 0);
    const inners =
      graphs && mapKeeping(graphs, (graph, index) => change(graph, attribute.name, index));
    if (inner === g && inners === graphs) return attribute;
    return { ...attribute, ...(inner ? { g: inner } : {}), ...(inners ? { graphs: inners } : {}) };
  });
  return attributes === node.attributes ? node : { ...node, attributes };
}

/** The graph at a path. Errors: RangeError where the path does not exist. */
export function graphAt(model: Model, path: GraphPath): Graph {
  return path.reduce<Graph>((graph, { node, attribute, index }) => {
    const found = graph.nodes[node]?.attributes.find(({ name }) => name === attribute);
    const inner = found?.g ?? found?.graphs?.[index];
    if (!inner) throw new RangeError(`no graph at ${attribute} of node ${node}`);
    return inner;
  }, model.graph);
}

/** Applies `change` to one graph. */
export function updateGraph(model: Model, path: GraphPath, change: (graph: Graph) => Graph): Model {
  const [first, ...rest] = path;
  if (!first) {
    const graph = change(model.graph);
    return graph === model.graph ? model : { ...model, graph };
  }
  return { ...model, graph: updateIn(model.graph, first, rest, change) };
}

function updateIn(
  graph: Graph,
  step: GraphStep,
  rest: GraphPath,
  change: (graph: Graph) => Graph,
): Graph {
  const [next, ...further] = rest;
  const nodes = mapKeeping(graph.nodes, (node, index) =>
    index !== step.node
      ? node
      : mapSubgraphs(node, (inner, attribute, position) =>
          attribute !== step.attribute || position !== step.index
            ? inner
            : next
              ? updateIn(inner, next, further, change)
              : change(inner),
        ),
  );
  return { ...graph, nodes };
}

/** Applies `change` to every stored tensor: initializers, sparse parts, attributes, functions, training graphs. */
export function mapTensors(model: Model, change: (tensor: Tensor) => Tensor): Model {
  const inNodes = (nodes: readonly Node[]) =>
    mapKeeping(nodes, (node) => tensorsInNode(node, change));
  const inGraph = (graph: Graph): Graph => {
    const nodes = inNodes(graph.nodes);
    const initializers = mapKeeping(graph.initializers, change);
    const sparseInitializers = mapKeeping(graph.sparseInitializers, (one) =>
      tensorsInSparse(one, change),
    );
    const same =
      nodes === graph.nodes &&
      initializers === graph.initializers &&
      sparseInitializers === graph.sparseInitializers;
    return same ? graph : { ...graph, nodes, initializers, sparseInitializers };
  };
  const trainingInfos = mapKeeping(model.trainingInfos, (info) => {
    const initialization = info.initialization && mapGraph(info.initialization, inGraph, []);
    const algorithm = info.algorithm && mapGraph(info.algorithm, inGraph, []);
    if (initialization === info.initialization && algorithm === info.algorithm) return info;
    return {
      ...info,
      ...(initialization ? { initialization } : {}),
      ...(algorithm ? { algorithm } : {}),
    };
  });
  const functions = mapKeeping(model.functions, (one) => {
    const nodes = inNodes(one.nodes);
    return nodes === one.nodes ? one : { ...one, nodes };
  });
  const mapped = mapGraphs(model, inGraph);
  const same = trainingInfos === model.trainingInfos && functions === model.functions;
  return same ? mapped : { ...mapped, trainingInfos, functions };
}

/** Graph attributes are left to `mapGraphs`; here only the tensors of the node itself change. */
function tensorsInNode(node: Node, change: (tensor: Tensor) => Tensor): Node {
  const attributes = mapKeeping(node.attributes, (attribute) =>
    tensorsInAttribute(attribute, change),
  );
  return attributes === node.attributes ? node : { ...node, attributes };
}

function tensorsInAttribute(attribute: Attribute, change: (tensor: Tensor) => Tensor): Attribute {
  const { t, tensors, sparseTensor, sparseTensors } = attribute;
  const next = {
    ...(t ? { t: change(t) } : {}),
    ...(tensors ? { tensors: mapKeeping(tensors, change) } : {}),
    ...(sparseTensor ? { sparseTensor: tensorsInSparse(sparseTensor, change) } : {}),
    ...(sparseTensors
      ? { sparseTensors: mapKeeping(sparseTensors, (one) => tensorsInSparse(one, change)) }
      : {}),
  };
  const same = Object.entries(next).every(
    ([key, value]) => attribute[key as keyof Attribute] === value,
  );
  return same ? attribute : { ...attribute, ...next };
}

function tensorsInSparse(sparse: SparseTensor, change: (tensor: Tensor) => Tensor): SparseTensor {
  const values = sparse.values && change(sparse.values);
  const indices = sparse.indices && change(sparse.indices);
  if (values === sparse.values && indices === sparse.indices) return sparse;
  return { ...sparse, ...(values ? { values } : {}), ...(indices ? { indices } : {}) };
}
