/**
 * The contract of a loss: it adds itself to the forward graph and gives the gradients that start the
 * way back, so that softmax and its logarithm need no rule of their own there.
 */
import type { Dtype } from '../../onnx/types.ts';
import type { Emitter } from '../rule.ts';

/** Inputs that a loss adds to the training step: targets, teacher's outputs. */
export interface LossInput {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
}

export interface LossStep extends Emitter {
  dims(value: string): readonly number[];
  sum(value: string, dims: readonly number[], axes: readonly number[], keepDims: boolean): string;
  /** Adds an input to the training step and gives its name. */
  input(input: LossInput): string;
}

/** What a loss emitted: a scalar, and the gradient of each output of the model that it looks at. */
export interface LossEmission {
  readonly value: string;
  readonly gradients: ReadonlyMap<string, string>;
}

export interface Loss {
  readonly label: string;
  emit(step: LossStep): LossEmission;
}
