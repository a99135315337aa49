/**
 * Softmax, LogSoftmax and Hardmax before opset 13 saw a matrix: the axes before `axis` made its rows,
 * `axis` and all behind it its columns. From 13 on they work along `axis` alone.
 */
import { attribute, attributeOf, intOf, node as makeNode } from '../build.ts';
import type { Node } from '../types.ts';
import type { Dims } from './facts.ts';
import { withAttribute } from './rule.ts';
import type { Scope } from './scope.ts';

/** Makes the old matrix visible, unless both meanings agree for what is known of the shape. */
export function alongOneAxis(node: Node, scope: Scope): readonly Node[] {
  const [input = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const axis = attributeOf(node, 'axis') ?? attribute('axis', 1);
  const dims = scope.fact(input).dims ?? scope.fact(output).dims;
  const alone = axis.refAttrName === undefined && aloneInColumns(intOf(node, 'axis', 1), dims);
  if (alone !== false) return [withAttribute(node, 'axis', alone)];
  const [rows, result, shape] = [`${output}_rows`, `${output}_flat`, `${output}_shape`].map(
    (name) => scope.fresh(name),
  ) as [string, string, string];
  const flatten = { ...makeNode('Flatten', [input], [rows]), attributes: [axis] };
  return [
    flatten,
    withAttribute({ ...node, inputs: [rows], outputs: [result] }, 'axis', -1),
    makeNode('Shape', [input], [shape]),
    makeNode('Reshape', [result, shape], [output]),
  ];
}

/** The axis that makes up the columns by itself, all others there being 1; false where none is known to. */
function aloneInColumns(axis: number, dims: Dims | undefined): number | false {
  if (axis === -1) return axis;
  if (!dims) return false;
  const first = axis < 0 ? axis + dims.length : axis;
  if (first < 0 || first >= dims.length) return false;
  const wide = dims.flatMap((dim, at) => (at >= first && dim !== 1 ? [at] : []));
  return wide.length > 1 ? false : (wide[0] ?? first);
}
