/** What is left of a quantized weight's chain of nodes once its codes are values: Reshape and Cast. */
import { intOf } from '../../onnx/build.ts';
import { mapKeeping } from '../../onnx/edit.ts';
import { operatorOf } from '../../onnx/flow.ts';
import { bytesFromFloats, isFloat } from '../../onnx/floats.ts';
import { indexGraph, withoutUnreachable, type GraphIndex } from '../../onnx/graph.ts';
import { loadFloats, makeTensor } from '../../onnx/tensor.ts';
import { dtypes, type Graph, type Node, type Tensor } from '../../onnx/types.ts';
import { kept } from '../model-edit.ts';
import { stemOf } from './job.ts';

/**
 * Where a Reshape or Cast was all that lay between codes and the weight that they are named after, the
 * new initializer takes the weight's name, dims and type.
 */
export async function withoutViews(
  graph: Graph,
  origins: ReadonlyMap<string, string>,
): Promise<Graph> {
  const index = indexGraph(graph);
  const gone = new Set<Node>();
  const views = new Map<string, Tensor>();
  for (const tensor of graph.initializers) {
    const origin = origins.get(tensor.name);
    if (origin === undefined) continue;
    const found = await chainTo(stemOf(origin), tensor, index);
    if (!found) continue;
    views.set(tensor.name, found.view);
    for (const one of found.chain) gone.add(one);
  }
  if (views.size === 0) return graph;
  return withoutUnreachable({
    ...graph,
    nodes: graph.nodes.filter((node) => !gone.has(node)),
    initializers: mapKeeping(graph.initializers, (tensor) => views.get(tensor.name) ?? tensor),
  });
}

/** More nodes never lie between codes and their weight. */
const longest = 8;

/** The nodes from a tensor to the value of a name, each the only user of the one before, and the tensor as they show it. */
async function chainTo(
  end: string,
  tensor: Tensor,
  index: GraphIndex,
): Promise<{ readonly view: Tensor; readonly chain: readonly Node[] } | undefined> {
  const chain: Node[] = [];
  let view = tensor;
  let name = tensor.name;
  while (name !== end) {
    const [use, ...others] = index.uses(name);
    const isChain = use?.input === 0 && others.length === 0 && !index.isOutput(name);
    const next = isChain && (await seenThrough(view, use.node, index.initializer));
    if (!next || chain.length >= longest) return undefined;
    view = next;
    chain.push(use.node);
    name = use.node.outputs[0] ?? '';
  }
  return chain.length > 0 ? { view: { ...view, name }, chain } : undefined;
}

async function seenThrough(
  tensor: Tensor,
  node: Node,
  stored: ReadonlyMap<string, Tensor>,
): Promise<Tensor | undefined> {
  const operator = operatorOf(node);
  if (operator === 'Identity') return tensor;
  if (operator === 'Reshape') {
    const shape = stored.get(node.inputs[1] ?? '');
    const dims = shape && shape.dtype === 'int64' ? await shapeOf(shape) : undefined;
    const count = (of: readonly number[]) => of.reduce((product, dim) => product * dim, 1);
    const fits = dims && dims.every((dim) => dim > 0) && count(dims) === count(tensor.dims);
    return fits ? { ...tensor, dims } : undefined;
  }
  const dtype = operator === 'Cast' ? dtypes[intOf(node, 'to', 0)] : undefined;
  if (!dtype || !isFloat(dtype)) return undefined;
  const bytes = bytesFromFloats(await loadFloats(tensor), dtype);
  return makeTensor(tensor.name, dtype, tensor.dims, kept(bytes));
}

const shapeOf = async (shape: Tensor): Promise<number[]> => Array.from(await loadFloats(shape));
