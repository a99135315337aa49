/** Makes the web of values of flow.ts from a model. */
import { attributeOf } from './build.ts';
import type { GraphPath } from './edit.ts';
import type { Flow, FlowNode, FlowValue, Stored } from './flow.ts';
import { callAttributes, FunctionCalls, withCallAttributes } from './function-calls.ts';
import { declared, visible, type DraftValue, type Scope } from './scope.ts';
import type { Attribute, Graph, Model, ModelFunction, Node, SparseTensor } from './types.ts';
import { subgraphsOf } from './walk.ts';

/** Node names become part of the keys below them, and a name may be as long as its file. */
const longestLabel = 200;
const longestPrefix = 1000;
/** No operator has as many branches. */
const mostBranches = 8;

/** Where the nodes being read stand. */
interface Place {
  readonly scope: Scope;
  readonly path: GraphPath;
  readonly prefix: string;
  readonly call?: FlowNode;
  readonly depth: number;
  /** Attributes of the call, which a function's nodes may refer to. */
  readonly attributes?: ReadonlyMap<string, Attribute>;
}

/** Resolves every name of a model. Linear in its size; a missing value simply has no producer. */
export function flowOf(model: Model): Flow {
  return new Builder(model).flow(model.graph);
}

class Builder {
  private readonly nodes: FlowNode[] = [];
  private readonly stored: Stored[] = [];
  private readonly keys = new Map<string, number>();
  private readonly functions: FunctionCalls;

  constructor(model: Model) {
    this.functions = new FunctionCalls(model);
  }

  flow(main: Graph): Flow {
    const scope: Scope = { values: new Map(), outer: undefined };
    const place: Place = { scope, path: [], prefix: '', depth: 0 };
    const inputs = main.inputs.map(({ name }) => declared(scope, name));
    this.graph(main, place);
    return {
      nodes: this.nodes,
      stored: this.stored,
      inputs: inputs.filter(({ tensor }) => tensor === undefined),
    };
  }

  /** Reads a graph whose inputs are declared; gives its outputs. */
  private graph(graph: Graph, place: Place): (DraftValue | undefined)[] {
    for (const tensor of graph.initializers) {
      this.store(place, tensor.name, { kind: 'initializer', tensor, dims: tensor.dims });
    }
    for (const sparse of graph.sparseInitializers) {
      this.storeSparse(place, sparse.values?.name ?? '', sparse);
    }
    this.body(graph.nodes, place);
    return graph.outputs.map(({ name }) => visible(place.scope, name));
  }

  private body(nodes: readonly Node[], place: Place): void {
    // First all outputs, so that nodes may stand in any order.
    for (const { outputs } of nodes) {
      for (const name of outputs) if (name !== '') declared(place.scope, name);
    }
    nodes.forEach((node, index) =>
      this.node(withCallAttributes(node, place.attributes), index, place),
    );
  }

  private node(node: Node, index: number, place: Place): void {
    const { scope } = place;
    const inputs = node.inputs.map((name) => (name === '' ? undefined : visible(scope, name)));
    const outputs = node.outputs.map((name) => (name === '' ? undefined : scope.values.get(name)));
    const called = this.functions.calledBy(node, place.depth);
    if (called) {
      this.call(called, this.add(node, inputs, [], place), outputs, place);
      return;
    }
    const inner = node.attributes.flatMap((attribute) =>
      Array.from(subgraphsOf(attribute), (graph, position) => ({ attribute, graph, position })),
    );
    const flowNode = this.add(node, inputs, inner.length > 0 ? [] : outputs, place);
    if (node.opType === 'Constant') this.constant(node, outputs[0], place);
    const results = inner.map(({ attribute, graph, position }) => {
      const step = { node: index, attribute: attribute.name, index: position };
      const list = attribute.graphs ? `[${position}]` : '';
      const label = `${labelOf(node, index)}.${attribute.name}${list}`.slice(-longestLabel);
      const prefix = `${place.prefix}${label}/`.slice(-longestPrefix);
      return this.subgraph(graph, flowNode, { ...place, path: [...place.path, step], prefix });
    });
    if (inner.length > 0) this.leave(node, results, outputs, place);
  }

  private subgraph(
    graph: Graph,
    owner: FlowNode,
    place: Place,
  ): readonly (DraftValue | undefined)[] {
    const scope: Scope = { values: new Map(), outer: place.scope };
    const inner = { ...place, scope };
    graph.inputs.forEach(({ name }, position) => {
      const value = declared(scope, name);
      const outer = owner.inputs[position];
      // A Loop counts its first input itself.
      const counter = owner.node.opType === 'Loop' && position === 0;
      if (outer && !counter) this.add(owner.node, [outer], [value], inner, true);
    });
    return this.graph(graph, inner);
  }

  /** Joins what the branches give to the node's outputs. A Loop's body gives its condition first. */
  private leave(
    node: Node,
    results: readonly (readonly (DraftValue | undefined)[])[],
    outputs: readonly (DraftValue | undefined)[],
    place: Place,
  ): void {
    const skipped = node.opType === 'Loop' ? 1 : 0;
    outputs.forEach((output, position) => {
      const branches = results.slice(0, mostBranches);
      const inner = branches.flatMap((values) => values[position + skipped] ?? []);
      if (output) this.add(node, inner, [output], place, true);
    });
  }

  private call(
    called: ModelFunction,
    caller: FlowNode,
    outputs: readonly (DraftValue | undefined)[],
    place: Place,
  ): void {
    const scope: Scope = { values: new Map(), outer: undefined };
    called.inputs.forEach((name, position) => {
      const given = caller.inputs[position];
      if (given) scope.values.set(name, given as DraftValue);
    });
    const inner: Place = {
      ...place,
      scope,
      call: place.call ?? caller,
      depth: place.depth + 1,
      attributes: callAttributes(called, caller.node),
    };
    this.body(called.nodes, inner);
    outputs.forEach((output, position) => {
      const result = visible(scope, called.outputs[position] ?? '');
      if (output && result) this.add(caller.node, [result], [output], inner, true);
    });
  }

  private add(
    node: Node,
    inputs: readonly (FlowValue | undefined)[],
    outputs: readonly (DraftValue | undefined)[],
    { path, call }: Place,
    phi = false,
  ): FlowNode {
    const index = this.nodes.length;
    const flowNode = { index, node, path, phi, inputs, outputs, ...(call ? { call } : {}) };
    this.nodes.push(flowNode);
    inputs.forEach((value, input) => {
      if (value) (value as DraftValue).uses.push({ node: flowNode, input });
    });
    for (const output of outputs) if (output) output.producer = flowNode;
    return flowNode;
  }

  private constant(node: Node, output: DraftValue | undefined, place: Place): void {
    if (!output) return;
    const tensor = attributeOf(node, 'value')?.t;
    const sparse = attributeOf(node, 'sparse_value')?.sparseTensor;
    if (tensor) this.store(place, output.name, { kind: 'constant', tensor, dims: tensor.dims });
    else if (sparse) this.storeSparse(place, output.name, sparse);
  }

  private storeSparse(place: Place, name: string, { values, indices, dims }: SparseTensor): void {
    if (!values) return;
    this.store(place, name, {
      kind: 'sparse',
      tensor: values,
      dims,
      ...(indices ? { indices } : {}),
    });
  }

  private store(place: Place, name: string, found: Omit<Stored, 'key' | 'path' | 'value'>): void {
    const value = declared(place.scope, name);
    // A second definition of the name is a fault that check.ts reports.
    if (value.tensor) return;
    value.tensor = found.tensor;
    if (place.call) return;
    const key = this.freshKey(`${place.prefix}${name}`);
    this.stored.push({ ...found, key, path: place.path, value });
  }

  /** Like `freshName`, but linear where very many share a name. */
  private freshKey(base: string): string {
    let key = base;
    let count = this.keys.get(base) ?? 0;
    for (; this.keys.has(key); count++) key = `${base}_${count + 1}`;
    this.keys.set(base, count).set(key, 0);
    return key;
  }
}

const labelOf = ({ name, outputs, opType }: Node, index: number): string =>
  name || outputs.find((output) => output !== '') || `${opType}_${index}`;
