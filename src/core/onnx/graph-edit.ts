/** Edits of one graph, gathered and applied at once; the graph that was given stays as it is. */
import { indexGraph, sorted, type GraphIndex } from './graph.ts';
import type { Graph, Node, Tensor } from './types.ts';

/** Gathers edits of one graph. `done()` applies them; nodes stay in topological order. */
export class GraphEdit {
  readonly index: GraphIndex;
  private readonly graph: Graph;
  private readonly replaced = new Map<Node, readonly Node[]>();
  private readonly first: Node[] = [];
  private readonly dropped = new Set<string>();
  private readonly added: Tensor[] = [];

  constructor(graph: Graph) {
    this.graph = graph;
    this.index = indexGraph(graph);
  }

  /** Puts `nodes` in the place of `node`; none removes it. A second call replaces the first's answer. */
  replace(node: Node, ...nodes: readonly Node[]): this {
    this.replaced.set(node, nodes);
    return this;
  }

  remove(node: Node): this {
    return this.replace(node);
  }

  insertBefore(node: Node, ...nodes: readonly Node[]): this {
    return this.replace(node, ...nodes, ...this.current(node));
  }

  insertAfter(node: Node, ...nodes: readonly Node[]): this {
    return this.replace(node, ...this.current(node), ...nodes);
  }

  /** Puts nodes in front of all others: for what depends on initializers alone. */
  insertFirst(...nodes: readonly Node[]): this {
    this.first.push(...nodes);
    return this;
  }

  /** What stands where `node` stood, with the edits so far. */
  current(node: Node): readonly Node[] {
    return this.replaced.get(node) ?? [node];
  }

  addInitializer(...tensors: readonly Tensor[]): this {
    this.added.push(...tensors);
    return this;
  }

  /** Removes an initializer and the graph input of the same name, which files before IR version 4 require. */
  removeInitializer(name: string): this {
    this.dropped.add(name);
    return this;
  }

  /** The edited graph. Errors: ModelError where the edit leaves a cycle. */
  done(): Graph {
    const { graph } = this;
    const nodes = [...this.first, ...graph.nodes.flatMap((node) => this.current(node))];
    const kept = <T extends { readonly name: string }>(items: readonly T[]): readonly T[] =>
      this.dropped.size === 0 ? items : items.filter(({ name }) => !this.dropped.has(name));
    return sorted({
      ...graph,
      nodes,
      initializers: [...kept(graph.initializers), ...this.added],
      inputs: kept(graph.inputs),
    });
  }
}
