/**
 * A model's nodes as one flat list: those of subgraphs and functions included, each with the nodes that
 * its inputs come from, the stored tensors that it takes, and the path of groups that it lies in.
 */
import { attributeOf } from '../onnx/build.ts';
import { operatorOf } from '../onnx/flow.ts';
import { sizeInFile } from '../onnx/size-in-file.ts';
import type { Graph, Model, ModelFunction, Node, Tensor, ValueInfo } from '../onnx/types.ts';
import { subgraphsOf } from '../onnx/walk.ts';
import { pathOfNode } from './graph-paths.ts';

/** More nodes than anybody looks through are counted, not listed. */
export const mostNodes = 50_000;

/** A stored tensor that a node takes: an initializer, or what a Constant node holds. */
export interface TakenConstant {
  readonly name: string;
  /** Absent where the constant is a plain attribute: a number, a text. */
  readonly tensor?: Tensor;
}

export interface ListedNode {
  readonly kind: 'node' | 'input' | 'output';
  /** '' in the main graph; otherwise the same for all nodes of one subgraph or function. */
  readonly scope: string;
  readonly name: string;
  /** `MatMul`, `com.microsoft.MatMulNBits`; `Input`, `Output`. */
  readonly op: string;
  readonly node?: Node;
  /** Where the type of an input or output is told. */
  readonly info?: ValueInfo;
  /** Names of the values that it makes. */
  readonly makes: readonly string[];
  /** Positions in the list of the nodes that its inputs come from, each once. */
  readonly sources: readonly number[];
  readonly constants: readonly TakenConstant[];
  /** Stored bytes of its constants that no node before it takes. */
  readonly bytes: number;
  /** Names of the groups around it, outermost first; undefined where nothing tells. */
  readonly path: readonly string[] | undefined;
}

export interface NodeList {
  readonly nodes: readonly ListedNode[];
  /** All nodes of the model that would be listed; more than `nodes` where those were too many. */
  readonly total: number;
}

interface Scope {
  readonly values: Map<string, number | TakenConstant>;
  readonly outer: Scope | undefined;
  readonly id: string;
  /** Groups around everything in it. */
  readonly path: readonly string[];
}

type Draft = { -readonly [Key in keyof ListedNode]: ListedNode[Key] } & { sources: number[] };

/** Lists a model's nodes in the order of the file. Constant nodes are counted with those that take them. */
export function listNodes(model: Model): NodeList {
  const list = new Lister();
  list.graph(model.graph, { values: new Map(), outer: undefined, id: '', path: [] });
  for (const one of model.functions) list.function(one);
  return { nodes: list.nodes, total: list.total };
}

class Lister {
  readonly nodes: Draft[] = [];
  total = 0;
  readonly #counted = new Set<Tensor>();

  graph(graph: Graph, scope: Scope): readonly number[] {
    for (const tensor of graph.initializers)
      scope.values.set(tensor.name, { name: tensor.name, tensor });
    for (const { values } of graph.sparseInitializers)
      if (values) scope.values.set(values.name, { name: values.name, tensor: values });
    for (const info of graph.inputs) {
      if (!scope.values.has(info.name)) this.#boundary('input', info.name, scope, info);
    }
    const outputs = new Set(graph.outputs.map(({ name }) => name));
    this.#body(graph.nodes, scope, outputs);
    return graph.outputs.flatMap((info) => this.#output(info, scope));
  }

  function({ name, domain, inputs, outputs, nodes }: ModelFunction): void {
    const path = [`Function ${[domain, name].filter(Boolean).join('.').slice(0, 60)}`];
    const scope = { values: new Map(), outer: undefined, id: path.join('/'), path };
    for (const one of inputs) this.#boundary('input', one, scope);
    this.#body(nodes, scope, new Set(outputs));
    for (const one of outputs) this.#output({ name: one }, scope);
  }

  /** Declares all nodes before it asks where their inputs come from: order is not to be trusted. */
  #body(nodes: readonly Node[], scope: Scope, kept: ReadonlySet<string>): void {
    const listed: (readonly [Node, Draft, number])[] = [];
    for (const node of nodes) {
      const constant = constantOf(node, kept);
      if (constant) {
        scope.values.set(constant.name, constant);
        continue;
      }
      const draft = this.#draft(node, scope);
      const index = this.#add(draft);
      if (index === undefined) continue;
      listed.push([node, draft, index]);
      for (const output of node.outputs) if (output !== '') scope.values.set(output, index);
    }
    for (const [node, draft, index] of listed) this.#connect(node, draft, index, scope);
  }

  #draft(node: Node, scope: Scope): Draft {
    return {
      kind: 'node',
      scope: scope.id,
      name: node.name,
      op: operatorOf(node),
      node,
      makes: node.outputs.filter((name) => name !== ''),
      sources: [],
      constants: [],
      bytes: 0,
      path: undefined,
    };
  }

  #connect(node: Node, draft: Draft, index: number, scope: Scope): void {
    const sources = new Set<number>();
    const constants: TakenConstant[] = [];
    for (const input of node.inputs) {
      const found = input === '' ? undefined : visible(scope, input);
      if (typeof found === 'number') sources.add(found);
      else if (found) constants.push(found);
    }
    draft.constants = constants;
    draft.bytes = this.#bytesOf(constants);
    const own = pathOfNode(node, constants);
    draft.path = scope.path.length > 0 ? [...scope.path, ...(own ?? [])] : own;
    for (const attribute of node.attributes) {
      let count = 0;
      for (const inner of subgraphsOf(attribute)) {
        const label = `${(node.name || node.opType).slice(-40)} ${attribute.name}${count > 0 ? ` ${count}` : ''}`;
        count++;
        const id = `${scope.id}/${index}.${attribute.name}.${count}`;
        const path = [...(draft.path ?? []), label.slice(0, 80)];
        for (const one of this.graph(inner, { values: new Map(), outer: scope, id, path }))
          sources.add(one);
      }
    }
    sources.delete(index);
    draft.sources = [...sources];
  }

  #boundary(kind: 'input' | 'output', name: string, scope: Scope, info?: ValueInfo) {
    const draft: Draft = {
      kind,
      scope: scope.id,
      name,
      op: kind === 'input' ? 'Input' : 'Output',
      makes: kind === 'input' ? [name] : [],
      sources: [],
      constants: [],
      bytes: 0,
      path: scope.path,
      ...(info ? { info } : {}),
    };
    const index = this.#add(draft);
    if (index !== undefined && kind === 'input') scope.values.set(name, index);
    return index === undefined ? undefined : { draft, index };
  }

  /** An output of the main graph or a function is a place of its own; a subgraph's goes to its owner. */
  #output(info: ValueInfo, scope: Scope): readonly number[] {
    const from = visible(scope, info.name);
    const sources = typeof from === 'number' ? [from] : [];
    if (scope.outer) return sources;
    const added = this.#boundary('output', info.name, scope, info);
    if (added) added.draft.sources = sources;
    return [];
  }

  #add(draft: Draft): number | undefined {
    this.total++;
    if (this.nodes.length >= mostNodes) return undefined;
    return this.nodes.push(draft) - 1;
  }

  #bytesOf(constants: readonly TakenConstant[]): number {
    let sum = 0;
    for (const { tensor } of constants) {
      if (!tensor || this.#counted.has(tensor)) continue;
      this.#counted.add(tensor);
      sum += sizeInFile(tensor);
    }
    return sum;
  }
}

/** What a Constant node holds; undefined for other nodes, and where an output of the graph is one. */
function constantOf(node: Node, kept: ReadonlySet<string>): TakenConstant | undefined {
  const name = node.outputs[0];
  if (node.opType !== 'Constant' || node.domain !== '' || !name || kept.has(name)) return undefined;
  const tensor = attributeOf(node, 'value')?.t;
  return { name, ...(tensor ? { tensor } : {}) };
}

function visible(scope: Scope, name: string): number | TakenConstant | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const found = at.values.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
