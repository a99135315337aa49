/** The weight by which a node is known in two models: under its first name, however it is stored. */
import { heirsOf } from './graph-heirs.ts';
import type { ListedNode } from './graph-nodes.ts';

type WeightNames = readonly (string | undefined)[];

/**
 * For each node the weight that it takes, itself or by way of nodes that decode stored tensors; on the
 * right under the name on the left from which it comes. Undefined for nodes without one, and for those
 * that decode.
 */
export function weightsOfPairs(
  left: readonly ListedNode[],
  right: readonly ListedNode[],
): { readonly left: WeightNames; readonly right: WeightNames } {
  const [lefts, rights] = [weightNames(left), weightNames(right)];
  const names = (list: WeightNames): readonly string[] => [
    ...new Set(list.filter((name) => name !== undefined)),
  ];
  const origin = new Map<string, string>();
  for (const [old, heirs] of heirsOf(names(lefts), names(rights)))
    for (const heir of heirs) origin.set(heir, old);
  return {
    left: lefts,
    right: rights.map((name) => (name === undefined ? name : (origin.get(name) ?? name))),
  };
}

function weightNames(nodes: readonly ListedNode[]): WeightNames {
  // What a node computed from stored tensors alone decodes.
  const decodes = new Map<number, string | undefined>();
  return nodes.map(({ kind, constants, sources }, index) => {
    if (kind !== 'node') return undefined;
    const own = constants.find(({ tensor }) => tensor && tensor.dims.length > 1)?.name;
    const carried = sources.map((one) => decodes.get(one)).find((name) => name !== undefined);
    const isFixed =
      sources.every((one) => decodes.has(one)) && constants.length + sources.length > 0;
    if (!isFixed) return own ?? carried;
    // Of an operator's two fixed inputs the codes are told, not the scales: they come first in the list.
    decodes.set(index, own ?? carried ?? constants[0]?.name);
    return undefined;
  });
}
