/**
 * Makes the addition behind a convolution its bias: Conv(x, W) + b with one value for each channel. An
 * integer convolution adds its bias in 32 bits; an addition of its own would cost two more roundings.
 */
import { freshName, indexGraph, namesOf, type GraphIndex } from '../../onnx/graph.ts';
import { GraphEdit } from '../../onnx/graph-edit.ts';
import { elementCount, loadFloats, makeTensor } from '../../onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../onnx/types.ts';

/** The model with such biases in the main graph; the very model where there are none. */
export async function absorbBiases(model: Model): Promise<Model> {
  const { graph } = model;
  const index = indexGraph(graph);
  const taken = namesOf(model);
  const edit = new GraphEdit(graph);
  let found = false;
  for (const conv of graph.nodes) {
    const behind = additionBehind(conv, index);
    if (!behind) continue;
    const { add, bias } = behind;
    const name = freshName(taken, `${bias.name}_channels`);
    const values = (await loadFloats(bias)).slice();
    edit.addInitializer(makeTensor(name, 'float32', [elementCount(bias)], values));
    const [x = '', w = ''] = conv.inputs;
    edit.replace(conv).replace(add, { ...conv, inputs: [x, w, name], outputs: add.outputs });
    found = true;
  }
  return found ? { ...model, graph: edit.done() } : model;
}

interface Addition {
  readonly add: Node;
  readonly bias: Tensor;
}

/** An Add that alone takes what a convolution without bias gives, of a value for each channel. */
function additionBehind(conv: Node, index: GraphIndex): Addition | undefined {
  if (conv.opType !== 'Conv' || conv.domain !== '' || conv.inputs[2]) return undefined;
  const [output = ''] = conv.outputs;
  const [only, ...others] = index.uses(output);
  if (!only || others.length > 0 || index.isOutput(output)) return undefined;
  const { node: add } = only;
  if (add.opType !== 'Add' || add.domain !== '') return undefined;
  const bias = index.initializer.get(add.inputs[1 - only.input] ?? '');
  const kernel = index.initializer.get(conv.inputs[1] ?? '');
  if (bias?.dtype !== 'float32' || !kernel) return undefined;
  const [channels = 0, , ...spatial] = kernel.dims;
  const wanted = [channels, ...spatial.map(() => 1)];
  const given =
    bias.dims.length > wanted.length && bias.dims[0] === 1 ? bias.dims.slice(1) : bias.dims;
  const fits = given.length === wanted.length && given.every((dim, at) => dim === wanted[at]);
  return fits ? { add, bias } : undefined;
}
