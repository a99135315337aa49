/** BatchNormalization and GroupNormalization. */
import { intOf, node as makeNode } from '../build.ts';
import { dtypes, type Node } from '../types.ts';
import { withAttribute, withoutAttributes } from './rule.ts';
import type { Scope } from './scope.ts';

/**
 * `spatial = 0` normalized each position of each channel by statistics of its own. The same is done
 * by taking every position for a channel.
 */
export function positionsAsChannels(node: Node, scope: Scope): readonly Node[] {
  const plain = withoutAttributes(node, 'spatial');
  if (intOf(node, 'spatial', 1) !== 0) return [plain];
  if (node.outputs.slice(1).some((output) => output !== '')) {
    scope.refuse(node, 'it trains with statistics for each position (spatial = 0)');
  }
  const [input = '', ...parameters] = node.inputs;
  const [output = ''] = node.outputs;
  const [rows, result, shape] = [`${output}_rows`, `${output}_flat`, `${output}_shape`].map(
    (name) => scope.fresh(name),
  ) as [string, string, string];
  const line = scope.integers('line', [-1]);
  const flat = parameters.map((parameter) => scope.fresh(`${parameter}_flat`));
  return [
    makeNode('Flatten', [input], [rows], { attributes: { axis: 1 } }),
    ...parameters.map((parameter, index) =>
      makeNode('Reshape', [parameter, line], flat.slice(index, index + 1)),
    ),
    { ...plain, inputs: [rows, ...flat], outputs: [result] },
    makeNode('Shape', [input], [shape]),
    makeNode('Reshape', [result, shape], [output]),
  ];
}

/** Training was recognized by the further outputs; from opset 14 on it is an attribute, with two of the four. */
export function trainingByAttribute(node: Node, scope: Scope): readonly Node[] {
  if (node.outputs.slice(1).every((output) => output === '')) return [node];
  if (node.outputs.slice(3).some((output) => scope.isUsed(output))) {
    scope.refuse(node, 'its saved mean or variance is read, which opset 14 no longer has');
  }
  return [withAttribute({ ...node, outputs: node.outputs.slice(0, 3) }, 'training_mode', 1)];
}

/** GroupNormalization's scale and bias: one per group before, one per channel after. */
export function channelsOfGroups(node: Node, scope: Scope): readonly Node[] {
  const [input = '', ...parameters] = node.inputs;
  const { dtype, dims } = scope.fact(input);
  const groups = intOf(node, 'num_groups', 1);
  const uneven = groups < 1 || (dims?.[1] ?? groups) % groups !== 0;
  if (uneven) scope.refuse(node, `its channels do not make ${groups} groups`);
  const { value: shape, nodes } = groupShape(input, groups, dims?.[1], scope);
  const column = scope.integers('column', [-1, 1]);
  const line = scope.integers('line', [-1]);
  const spread = parameters.map((parameter) => {
    const [upright, wide, full] = ['upright', 'wide', 'channels'].map((part) =>
      scope.fresh(`${parameter}_${part}`),
    ) as [string, string, string];
    nodes.push(
      makeNode('Reshape', [parameter, column], [upright]),
      makeNode('Expand', [upright, shape], [wide]),
      makeNode('Reshape', [wide, line], [full]),
    );
    return full;
  });
  // Opset 18 computed in the type of the data throughout, which 21 does only where it is told so.
  const stashed = dtype && dtype !== 'float32';
  const typed = stashed ? withAttribute(node, 'stash_type', dtypes.indexOf(dtype)) : node;
  return [...nodes, { ...typed, inputs: [input, ...spread] }];
}

/** The shape [groups, channels per group], as a constant where the channels are known. */
function groupShape(
  input: string,
  groups: number,
  channels: number | undefined,
  scope: Scope,
): { value: string; nodes: Node[] } {
  if (channels !== undefined) {
    return { value: scope.integers('group_shape', [groups, channels / groups]), nodes: [] };
  }
  const count = scope.integers('groups', [groups]);
  const [all, each, value] = ['channels', 'group_size', 'group_shape'].map((part) =>
    scope.fresh(`${input}_${part}`),
  ) as [string, string, string];
  const nodes = [
    makeNode('Shape', [input], [all], { attributes: { start: 1, end: 2 } }),
    makeNode('Div', [all, count], [each]),
    makeNode('Concat', [count, each], [value], { attributes: { axis: 0 } }),
  ];
  return { value, nodes };
}
