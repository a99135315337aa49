/**
 * A plain interpreter of ONNX operators in float64: what gradient rules are tested against. It is
 * tested itself against the vectors of the ONNX project.
 */
import type { Node } from '../../../../src/core/onnx/types.ts';
import type { NumberArray } from './array.ts';
import { convolutions } from './convolution.ts';
import { summations } from './einsum.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { normalizations } from './normalization.ts';
import type { Operators } from './operator.ts';
import { pools } from './pooling.ts';
import { products } from './products.ts';
import { quantizations } from './quantization.ts';
import { reductions } from './reduction.ts';
import { scattering } from './scattering.ts';
import { shapes } from './shape.ts';

/** Every operator that the interpreter knows, those of onnxruntime's domain among them. */
export const operators: Operators = {
  ...convolutions,
  ...elementwise,
  ...indexing,
  ...normalizations,
  ...pools,
  ...products,
  ...quantizations,
  ...reductions,
  ...scattering,
  ...shapes,
  ...summations,
};

/** Runs nodes in their order. Gives the values put in and all that were made. Errors: Error naming the node. */
export function evaluate(
  nodes: readonly Node[],
  values: ReadonlyMap<string, NumberArray>,
): Map<string, NumberArray> {
  const known = new Map(values);
  for (const node of nodes) {
    const operator = operators[node.opType];
    if (!operator) throw new Error(`The reference has no ${node.opType}.`);
    const inputs = node.inputs.map((name) => {
      if (name === '') return undefined;
      const input = known.get(name);
      if (!input) throw new Error(`${node.opType} needs "${name}", which nothing makes.`);
      return input;
    });
    const outputs = operator(inputs, node);
    node.outputs.forEach((name, index) => {
      const output = outputs[index];
      if (name !== '' && output) known.set(name, output);
    });
  }
  return known;
}
