/** What an operator of the reference interpreter is. */
import type { Node } from '../../../../src/core/onnx/types.ts';
import type { NumberArray } from './array.ts';

/** The inputs of a node; undefined where an optional one is absent. */
export type Inputs = readonly (NumberArray | undefined)[];

/** Gives all outputs that it can; a node may name fewer. */
export type Operator = (inputs: Inputs, node: Node) => readonly NumberArray[];

/** Operators by name. */
export type Operators = Readonly<Record<string, Operator>>;

/** An input that must be there. Errors: RangeError where it is not. */
export function given(inputs: Inputs, index: number): NumberArray {
  const input = inputs[index];
  if (!input) throw new RangeError(`Input ${index} is absent.`);
  return input;
}

/** The whole numbers of an optional input. */
export const integersOf = (input: NumberArray | undefined): number[] | undefined =>
  input && Array.from(input.data);
