/** Layers of a model in blocks, told from the names of their weights. */

/** Layers that are put back at once. */
export interface LayerBlock {
  readonly name: string;
  readonly keys: readonly string[];
}

/** Fewer names than this share with others leave the blocks untold. */
const fewestBlocks = 3;

/**
 * Blocks of weights by their keys, in the order in which they come: `layers.0.mlp.up.weight` lies in
 * `layers.0`, up to the first number in its path. Names that tell nothing, such as `onnx::MatMul_77`,
 * are put together as they follow one another, about √n in a block.
 */
export function blocksOf(keys: readonly string[]): readonly LayerBlock[] {
  const named = new Map<string, string[]>();
  for (const key of keys) {
    const name = blockName(key) ?? key;
    named.set(name, [...(named.get(name) ?? []), key]);
  }
  const alone = [...named.values()].filter(({ length }) => length === 1).length;
  const tells = named.size >= fewestBlocks && alone <= named.size / 2;
  if (tells) return [...named].map(([name, own]) => ({ name, keys: own }));
  const size = Math.max(1, Math.round(Math.sqrt(keys.length)));
  return Array.from({ length: Math.ceil(keys.length / size) }, (_, at) => {
    const own = keys.slice(at * size, (at + 1) * size);
    return { name: `weights ${at * size + 1} to ${at * size + own.length}`, keys: own };
  });
}

/** The path up to its first number; undefined where none is followed by a name. */
function blockName(key: string): string | undefined {
  const found = /^(?:.*?[./_])??\d+(?=[./])/.exec(key);
  return found?.[0];
}
