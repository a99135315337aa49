/** Settings that were attributes and became inputs: the attribute's value goes into a constant. */
import { attributeOf, textOf } from '../build.ts';
import type { Node } from '../types.ts';
import { withAttribute, withInput, withoutAttributes } from './rule.ts';
import type { Scope } from './scope.ts';

/**
 * Moves attributes to inputs: `{ axes: 1 }` moves `axes` to the second input. An attribute that the
 * node lacks leaves its input out, and so does an empty list, which always meant the same.
 */
export const toInputs =
  (positions: Readonly<Record<string, number>>) =>
  (node: Node, scope: Scope): readonly Node[] => {
    const moved = Object.entries(positions).reduce((changed, [name, position]) => {
      const attribute = attributeOf(node, name);
      if (!attribute || attribute.ints?.length === 0) return changed;
      return withInput(changed, position, scope.fromAttribute(attribute));
    }, node);
    return [withoutAttributes(moved, ...Object.keys(positions))];
  };

/** TopK's k: an integer before, a list of one after. */
export function countToInput(node: Node, scope: Scope): readonly Node[] {
  const k = attributeOf(node, 'k')?.i;
  if (k === undefined) scope.refuse(node, 'it does not say how many elements to keep');
  return [withoutAttributes(withInput(node, 1, scope.integers('k', [k])), 'k')];
}

/** Clip's bounds have the type of what they bound. */
export function boundsToInputs(node: Node, scope: Scope): readonly Node[] {
  const [data = ''] = node.inputs;
  const before: Node[] = [];
  const bounded = ['min', 'max'].reduce((changed, name, index) => {
    const bound = attributeOf(node, name)?.f;
    if (bound === undefined) return changed;
    const { value, nodes } = scope.scalarLike(name, bound, data);
    before.push(...nodes);
    return withInput(changed, 1 + index, value);
  }, node);
  return [...before, withoutAttributes(bounded, 'min', 'max')];
}

/** Pad's fill value has the type of the data, and says something in constant mode only. */
export function padsToInputs(node: Node, scope: Scope): readonly Node[] {
  const [data = ''] = node.inputs;
  const pads = attributeOf(node, 'pads');
  if (!pads) scope.refuse(node, 'it does not say how much to pad');
  const padded = withoutAttributes(withInput(node, 1, scope.fromAttribute(pads)), 'pads', 'value');
  const fill = attributeOf(node, 'value')?.f ?? 0;
  if (fill === 0 || (textOf(node, 'mode') ?? 'constant') !== 'constant') return [padded];
  const { value, nodes } = scope.scalarLike('fill', fill, data);
  return [...nodes, withInput(padded, 2, value)];
}

/**
 * Dropout's ratio. It does nothing in inference, which all of these nodes are in, but stays for who
 * trains the model on. The mask of inference was unspecified and became all true: nobody may read it.
 */
export function ratioToInput(node: Node, scope: Scope): readonly Node[] {
  const [, mask = ''] = node.outputs;
  if (scope.isUsed(mask))
    scope.refuse(node, 'its mask is read, which opset 12 gave another meaning');
  const [moved] = toInputs({ ratio: 1 })({ ...node, outputs: node.outputs.slice(0, 1) }, scope);
  return moved ? [moved] : [];
}

/** DFT's axis, with the default that changed. */
export function axisToInput(node: Node, scope: Scope): readonly Node[] {
  const explicit = attributeOf(node, 'axis') ? node : withAttribute(node, 'axis', 1);
  return toInputs({ axis: 2 })(explicit, scope);
}
