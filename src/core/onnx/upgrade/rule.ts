/** What a rule of an upgrade is, and the small changes of a node that rules are made of. */
import { attribute, type AttributeValue } from '../build.ts';
import type { Attribute, Node } from '../types.ts';
import type { Scope } from './scope.ts';

/** One change of one operator's meaning, and the rewrite that keeps a node's meaning across it. */
export interface Rule {
  /** The opset that brought the change. */
  readonly at: number;
  /** What changed. */
  readonly why: string;
  /** Attributes whose values decide the rewrite: a function may not leave them to its caller. */
  readonly reads?: readonly string[];
  /** The nodes that do in opset `at` what the node did before. Errors: ModelError where none can. */
  readonly convert: (node: Node, scope: Scope) => readonly Node[] | Promise<readonly Node[]>;
}

/** The node with an attribute set, whether it had it or not. */
export const withAttribute = (node: Node, name: string, value: AttributeValue): Node =>
  withAttributes(node, attribute(name, value));

/** The node with these attributes in the place of those of the same names. */
export function withAttributes(node: Node, ...attributes: readonly Attribute[]): Node {
  const names = attributes.map(({ name }) => name);
  return { ...node, attributes: [...withoutAttributes(node, ...names).attributes, ...attributes] };
}

/** The node without the attributes of these names; itself where it has none of them. */
export function withoutAttributes(node: Node, ...names: readonly string[]): Node {
  const attributes = node.attributes.filter(({ name }) => !names.includes(name));
  return attributes.length === node.attributes.length ? node : { ...node, attributes };
}

/** The node with a value at one of its inputs; inputs before it that it lacks are left out ('' in ONNX). */
export function withInput(node: Node, position: number, value: string): Node {
  const length = Math.max(node.inputs.length, position + 1);
  const inputs = Array.from({ length }, (_, at) => node.inputs[at] ?? '');
  inputs[position] = value;
  return { ...node, inputs };
}
