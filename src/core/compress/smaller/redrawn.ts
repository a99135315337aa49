/** A model of the same shape that has learned nothing yet. */
import { indexGraph, type GraphIndex } from '../../onnx/graph.ts';
import { attributeOf } from '../../onnx/build.ts';
import { bytesFromFloats, isFloat } from '../../onnx/floats.ts';
import type { Random } from '../../math/random.ts';
import { elementCount, makeTensor } from '../../onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { kept } from '../model-edit.ts';
import { storedIn } from './integers.ts';
import type { Smaller } from './smaller.ts';
import { isTable } from './widths.ts';

/** How the values of a stored tensor begin. */
type Draw = (random: Random) => number;

const zero: Draw = () => 0;
const one: Draw = () => 1;

/** Tensors named in the note about those that stay. */
const mostNamed = 6;

/**
 * Draws the weights of the main graph anew: normal with variance 2 / inputs (He et al., 2015), tables
 * with deviation 0.02 (Radford et al., 2019), norms as they begin, biases 0. Each tensor depends on
 * the seed and its name alone. What is neither (positions, constants) stays, and the notes say so.
 */
export function redrawn(model: Model, random: Random): Smaller {
  const { graph } = model;
  const index = indexGraph(graph);
  const stored = storedIn(graph);
  const draws = new Map<string, Draw>();
  for (const weight of findWeights(model)) {
    if (weight.path.length === 0 && isFloat(weight.dtype)) draws.set(weight.name, drawOf(weight));
  }
  for (const node of graph.nodes) {
    node.inputs.forEach((name, input) => {
      const tensor = stored.get(name);
      if (!tensor || draws.has(name) || !isFloat(tensor.dtype)) return;
      const draw = vectorDraw(node, input, tensor, index, stored);
      if (draw) draws.set(name, draw);
    });
  }
  const redraw = (tensor: Tensor, name: string): Tensor => {
    const draw = draws.get(name);
    return draw ? drawn(tensor, draw, random.fork(name)) : tensor;
  };
  const initializers = graph.initializers.map((tensor) => redraw(tensor, tensor.name));
  const nodes = graph.nodes.map((node) => redrawConstant(node, redraw));
  const left = [...stored].filter(
    ([name, tensor]) => !draws.has(name) && isFloat(tensor.dtype) && elementCount(tensor) > 1,
  );
  const names = left.slice(0, mostNamed).map(([name]) => `"${name}"`);
  const more = left.length > mostNamed ? ` and ${left.length - mostNamed} more` : '';
  return {
    model: { ...model, graph: { ...graph, initializers, nodes } },
    notes:
      left.length > 0
        ? [`Not drawn anew, because they are no weights: ${names.join(', ')}${more}.`]
        : [],
  };
}

function drawOf({ consumers, dims }: Weight): Draw {
  if (consumers.some(({ node }) => isTable(node.opType))) return (random) => 0.02 * random.normal();
  const inAxes = consumers[0]?.inAxes ?? [];
  const inputs = inAxes.reduce((total, axis) => total * (dims[axis] ?? 1), 1);
  const deviation = Math.sqrt(2 / Math.max(1, inputs));
  return (random) => deviation * random.normal();
}

/** What the inputs of normalizations and layers begin as, by position. */
const begins: Readonly<Record<string, readonly (Draw | undefined)[]>> = {
  BatchNormalization: [undefined, one, zero, zero, one],
  InstanceNormalization: [undefined, one, zero],
  GroupNormalization: [undefined, one, zero],
  LayerNormalization: [undefined, one, zero],
  RMSNormalization: [undefined, one],
  SimplifiedLayerNormalization: [undefined, one],
  SkipLayerNormalization: [undefined, undefined, one, zero, zero],
  SkipSimplifiedLayerNormalization: [undefined, undefined, one, zero],
  Conv: [undefined, undefined, zero],
  ConvTranspose: [undefined, undefined, zero],
  Gemm: [undefined, undefined, zero],
};

const layers = new Set(['Conv', 'ConvTranspose', 'MatMul', 'FusedMatMul', 'Gemm', 'Einsum']);

/** A vector added to the result of a layer is its bias; one that multiplies a quotient is the scale of a norm. */
function vectorDraw(
  node: Node,
  input: number,
  { dims }: Tensor,
  { producer }: GraphIndex,
  stored: ReadonlyMap<string, Tensor>,
): Draw | undefined {
  const known = begins[node.opType]?.[input];
  if (known) return known;
  if (dims.filter((dim) => dim > 1).length !== 1 || node.inputs.length !== 2) return undefined;
  const other = node.inputs[1 - input]!;
  const maker = producer.get(other);
  if (!maker || stored.has(other)) return undefined;
  if (node.opType === 'Add' && layers.has(maker.opType)) return zero;
  if (node.opType === 'Add' && maker.opType === 'Mul' && input === 1) {
    return maker.inputs.some((name) => stored.has(name)) ? zero : undefined;
  }
  const isNorm = maker.opType === 'Div' || maker.opType === 'Mul';
  return node.opType === 'Mul' && isNorm && isRoot(maker, producer) ? one : undefined;
}

/** Whether one side of a quotient or product is a root: x / √(mean(x²) + ε). */
const isRoot = ({ inputs }: Node, producer: GraphIndex['producer']): boolean =>
  inputs.some((name) => {
    const maker = producer.get(name);
    return maker?.opType === 'Sqrt' || producer.get(maker?.inputs[0] ?? '')?.opType === 'Sqrt';
  });

function redrawConstant(node: Node, redraw: (tensor: Tensor, name: string) => Tensor): Node {
  const tensor = node.opType === 'Constant' ? attributeOf(node, 'value')?.t : undefined;
  const t = tensor && redraw(tensor, node.outputs[0]!);
  if (!t || t === tensor) return node;
  return { ...node, attributes: node.attributes.map((item) => (item.t ? { ...item, t } : item)) };
}

function drawn(tensor: Tensor, draw: Draw, random: Random): Tensor {
  const values = Float32Array.from({ length: elementCount(tensor) }, () => draw(random));
  const bytes = bytesFromFloats(values, tensor.dtype);
  return makeTensor(tensor.name, tensor.dtype, tensor.dims, kept(bytes));
}
