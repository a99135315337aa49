/** What is left of a quantized weight's chain of nodes once its codes are values: Reshape and Cast. */
import { intOf } from '../../onnx/build.ts';
import { mapKeeping } from '../../onnx/edit.ts';
import { operatorOf } from '../../onnx/flow.ts';
import { bytesFromFloats, isFloat } from '../../onnx/floats.ts';
import { indexGraph, withoutUnreachable } from '../../onnx/graph.ts';
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
    const chain: Node[] = [];
    let view: Tensor | undefined = tensor;
    for (let name = tensor.name; view;) {
      const uses = index.uses(name);
      const next = uses.length === 1 && !index.isOutput(name) ? uses[0]?.node : undefined;
      if (!next || uses[0]?.input !== 0) break;
      view = await seenThrough(view, next, index.initializer);
      if (!view) break;
      chain.push(next);
      name = next.outputs[0] ?? '';
      if (name !== stemOf(origin)) continue;
      views.set(tensor.name, { ...view, name });
      for (const one of chain) gone.add(one);
      break;
    }
  }
  if (views.size === 0) return graph;
  return withoutUnreachable({
    ...graph,
    nodes: graph.nodes.filter((node) => !gone.has(node)),
    initializers: mapKeeping(graph.initializers, (tensor) => views.get(tensor.name) ?? tensor),
  });
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
