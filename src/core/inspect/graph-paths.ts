/** Which groups a node lies in, as exporters tell it: by the node's name, by notes, or by its weights' names. */
import type { Node } from '../onnx/types.ts';
import type { TakenConstant } from './graph-nodes.ts';

/** Deeper nesting, and longer names, help nobody. */
const deepest = 12;
const longest = 60;

/**
 * `/model/layers.0/attn/MatMul` lies in model, layers.0, attn. Exporters without such names leave a
 * `namespace` note; failing that, the weight `encoder.layers.0.fc1.weight` says it.
 */
export function pathOfNode(
  { name, metadataProps }: Pick<Node, 'name' | 'metadataProps'>,
  constants: readonly TakenConstant[],
): readonly string[] | undefined {
  if (name.length < 4000 && name.includes('/')) return path(name.split('/').slice(0, -1));
  const note = metadataProps?.find(({ key }) => key === 'namespace')?.value;
  // `model.Net/layers.0: torch.nn.Linear/linear`: what stands after a colon is the class.
  if (note?.includes('/') && note.length < 4000) {
    return path(note.split('/').map((part) => part.split(':')[0]?.trim() ?? ''));
  }
  const weight = constants.find(({ name }) => /^[^/]{1,400}\.(weight|bias)/.test(name));
  return weight && path(weight.name.replace(/\.(weight|bias).*$/s, '').split('.'));
}

function path(parts: readonly string[]): readonly string[] | undefined {
  const named = parts.filter((part) => part !== '').map((part) => part.slice(0, longest));
  return named.length > 0 ? joinNumbers(named).slice(0, deepest) : undefined;
}

/** `layers`, `0` reads as one group: `layers.0`. */
function joinNumbers(parts: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const part of parts) {
    const before = joined[joined.length - 1];
    if (/^\d+$/.test(part) && before !== undefined) joined[joined.length - 1] = `${before}.${part}`;
    else joined.push(part);
  }
  return joined;
}
