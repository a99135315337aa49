/** Finds the stored tensor whose numbers a value has. */
import { attributeOf } from './build.ts';
import type { Graph, Tensor } from './types.ts';

/** More nodes never lie between a scale and where it is stored. */
const longest = 8;

/** The stored tensor behind a value of a graph: itself, or what Identity and Cast nodes pass on. */
export function storedBehind(
  { initializers, nodes }: Pick<Graph, 'initializers' | 'nodes'>,
  name: string,
): Tensor | undefined {
  let at = name;
  for (let step = 0; step < longest; step++) {
    const wanted = at;
    const stored = initializers.find((tensor) => tensor.name === wanted);
    if (stored) return stored;
    const maker = nodes.find(({ outputs }) => outputs[0] === wanted);
    if (maker?.opType === 'Constant') return attributeOf(maker, 'value')?.t;
    if (maker?.opType !== 'Identity' && maker?.opType !== 'Cast') return undefined;
    at = maker.inputs[0] ?? '';
  }
  return undefined;
}
