/**
 * Counts the parameters of a model: the numbers that were learned, or fixed in their place, whatever
 * they are stored as. A model has as many after it was quantized as before.
 */
import { intOf } from './build.ts';
import { flowOf } from './build-flow.ts';
import { operatorOf, type Flow, type FlowValue, type Stored } from './flow.ts';
import { elementCount } from './tensor.ts';
import type { Model } from './types.ts';
import { findWeights, type Weight } from './weights.ts';

/** The number of values that a weight stands for. Packed codes hold several in a byte. */
export function parametersIn({ dims, dtype, quantized, key }: Weight): number {
  const count = elementCount({ name: key, dims });
  const node = quantized?.dequantize;
  if (!node) return count;
  const rows = intOf(node, 'N', 0);
  if (rows > 0) return rows * intOf(node, 'K', 0);
  const bits = operatorOf(node).endsWith('GatherBlockQuantized') ? intOf(node, 'bits', 4) : 8;
  return dtype === 'uint8' ? count * Math.floor(8 / bits) : count;
}

/** All floating-point values that the model stores, and the values behind codes; not their scales. */
export function countParameters(model: Model): number {
  const flow = flowOf(model);
  const weights = findWeights(model);
  const coded = new Map(weights.flatMap((one) => (one.quantized ? [[one.key, one] as const] : [])));
  const { codes, scales } = quantizationOf(flow, weights);
  return flow.stored.reduce((sum, stored) => {
    const weight = coded.get(stored.key);
    if (weight) return sum + parametersIn(weight);
    const counts = codes.has(stored) || (isFloating(stored) && !scales.has(stored));
    return counts ? sum + elementCount({ name: stored.key, dims: stored.dims }) : sum;
  }, 0);
}

const isFloating = ({ tensor }: Stored): boolean => tensor.dtype.includes('float');

/** The stored tensors that are codes, and those that are the scales of something. */
function quantizationOf(flow: Flow, weights: readonly Weight[]) {
  const stored = new Map(flow.stored.map((one) => [one.value, one]));
  const codes = new Set<Stored | undefined>();
  const scales = new Set<Stored | undefined>();
  const storedAt = (value: FlowValue | undefined) => {
    const from = origin(value);
    return from && stored.get(from);
  };
  const scaleNames = new Map(
    weights.flatMap(({ quantized }) =>
      quantized ? [[quantized.dequantize, quantized.scale] as const] : [],
    ),
  );
  for (const { node, inputs } of flow.nodes) {
    const operator = operatorOf(node);
    const scale = scaleNames.get(node);
    if (operator.endsWith('DequantizeLinear')) codes.add(storedAt(inputs[0]));
    const scaled = /(Q|q)uantizeLinear$/.test(operator)
      ? inputs[1]
      : inputs[node.inputs.indexOf(scale ?? '')];
    for (const factor of factorsOf(scaled)) scales.add(storedAt(factor));
  }
  return { codes, scales };
}

/** A scale, or the two values whose product it is. */
function factorsOf(scale: FlowValue | undefined): readonly (FlowValue | undefined)[] {
  const from = origin(scale);
  const node = from?.producer;
  return node && operatorOf(node.node) === 'Mul' ? node.inputs : [from];
}

/** The value that Identity and Cast nodes pass on. */
function origin(value: FlowValue | undefined): FlowValue | undefined {
  let at = value;
  for (let steps = 0; steps < 8; steps++) {
    const node = at?.producer;
    if (!node || !['Identity', 'Cast'].includes(operatorOf(node.node))) return at;
    at = node.inputs[0];
  }
  return at;
}
