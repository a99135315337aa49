/** Every stored tensor of a model by a name that is its own. */
import { attributeOf } from '../onnx/build.ts';
import type { Graph, Model, Node, Tensor } from '../onnx/types.ts';
import { subgraphsOf } from '../onnx/walk.ts';

/**
 * Initializers, parts of sparse ones, and what Constant nodes hold, in the order of the model; those of
 * subgraphs and functions after the name of the node or function around them, and the second of a name
 * with its number.
 */
export function storedTensors(model: Model): ReadonlyMap<string, Tensor> {
  const found = new Map<string, Tensor>();
  const seen = new Map<string, number>();
  const add = (prefix: string, name: string, tensor: Tensor | undefined): void => {
    if (!tensor) return;
    const base = prefix + name;
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    found.set(count === 1 ? base : `${base} (${count})`, tensor);
  };
  const inNodes = (nodes: readonly Node[], prefix: string): void => {
    for (const node of nodes) {
      const [output = ''] = node.outputs;
      if (node.opType === 'Constant') add(prefix, output, attributeOf(node, 'value')?.t);
      for (const attribute of node.attributes) {
        let count = 0;
        for (const inner of subgraphsOf(attribute)) {
          const place = `${(node.name || output).slice(0, 100)}.${attribute.name}`;
          inGraph(inner, `${prefix}${place}${count++ > 0 ? count : ''}/`);
        }
      }
    }
  };
  const inGraph = (graph: Graph, prefix: string): void => {
    for (const tensor of graph.initializers) add(prefix, tensor.name, tensor);
    for (const { values, indices } of graph.sparseInitializers) {
      add(prefix, values?.name ?? '', values);
      add(prefix, `${values?.name ?? ''} indices`, indices);
    }
    inNodes(graph.nodes, prefix);
  };
  inGraph(model.graph, '');
  for (const { name, nodes } of model.functions) inNodes(nodes, `${name}/`);
  return found;
}
