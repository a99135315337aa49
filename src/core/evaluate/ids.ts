/** Which whole numbers a model can take: found in the operators that look them up or compare them. */
import { attributeOf, intOf, intsOf } from '../onnx/build.ts';
import { indexGraph, type GraphIndex } from '../onnx/graph.ts';
import { elementCount, loadIntegers } from '../onnx/tensor.ts';
import type { Graph, Model, Node, Tensor } from '../onnx/types.ts';
import { subgraphsOf } from '../onnx/walk.ts';

/** Ids from 0 to `below` − 1, or one of a few values that the model asks for. */
export interface Ids {
  readonly below?: number;
  readonly choices?: readonly number[];
}

/** Operators that hand ids on without changing them. */
const passing = new Set([
  'Cast',
  'Concat',
  'Expand',
  'Flatten',
  'Identity',
  'Reshape',
  'Slice',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

/** More values than this that an input is compared with are not a choice. */
const mostChoices = 16;

/** A graph, what is known of it, and the graphs around it. */
interface Scope {
  readonly index: GraphIndex;
  readonly outer?: Scope;
}

/**
 * The ids that an input may hold: below the length of the table that a Gather or OneHot looks them
 * up in, or those that an Equal compares with. {} where nothing tells.
 */
export async function idsOf(model: Model, input: string): Promise<Ids> {
  const found = { below: [] as number[], choices: new Set<number>() };
  await follow(input, { index: indexGraph(model.graph) }, new Map(), found);
  if (found.below.length > 0) return { below: Math.min(...found.below) };
  return found.choices.size > 0 ? { choices: [...found.choices].sort((a, b) => a - b) } : {};
}

async function follow(
  value: string,
  scope: Scope,
  scopes: Map<Graph, Scope>,
  found: { below: number[]; choices: Set<number> },
): Promise<void> {
  const seen = new Set<string>();
  const open = [value];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const { node, input, captured } of scope.index.uses(name)) {
      if (captured) await followInto(node, name, scope, scopes, found);
      else if (passing.has(node.opType)) open.push(...node.outputs);
      else await note(node, input, scope, found);
    }
  }
}

async function followInto(
  node: Node,
  name: string,
  outer: Scope,
  scopes: Map<Graph, Scope>,
  found: { below: number[]; choices: Set<number> },
): Promise<void> {
  for (const graph of node.attributes.flatMap((attribute) => [...subgraphsOf(attribute)])) {
    const scope = scopes.get(graph) ?? { index: indexGraph(graph), outer };
    scopes.set(graph, scope);
    await follow(name, scope, scopes, found);
  }
}

/** What one use tells about the ids. */
async function note(
  node: Node,
  input: number,
  scope: Scope,
  found: { below: number[]; choices: Set<number> },
): Promise<void> {
  const { opType, inputs } = node;
  if ((opType === 'Gather' || opType === 'GatherBlockQuantized') && input === 1) {
    const axis = intOf(node, opType === 'Gather' ? 'axis' : 'gather_axis', 0);
    const length = lengthOf(inputs[0] ?? '', axis, scope);
    if (length !== undefined && length > 0) found.below.push(length);
  } else if (opType === 'OneHot' && input === 0) {
    const [depth] = await storedIntegers(inputs[1] ?? '', scope);
    if (depth !== undefined && depth > 0) found.below.push(depth);
  } else if (opType === 'Equal') {
    const compared = await storedIntegers(sourceOf(inputs[1 - input] ?? '', scope), scope);
    const distinct = new Set(compared);
    // All numbers from 0 up are a one-hot encoding that was spelled out.
    const counts = distinct.size > 2 && compared.every((one) => one >= 0 && one < distinct.size);
    if (counts) found.below.push(distinct.size);
    else if (distinct.size <= mostChoices) for (const one of distinct) found.choices.add(one);
  }
}

/** The length of a stored table's axis, through the nodes that unpack or turn it. */
function lengthOf(table: string, axis: number, scope: Scope): number | undefined {
  let [name, at] = [table, axis];
  for (let steps = 0; steps < 8; steps++) {
    const tensor = storedTensor(name, scope);
    if (tensor) return tensor.dims.at(at);
    const node = producerOf(name, scope);
    if (!node) return undefined;
    const perm = node.opType === 'Transpose' ? intsOf(node, 'perm') : undefined;
    if (perm) at = perm.at(at) ?? at;
    else if (!['DequantizeLinear', 'Cast', 'Identity'].includes(node.opType)) return undefined;
    name = node.inputs[0] ?? '';
  }
  return undefined;
}

/** Where a value comes from, before nodes that only hand it on. */
function sourceOf(value: string, scope: Scope): string {
  let name = value;
  for (let steps = 0; steps < 8; steps++) {
    const node = producerOf(name, scope);
    if (!node || !passing.has(node.opType)) return name;
    name = node.inputs[0] ?? '';
  }
  return name;
}

/** Stored whole numbers; none where the value is computed, large, or of another type. */
async function storedIntegers(name: string, scope: Scope): Promise<readonly number[]> {
  const tensor = storedTensor(name, scope);
  if (!tensor || elementCount(tensor) > 2 ** 16 || !/^u?int/.test(tensor.dtype)) return [];
  return loadIntegers(tensor);
}

function storedTensor(name: string, scope: Scope): Tensor | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const tensor = at.index.initializer.get(name);
    if (tensor) return tensor;
    const node = at.index.producer.get(name);
    if (node) return node.opType === 'Constant' ? attributeOf(node, 'value')?.t : undefined;
  }
  return undefined;
}

function producerOf(name: string, scope: Scope): Node | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const node = at.index.producer.get(name);
    if (node) return node;
  }
  return undefined;
}
