/** Changes to several graphs of a model, gathered first and applied in one pass: paths stay valid meanwhile. */
import { ModelError } from '../errors.ts';
import { node } from '../onnx/build.ts';
import { graphAt, mapGraphs, mapKeeping, type GraphPath } from '../onnx/edit.ts';
import { freshName, namesOf } from '../onnx/graph.ts';
import { GraphEdit } from '../onnx/graph-edit.ts';
import type { Bytes, Graph, Model, Node, Tensor } from '../onnx/types.ts';
import type { Weight } from '../onnx/weights.ts';

interface GraphChanges {
  readonly first: Node[];
  readonly added: Tensor[];
  readonly dropped: string[];
  readonly swapped: Map<string, Tensor>;
}

/** Where a stored tensor lies: all that `replaceStored` needs of a weight. */
export type Stored = Pick<Weight, 'name' | 'path' | 'stored'>;

export class ModelEdit {
  private readonly model: Model;
  private readonly taken: Set<string>;
  private readonly graphs = new Map<string, GraphChanges>();
  private readonly replaced = new Map<Node, readonly Node[]>();

  constructor(model: Model) {
    this.model = model;
    this.taken = namesOf(model);
  }

  /** A name that nothing in the model has; taken from now on. */
  fresh(base: string): string {
    return freshName(this.taken, base);
  }

  /** Puts `nodes` in the place of a node that holds no subgraphs; none removes it. */
  replace(old: Node, ...nodes: readonly Node[]): void {
    this.replaced.set(old, nodes);
  }

  /**
   * Puts `tensors` and the nodes that compute with them in the place of a stored tensor, in its own
   * graph: initializers where it was one, Constant nodes where it was one.
   */
  replaceStored(stored: Stored, tensors: readonly Tensor[], nodes: readonly Node[]): void {
    if (stored.stored === 'constant') {
      this.replace(constantOf(this.model, stored), ...tensors.map(constantNode), ...nodes);
      return;
    }
    const changes = this.at(stored.path);
    changes.dropped.push(stored.name);
    changes.added.push(...tensors);
    changes.first.push(...nodes);
  }

  /** Adds initializers to a graph. */
  addStored(path: GraphPath, ...tensors: readonly Tensor[]): void {
    this.at(path).added.push(...tensors);
  }

  /** Puts a tensor of the same name, type and dims in the place of a stored one. */
  swapStored(stored: Stored, tensor: Tensor): void {
    if (stored.stored !== 'constant') {
      this.at(stored.path).swapped.set(stored.name, tensor);
      return;
    }
    const old = constantOf(this.model, stored);
    const attributes = old.attributes.map((one) => (one.t ? { ...one, t: tensor } : one));
    this.replace(old, { ...old, attributes });
  }

  /** The edited model; the very model where nothing was edited. */
  done(): Model {
    const edited = mapGraphs(this.model, (graph, path) =>
      this.apply(graph, this.graphs.get(keyOf(path))),
    );
    return edited === this.model ? edited : withFreeInitializers(edited);
  }

  private at(path: GraphPath): GraphChanges {
    const key = keyOf(path);
    const changes = this.graphs.get(key) ?? {
      first: [],
      added: [],
      dropped: [],
      swapped: new Map<string, Tensor>(),
    };
    this.graphs.set(key, changes);
    return changes;
  }

  private apply(graph: Graph, changes: GraphChanges | undefined): Graph {
    const old = graph.nodes.filter((one) => this.replaced.has(one));
    if (!changes && old.length === 0) return graph;
    const edit = new GraphEdit(changes ? withSwapped(graph, changes.swapped) : graph);
    for (const one of old) edit.replace(one, ...(this.replaced.get(one) ?? []));
    if (changes) {
      for (const name of changes.dropped) edit.removeInitializer(name);
      edit.addInitializer(...changes.added).insertFirst(...changes.first);
    }
    return withoutLostValues(edit.done(), old);
  }
}

/** Drops the notes about values that the replaced nodes made and nothing makes any more. */
function withoutLostValues(graph: Graph, replaced: readonly Node[]): Graph {
  const lost = new Set(replaced.flatMap(({ outputs }) => outputs));
  for (const { outputs } of graph.nodes) for (const output of outputs) lost.delete(output);
  const valueInfos = graph.valueInfos.filter(({ name }) => !lost.has(name));
  return valueInfos.length === graph.valueInfos.length ? graph : { ...graph, valueInfos };
}

/**
 * Up to IR version 3 every initializer had to be a graph input as well; the new ones are not. From
 * version 4 on such an input would be a default that callers may replace.
 */
function withFreeInitializers(model: Model): Model {
  const { graph, irVersion = 4 } = model;
  if (irVersion > 3) return model;
  const stored = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !stored.has(name));
  return { ...model, irVersion: 4, graph: { ...graph, inputs } };
}

const withSwapped = (graph: Graph, swapped: ReadonlyMap<string, Tensor>): Graph => ({
  ...graph,
  initializers: mapKeeping(graph.initializers, (tensor) => swapped.get(tensor.name) ?? tensor),
});

const keyOf = (path: GraphPath): string =>
  path.map((step) => `${step.node}.${step.attribute}.${step.index}`).join('/');

const constantNode = (tensor: Tensor): Node =>
  node('Constant', [], [tensor.name], { name: tensor.name, attributes: { value: tensor } });

/** The Constant node that holds a stored tensor. Errors: ModelError where there is none. */
export function constantOf(model: Model, { name, path }: Stored): Node {
  const found = graphAt(model, path).nodes.find(({ outputs }) => outputs[0] === name);
  if (found) return found;
  throw new ModelError(
    `No node makes the constant "${name}". The graph is damaged; export it again.`,
  );
}

/** Results above this size leave the heap for a Blob, which the platform may keep elsewhere. */
const largestHeld = 64 * 1024;

/** Bytes that a technique made, in the form in which a model should keep them. */
export function kept(bytes: Uint8Array): Bytes {
  return bytes.byteLength > largestHeld ? new Blob([bytes as Uint8Array<ArrayBuffer>]) : bytes;
}
