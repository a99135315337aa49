/**
 * The contract of a gradient rule: one file per operator or close family, one line in the table. A
 * rule gets the gradients that arrive at a node's outputs, emits ordinary ONNX nodes, and names the
 * gradients that leave through its inputs.
 */
import type { AttributeValue } from '../onnx/build.ts';
import type { Dtype, Node } from '../onnx/types.ts';

/** Names of the gradients of a node's inputs, in their order; undefined where none flows. */
export type InputGradients = readonly (string | undefined)[];

export type Rule = (step: BackwardStep) => InputGradients;

/** Writes nodes into the graph of a training step. Names are its own and clash with nothing. */
export interface Emitter {
  /** One node with one output; gives the output's name. An input '' is an absent one. */
  emit(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): string;
  /** One node with several outputs. */
  emitMany(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): readonly string[];
  /** A float32 constant; a scalar unless dims are given. Equal ones are stored once. */
  floats(values: number | readonly number[], dims?: readonly number[]): string;
  /** An int64 constant; a list unless dims are given ([] for a scalar). */
  integers(values: readonly number[], dims?: readonly number[]): string;
}

/** One node on the way back, and everything that its rule may ask. Shapes are concrete: they were learned by running the graph once. */
export interface BackwardStep extends Emitter {
  readonly node: Node;
  /** The gradient of each output; undefined for an output that the loss does not depend on. */
  readonly gradients: readonly (string | undefined)[];
  /** Whether the loss' gradient is wanted for an input: it leads to something that is trained. */
  wants(input: number): boolean;
  /** The dims of a value of the forward graph. */
  dims(value: string): readonly number[];
  dtype(value: string): Dtype;
  /** The whole numbers of a value that is the same in every run: axes, shapes, constant indices. Errors: DifferentiationError naming the node where it is not. */
  constants(value: string): readonly number[];
  /** Whether `constants` knows the value: it never changes, and is no larger than rules read. */
  isConstant(value: string): boolean;
  /** The numbers of a float constant that no run changes (a scale, a bound), where they were stored in the graph. */
  constantFloats(value: string): readonly number[] | undefined;
  /** Sums a gradient of dims `from` down to the dims `to` that were broadcast into it. */
  sumTo(gradient: string, from: readonly number[], to: readonly number[]): string;
  /** The sum over axes of a value with the given dims, in steps that keep float32 exact enough (no reduction over millions at once). */
  sum(value: string, dims: readonly number[], axes: readonly number[], keepDims: boolean): string;
  /** For a BatchNormalization: whether its mean and variance are those of the batch, made by nodes just before it. Its rule then includes their part. */
  readonly batchStatistics: boolean;
  /** Stops with the reason why this node can't be differentiated. */
  refuse(reason: string): never;
}
