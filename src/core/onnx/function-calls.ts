/** The functions that a model defines itself, and how far calls of them are followed. */
import type { Attribute, Model, ModelFunction, Node } from './types.ts';
import { subgraphsOfNodes } from './walk.ts';

/** Functions may call functions: past this much copied, or this deep, calls are no longer followed. */
const mostCopied = 200_000;
const deepestCall = 32;

export class FunctionCalls {
  private readonly functions: ReadonlyMap<string, ModelFunction>;
  private readonly sizes = new Map<ModelFunction, number>();
  private copied = 0;

  constructor(model: Model) {
    this.functions = new Map(model.functions.map((one) => [keyOf(one), one]));
  }

  /** The function that a node calls, where it calls one and that is to be followed. */
  calledBy(node: Node, depth: number): ModelFunction | undefined {
    const called = this.functions.get(keyOf({ ...node, name: node.opType }));
    if (!called || depth >= deepestCall) return undefined;
    const size = this.sizes.get(called) ?? sizeOf(called);
    this.sizes.set(called, size);
    this.copied += size;
    return this.copied <= mostCopied ? called : undefined;
  }
}

function keyOf({
  domain,
  name,
  overload = '',
}: Pick<ModelFunction, 'domain' | 'name' | 'overload'>): string {
  return [domain === 'ai.onnx' ? '' : domain, name, overload].join('\n');
}

/** What following a call costs. */
function sizeOf({ inputs, outputs, attributes, nodes }: ModelFunction): number {
  const inside = Array.from(subgraphsOfNodes(nodes), (graph) => graph.nodes).flat();
  const sizes = [...nodes, ...inside].map(
    (node) => 1 + node.inputs.length + node.outputs.length + node.attributes.length,
  );
  const all = sizes.reduce((sum, size) => sum + size, 0);
  return all + inputs.length + outputs.length + attributes.length;
}

/** The attributes that a function's nodes may refer to: those of the call, or else their defaults. */
export function callAttributes(called: ModelFunction, caller: Node): Map<string, Attribute> {
  const all = [...called.attributes, ...caller.attributes];
  return new Map(all.map((attribute) => [attribute.name, attribute]));
}

/** A function's node with the attributes that it takes over from the call. */
export function withCallAttributes(
  node: Node,
  given: ReadonlyMap<string, Attribute> | undefined,
): Node {
  if (!given || !node.attributes.some(({ refAttrName }) => refAttrName)) return node;
  const attributes = node.attributes.flatMap((attribute) => {
    if (!attribute.refAttrName) return attribute;
    const value = given.get(attribute.refAttrName);
    return value ? { ...value, name: attribute.name } : [];
  });
  return { ...node, attributes };
}
