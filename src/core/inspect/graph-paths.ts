/** Which groups a node lies in, as exporters tell it: by the node's name, by notes, or by its weights' names. */
import type { Node } from '../onnx/types.ts';
import type { TakenConstant } from './graph-nodes.ts';

/** Names of groups, outermost first. */
export type GroupPath = readonly string[];

/** Deeper nesting, and longer names, help nobody. */
const deepest = 12;
const longest = 60;
/** Longer names are not read for what they tell. */
const longestRead = 4000;

/**
 * `/model/layers.0/attn/MatMul` lies in model, layers.0, attn, and so does `model.layers.0.attn.matmul_2`
 * if it is a MatMul. Exporters without such names leave a `namespace` note; failing that, the weight
 * `encoder.layers.0.fc1.weight` says it. Undefined where nothing tells.
 */
export function pathOfNode(
  {
    name,
    opType,
    metadataProps,
  }: Pick<Node, 'name' | 'metadataProps'> & { readonly opType?: string },
  constants: readonly TakenConstant[],
): GroupPath | undefined {
  if (name.length < longestRead && name.includes('/')) return path(name.split('/').slice(0, -1));
  if (opType !== undefined && endsInOperator(name, opType))
    return path(name.split('.').slice(0, -1));
  const note = metadataProps?.find(({ key }) => key === 'namespace')?.value;
  // `model.Net/layers.0: torch.nn.Linear/linear`: what stands after a colon is the class.
  if (note?.includes('/') && note.length < longestRead) {
    return path(note.split('/').map((part) => part.split(':')[0]?.trim() ?? ''));
  }
  for (const { name: weight } of constants) {
    const module = weight.length <= 400 ? parameter.exec(weight)?.[1] : undefined;
    if (module !== undefined) return path(module.split('.'));
  }
  return undefined;
}

/** A parameter after its module, and what a step of a recipe may have put behind: `fc1.weight_scale`. */
const parameter =
  /^([^/]+)\.(?:weight|bias|gamma|beta|kernel|running_mean|running_var|mean|variance|var)(?=$|[._])/;

/** `attn.matmul_2` of a MatMul: what stands before the last dot is the module. */
function endsInOperator(name: string, opType: string): boolean {
  const dot = name.lastIndexOf('.');
  if (dot < 0 || name.length >= longestRead) return false;
  const last = name.slice(dot + 1).toLowerCase();
  return last.startsWith(opType.toLowerCase()) && /^(_?\d+)?$/.test(last.slice(opType.length));
}

function path(parts: GroupPath): GroupPath | undefined {
  const named = parts.filter((part) => part !== '').map((part) => part.slice(0, longest));
  return named.length > 0 ? joinNumbers(named).slice(0, deepest) : undefined;
}

/** `layers`, `0` reads as one group: `layers.0`. */
function joinNumbers(parts: GroupPath): GroupPath {
  const joined: string[] = [];
  for (const part of parts) {
    const before = joined[joined.length - 1];
    if (/^\d+$/.test(part) && before !== undefined) joined[joined.length - 1] = `${before}.${part}`;
    else joined.push(part);
  }
  return joined;
}

/** The groups that two paths share from the outside. */
export function sharedPath(a: GroupPath, b: GroupPath): GroupPath {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
