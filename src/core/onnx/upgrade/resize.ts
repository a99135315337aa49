/** Upsample and Resize: how pixels of the result find theirs in the input. */
import { node as makeNode, textOf } from '../build.ts';
import type { Node } from '../types.ts';
import { withAttribute, withInput } from './rule.ts';
import type { Scope } from './scope.ts';

/** Upsample is Resize with scales of at least 1, where the nearest pixel is the one below. */
export function upsampleToResize(node: Node): readonly Node[] {
  const resize = { ...node, opType: 'Resize' };
  return [isNearest(node) ? withAttribute(resize, 'nearest_mode', 'floor') : resize];
}

/**
 * Resize of opset 10 divides the coordinate by the scale (`asymmetric`). Its nearest pixel is the one
 * below on axes that grow and the one above on axes that shrink (so in the ONNX backend tests and in
 * onnxruntime). Nearest works on each axis by itself, so growing and shrinking can follow each other.
 */
export async function coordinatesAsWere(node: Node, scope: Scope): Promise<readonly Node[]> {
  const [input = '', scales = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const resize = (from: string, factors: string, to: string, rounding?: 'floor' | 'ceil'): Node => {
    const moved = { ...node, inputs: [from, '', factors], outputs: [to] };
    const placed = withAttribute(moved, 'coordinate_transformation_mode', 'asymmetric');
    return rounding ? withAttribute(placed, 'nearest_mode', rounding) : placed;
  };
  if (!isNearest(node) || textOf(node, 'nearest_mode')) return [resize(input, scales, output)];
  const known = await scope.numbers(scales);
  if (known?.every((scale) => scale >= 1)) return [resize(input, scales, output, 'floor')];
  if (known?.every((scale) => scale <= 1)) return [resize(input, scales, output, 'ceil')];
  const one = scope.floats('one', 1);
  const [grow, grown, shrink] = ['grow', 'grown', 'shrink'].map((part) =>
    scope.fresh(`${output}_${part}`),
  ) as [string, string, string];
  return [
    makeNode('Max', [scales, one], [grow]),
    { ...resize(input, grow, grown, 'floor'), name: scope.fresh(grown) },
    makeNode('Min', [scales, one], [shrink]),
    resize(grown, shrink, output, 'ceil'),
  ];
}

/**
 * From opset 13 on, sizes exclude scales, which had to be an empty tensor. The mode
 * `tf_half_pixel_for_nn` went: it put the coordinate half a pixel further than `half_pixel` does, so
 * its floor is the other's rounding to nearest, halves up.
 */
export function oneOfScalesAndSizes(node: Node, scope: Scope): readonly Node[] {
  const [, , , sizes = ''] = node.inputs;
  const resize = sizes === '' ? node : withInput(node, 2, '');
  if (textOf(node, 'coordinate_transformation_mode') !== 'tf_half_pixel_for_nn') return [resize];
  if (!isNearest(node) || textOf(node, 'nearest_mode') !== 'floor') {
    scope.refuse(node, 'opset 13 has no coordinates like tf_half_pixel_for_nn with this rounding');
  }
  const centered = withAttribute(resize, 'coordinate_transformation_mode', 'half_pixel');
  return [withAttribute(centered, 'nearest_mode', 'round_prefer_ceil')];
}

const isNearest = (node: Node): boolean => (textOf(node, 'mode') ?? 'nearest') === 'nearest';
