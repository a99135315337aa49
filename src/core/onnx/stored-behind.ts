/** Finds the stored tensors whose numbers a value has. */
import { attributeOf } from './build.ts';
import type { Graph, Node, Tensor } from './types.ts';

/** More nodes never lie between a scale and where it is stored. */
const longest = 8;

/**
 * The stored tensors behind a value of a graph: itself, or what Identity and Cast nodes pass on, or both
 * factors of one Mul of such. Empty where the value is computed from anything else.
 */
export function storedBehind(
  graph: Pick<Graph, 'initializers' | 'nodes'>,
  name: string,
): readonly Tensor[] {
  const found = passedOn(graph, name);
  if (!found) return [];
  if (!('inputs' in found)) return [found];
  const factors = found.opType === 'Mul' ? found.inputs.map((one) => passedOn(graph, one)) : [];
  const stored = factors.filter((one): one is Tensor => one !== undefined && 'dims' in one);
  return stored.length === factors.length ? stored : [];
}

/** The stored tensor that Identity and Cast nodes pass on, or the node before them that does more. */
function passedOn(
  { initializers, nodes }: Pick<Graph, 'initializers' | 'nodes'>,
  name: string,
): Tensor | Node | undefined {
  let at = name;
  for (let step = 0; step < longest; step++) {
    const wanted = at;
    const stored = initializers.find((tensor) => tensor.name === wanted);
    if (stored) return stored;
    const maker = nodes.find(({ outputs }) => outputs[0] === wanted);
    if (maker?.opType === 'Constant') return attributeOf(maker, 'value')?.t;
    if (maker?.opType !== 'Identity' && maker?.opType !== 'Cast') return maker;
    at = maker.inputs[0] ?? '';
  }
  return undefined;
}
