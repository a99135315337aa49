/** Operators, settings and defaults that got another name or another value. */
import { attributeOf, textOf, type AttributeValue } from '../build.ts';
import type { Node } from '../types.ts';
import { withAttribute, withoutAttributes } from './rule.ts';

/** The operator goes on under another name. */
export const renamedTo =
  (opType: string) =>
  (node: Node): readonly Node[] => [{ ...node, opType }];

/** Writes down what an absent attribute meant. */
export const explicit =
  (name: string, meant: AttributeValue) =>
  (node: Node): readonly Node[] => [
    attributeOf(node, name) ? node : withAttribute(node, name, meant),
  ];

/** Forgets attributes that said nothing, or nothing that matters any more. */
export const forget =
  (...names: readonly string[]) =>
  (node: Node): readonly Node[] => [withoutAttributes(node, ...names)];

/** GridSample's modes lost their prefix when it learned to sample more than planes. */
export function modesWithoutPrefix(node: Node): readonly Node[] {
  const mode = textOf(node, 'mode') ?? 'bilinear';
  return [withAttribute(node, 'mode', mode.replace(/^bi/, ''))];
}

/** Split without sizes counts its parts in an attribute. */
export function countParts(node: Node): readonly Node[] {
  if (node.inputs[1]) return [node];
  return [withAttribute(node, 'num_outputs', node.outputs.length)];
}
