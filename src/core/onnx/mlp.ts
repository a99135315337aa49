/** Finds the MLPs of transformers: rule 3 of roles.ts. */
import { operatorOf, type FlowNode, type FlowValue } from './flow.ts';
import {
  adjusting,
  combining,
  computedInputs,
  isConstant,
  moving,
  walkBack,
  walkOn,
} from './passage.ts';
import type { Layer, Layers } from './roles.ts';
import type { Role } from './weights.ts';

/** Activation functions, whole or as the parts that exporters write them in. */
const activations = new Set([
  'Celu',
  'Elu',
  'Erf',
  'Gelu',
  'HardSigmoid',
  'HardSwish',
  'LeakyRelu',
  'Mish',
  'PRelu',
  'Pow',
  'Relu',
  'Selu',
  'Sigmoid',
  'Softplus',
  'Swish',
  'Tanh',
  'ThresholdedRelu',
  'com.microsoft.BiasGelu',
  'com.microsoft.BiasSplitGelu',
  'com.microsoft.FastGelu',
  'com.microsoft.Gelu',
  'com.microsoft.QuickGelu',
]);
/** Additions to the residual stream that are part of a fused operator. */
const skips = new Set([
  'com.microsoft.SkipLayerNormalization',
  'com.microsoft.SkipSimplifiedLayerNormalization',
]);

/** The role of each layer that belongs to an MLP and to no attention. */
export function mlpRoles(
  layers: Layers,
  attention: ReadonlyMap<FlowNode, Role>,
): ReadonlyMap<FlowNode, Role> {
  const roles = new Map<FlowNode, Role>();
  for (const [node, layer] of layers) {
    if (attention.has(node)) continue;
    for (const [found, role] of mlpEndingAt(node, layer, layers)) {
      if (!attention.has(found) && !roles.has(found)) roles.set(found, role);
    }
  }
  return roles;
}

function mlpEndingAt(node: FlowNode, down: Layer, layers: Layers): [FlowNode, Role][] {
  const back = walkBack(down.data, layers, leadsToHidden);
  const sources = [...(back?.ends ?? [])].flatMap((end) => layers.get(end) ?? []);
  const [first, second] = sources;
  const active = [...(back?.passed ?? [])].some(isActivation);
  if (!active || !first || sources.some(({ inSize }) => inSize !== down.outSize)) return [];
  if (!second) {
    if (!joinsResidual(down, layers)) return [];
    return [
      [node, 'mlp-down'],
      [first.use.at, 'mlp-up'],
    ];
  }
  const gates = sources.filter((source) => isActivated(source, layers));
  const [gate] = gates;
  if (!gate || gates.length > 1 || sources.length > 2 || !sameData(first, second)) return [];
  return [
    [node, 'mlp-down'],
    [gate.use.at, 'mlp-gate'],
    [(gate === first ? second : first).use.at, 'mlp-up'],
  ];
}

function sameData(a: Layer, b: Layer): boolean {
  return a.data !== undefined && beforeMoves(a.data) === beforeMoves(b.data);
}

/** The value that was cast or reshaped into this one. */
function beforeMoves(value: FlowValue | undefined): FlowValue | undefined {
  let at = value;
  for (let steps = 0; steps < 8; steps++) {
    const producer = at?.producer;
    if (!producer || !(producer.phi || moving.has(operatorOf(producer.node)))) return at;
    at = producer.inputs[0];
  }
  return at;
}

const isActivation = ({ node }: FlowNode): boolean => activations.has(operatorOf(node));

const leadsToHidden = (operator: string): boolean =>
  moving.has(operator) || combining.has(operator) || activations.has(operator);

/** Whether the layer's output goes into an activation before it meets another computed value. */
function isActivated(layer: Layer, layers: Layers): boolean {
  const on = walkOn(layer.output, layers, (operator, node) => moving.has(operator) || isBias(node));
  return [...(on?.ends ?? [])].some(isActivation);
}

/** Whether the output is added to another computed value, after a bias, a scale or a norm. */
function joinsResidual(down: Layer, layers: Layers): boolean {
  const on = walkOn(
    down.output,
    layers,
    (operator, node) =>
      moving.has(operator) || adjusting.has(operator) || isBias(node) || isScale(node),
  );
  return [...(on?.ends ?? [])].some(
    (end) =>
      skips.has(operatorOf(end.node)) ||
      (operatorOf(end.node) === 'Add' && computedInputs(end).length === 2),
  );
}

const isBias = (node: FlowNode): boolean =>
  operatorOf(node.node) === 'Add' && node.inputs.some((value) => value && isConstant(value));
const isScale = (node: FlowNode): boolean =>
  operatorOf(node.node) === 'Mul' && node.inputs.some((value) => value && isConstant(value));
