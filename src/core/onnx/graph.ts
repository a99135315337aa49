/** What the nodes of a graph make and use: finding, naming, ordering, dropping, renaming. */
import { ModelError } from '../errors.ts';
import { subgraphsOf, withSubgraphs } from './walk.ts';
import type { Graph, Model, Node, Tensor } from './types.ts';

/** One use of a value. `captured` where a subgraph of the node uses it rather than the node itself. */
export interface Use {
  readonly node: Node;
  /** Position among the node's inputs; -1 where captured. */
  readonly input: number;
  readonly captured: boolean;
}

export interface GraphIndex {
  readonly initializer: ReadonlyMap<string, Tensor>;
  /** The node that makes a value. */
  readonly producer: ReadonlyMap<string, Node>;
  uses(value: string): readonly Use[];
  readonly isOutput: (value: string) => boolean;
}

/** Values that a node's subgraphs take from outside. */
export function capturedBy(node: Node): Set<string> {
  const captured = new Set<string>();
  for (const attribute of node.attributes) {
    for (const graph of subgraphsOf(attribute))
      for (const name of freeValues(graph)) captured.add(name);
  }
  return captured;
}

function freeValues(graph: Graph): Set<string> {
  const own = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
  for (const { values } of graph.sparseInitializers) if (values) own.add(values.name);
  for (const { outputs } of graph.nodes) for (const output of outputs) own.add(output);
  const used = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes) {
    for (const input of node.inputs) used.add(input);
    for (const input of capturedBy(node)) used.add(input);
  }
  return new Set([...used].filter((name) => name !== '' && !own.has(name)));
}

/** Finds producers and consumers. One pass over the graph. */
export function indexGraph(graph: Graph): GraphIndex {
  const producer = new Map<string, Node>();
  const uses = new Map<string, Use[]>();
  const use = (value: string, one: Use) => {
    const known = uses.get(value);
    if (known) known.push(one);
    else uses.set(value, [one]);
  };
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== '') producer.set(output, node);
    node.inputs.forEach((value, input) => {
      if (value !== '') use(value, { node, input, captured: false });
    });
    for (const value of capturedBy(node)) use(value, { node, input: -1, captured: true });
  }
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  return {
    initializer: new Map(graph.initializers.map((tensor) => [tensor.name, tensor])),
    producer,
    uses: (value) => uses.get(value) ?? [],
    isOutput: (value) => outputs.has(value),
  };
}

/** Every name that a model uses for values and nodes, subgraphs included. */
export function namesOf(model: Model): Set<string> {
  const names = new Set<string>();
  for (const graph of withSubgraphs(model.graph)) {
    for (const { name } of [...graph.inputs, ...graph.outputs, ...graph.initializers])
      names.add(name);
    for (const { values } of graph.sparseInitializers) if (values) names.add(values.name);
    for (const { name, inputs, outputs } of graph.nodes) {
      for (const each of [name, ...inputs, ...outputs]) names.add(each);
    }
  }
  return names;
}

/** `base`, or `base_1`, `base_2`, … : the first that is free. Takes it. */
export function freshName(taken: Set<string>, base: string): string {
  let name = base;
  for (let count = 1; taken.has(name); count++) name = `${base}_${count}`;
  taken.add(name);
  return name;
}

/** The graph with every node after those it depends on; as it was where that holds already. Errors: ModelError on a cycle. */
export function sorted(graph: Graph): Graph {
  const producer = indexGraph(graph).producer;
  const state = new Map<Node, 'open' | 'placed'>();
  const order: Node[] = [];
  for (const root of graph.nodes) {
    // An explicit stack: a chain of nodes may be longer than the call stack.
    const stack: Node[] = [root];
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      if (state.get(node) === 'placed') {
        stack.pop();
        continue;
      }
      const waiting = dependencies(node, producer).filter((one) => state.get(one) !== 'placed');
      if (waiting.length === 0) {
        state.set(node, 'placed');
        order.push(node);
        stack.pop();
      } else if (state.get(node) === 'open') {
        throw new ModelError(
          `Node "${node.name || node.opType}" depends on its own output. The graph is damaged; export it again.`,
        );
      } else {
        state.set(node, 'open');
        stack.push(...waiting.reverse());
      }
    }
  }
  return order.every((node, index) => node === graph.nodes[index])
    ? graph
    : { ...graph, nodes: order };
}

function dependencies(node: Node, producer: ReadonlyMap<string, Node>): Node[] {
  const values = [...node.inputs, ...capturedBy(node)];
  return values.flatMap((value) => producer.get(value) ?? []);
}

/** Drops nodes, initializers and value notes that no output of the graph needs. */
export function withoutUnreachable(graph: Graph): Graph {
  const { producer } = indexGraph(graph);
  const needed = new Set<string>();
  const keep = new Set<Node>();
  const open = graph.outputs.map(({ name }) => name);
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (needed.has(value)) continue;
    needed.add(value);
    const node = producer.get(value);
    if (!node || keep.has(node)) continue;
    keep.add(node);
    open.push(...node.inputs, ...capturedBy(node));
  }
  const isKept = ({ name }: { readonly name: string }): boolean => needed.has(name);
  const initializers = graph.initializers.filter(isKept);
  const gone = new Set(
    graph.initializers.filter((one) => !needed.has(one.name)).map((one) => one.name),
  );
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => keep.has(node)),
    initializers,
    inputs: graph.inputs.filter(({ name }) => !gone.has(name)),
    sparseInitializers: graph.sparseInitializers.filter(({ values }) => !values || isKept(values)),
    valueInfos: graph.valueInfos.filter((info) => isKept(info)),
  };
}

/** Renames a value wherever this graph and its subgraphs use it. */
export function renameValue(graph: Graph, from: string, to: string): Graph {
  const name = (value: string): string => (value === from ? to : value);
  const named = <T extends { readonly name: string }>(item: T): T =>
    item.name === from ? { ...item, name: to } : item;
  return {
    ...graph,
    nodes: graph.nodes.map((node) => renameInNode(node, from, name, to)),
    initializers: graph.initializers.map(named),
    inputs: graph.inputs.map(named),
    outputs: graph.outputs.map(named),
    valueInfos: graph.valueInfos.map(named),
  };
}

function renameInNode(node: Node, from: string, name: (value: string) => string, to: string): Node {
  const captured = capturedBy(node).has(from);
  if (!captured && !node.inputs.includes(from) && !node.outputs.includes(from)) return node;
  const attributes = !captured
    ? node.attributes
    : node.attributes.map((attribute) => ({
        ...attribute,
        ...(attribute.g ? { g: renameValue(attribute.g, from, to) } : {}),
        ...(attribute.graphs
          ? { graphs: attribute.graphs.map((g) => renameValue(g, from, to)) }
          : {}),
      }));
  return { ...node, inputs: node.inputs.map(name), outputs: node.outputs.map(name), attributes };
}
