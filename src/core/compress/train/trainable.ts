/** Which stored values of a model training can change, and why not the others. */
import { hasNoGradient, ruleFor } from '../../differentiate/rules/index.ts';
import { attributeOf } from '../../onnx/build.ts';
import { capturedBy } from '../../onnx/graph.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { Graph, Model, Node, Tensor } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { codedWeights, type CodedWeight } from '../realize/coded-weight.ts';
import { stepDims } from './code-grid.ts';

/** A norm's scale, a bias: short vectors beside the weights. */
export interface Vector {
  readonly name: string;
  readonly path: readonly [];
  readonly stored: 'initializer' | 'constant';
  readonly tensor: Tensor;
}

/** The coded weight behind a quantized one; undefined where its form is not one that training can round to. */
export function codedOf(model: Model, weight: Weight): CodedWeight | undefined {
  const coded = codedWeights(model).filter(({ codes }) => codes.name === weight.name);
  const [only] = coded;
  if (coded.length !== 1 || only?.path.length !== 0) return undefined;
  return only.step && !stepDims(only) ? undefined : only;
}

/** Why a weight can't be trained; undefined where it can. */
export function untrainable(model: Model, weight: Weight): string | undefined {
  const { path, stored, dtype, quantized } = weight;
  if (path.length > 0) return 'it lies in a branch or loop, through which there is no gradient';
  if (stored === 'sparse') return 'it is stored sparse';
  if (quantized) {
    const coded = codedOf(model, weight);
    if (!coded) return 'its codes are shared or of a form that training can’t round to';
    const { dtype: type } = coded;
    if (type !== 'float32') return `its scales are ${type}, and training needs float32`;
    return blockedBehind(model.graph, coded.value);
  }
  if (dtype !== 'float32') return `its values are ${dtype}, and training needs float32`;
  return blockedBehind(model.graph, weight.name);
}

/** The weights that training can change, in the order of the model. */
export const trainableWeights = (model: Model): readonly Weight[] =>
  findWeights(model).filter((weight) => untrainable(model, weight) === undefined);

/** The first operator without a gradient between a value and the outputs, with the path to it. */
function blockedBehind({ nodes }: Graph, name: string): string | undefined {
  const paths = new Map<string, readonly string[]>([[name, [`"${name}"`]]]);
  for (const node of nodes) {
    const from = [...node.inputs, ...capturedBy(node)].find((input) => paths.has(input));
    if (from === undefined || hasNoGradient(node)) continue;
    const path = [...paths.get(from)!, node.opType];
    if (!ruleFor(node) && !upgraded.has(node.opType)) {
      const shown = path.length > 7 ? [...path.slice(0, 3), '…', ...path.slice(-3)] : path;
      return `there is no gradient for ${node.opType} "${node.name || (node.outputs[0] ?? '')}" (${shown.join(' → ')})`;
    }
    for (const output of node.outputs) if (output !== '') paths.set(output, path);
  }
  return undefined;
}

/** Operators that an upgrade of the opset replaces by ones with a gradient. */
const upgraded = new Set(['Upsample', 'Scatter']);

/** Norm scales and biases of the main graph: float32, longer along one axis only. Steps of scales are none: they train with their weights. */
export function vectorsOf(model: Model): Vector[] {
  const { graph } = model;
  const weights = new Set(findWeights(model).map(({ name }) => name));
  for (const { step } of codedWeights(model)) if (step) weights.add(step.name);
  const stored: Vector[] = graph.initializers.map((tensor) => ({
    name: tensor.name,
    path: [],
    stored: 'initializer',
    tensor,
  }));
  for (const node of graph.nodes) {
    const tensor = node.opType === 'Constant' ? attributeOf(node, 'value')?.t : undefined;
    if (tensor) stored.push({ name: node.outputs[0]!, path: [], stored: 'constant', tensor });
  }
  return stored.filter(
    ({ name, tensor }) =>
      tensor.dtype === 'float32' &&
      tensor.dims.filter((dim) => dim > 1).length === 1 &&
      elementCount(tensor) > 1 &&
      !weights.has(name) &&
      isNormOrBias(graph, name) &&
      blockedBehind(graph, name) === undefined,
  );
}

/** Where norms and biases enter, by operator. What BatchNormalization counts itself (3, 4) is none. */
const places: Readonly<Record<string, readonly number[]>> = {
  Add: [0, 1],
  Mul: [0, 1],
  Conv: [2],
  ConvTranspose: [2],
  Gemm: [2],
  BatchNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  RMSNormalization: [1],
  SimplifiedLayerNormalization: [1],
};

function isNormOrBias({ nodes }: Graph, name: string): boolean {
  const uses = nodes.filter(({ inputs }) => inputs.includes(name));
  return (
    uses.length > 0 &&
    uses.every(({ opType, inputs }) => places[opType]?.includes(inputs.indexOf(name))) &&
    !uses.some((use) => leadsToAngle(nodes, use))
  );
}

/** Frequencies of rotary positions: products that end in a sine. */
function leadsToAngle(nodes: readonly Node[], { opType, outputs }: Node, depth = 3): boolean {
  if (opType === 'Sin' || opType === 'Cos') return true;
  if (depth === 0) return false;
  const next = nodes.filter(({ inputs }) => inputs.some((input) => outputs.includes(input)));
  return next.some((node) => leadsToAngle(nodes, node, depth - 1));
}
