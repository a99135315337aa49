/** What a rule is given: one node, the gradients at its outputs, and the shapes around it. */
import { ModelError } from '../errors.ts';
import type { AttributeValue } from '../onnx/build.ts';
import type { Dtype, Node } from '../onnx/types.ts';
import type { GraphEmitter } from './emitter.ts';
import type { Forward } from './forward.ts';
import type { BackwardStep } from './rule.ts';
import { emitSum, emitSumTo } from './sums.ts';

type Task = Pick<BackwardStep, 'node' | 'gradients' | 'wants' | 'batchStatistics'>;

export class NodeStep implements BackwardStep {
  readonly node: Node;
  readonly gradients: readonly (string | undefined)[];
  readonly batchStatistics: boolean;
  readonly #forward: Forward;
  readonly #emitter: GraphEmitter;
  readonly #wants: (input: number) => boolean;

  constructor(forward: Forward, emitter: GraphEmitter, task: Task) {
    this.#forward = forward;
    this.#emitter = emitter;
    this.node = task.node;
    this.gradients = task.gradients;
    this.batchStatistics = task.batchStatistics;
    this.#wants = (input) => task.wants(input);
  }

  wants(input: number): boolean {
    return this.#wants(input);
  }

  dims(value: string): readonly number[] {
    return this.#known(value).dims;
  }

  dtype(value: string): Dtype {
    return this.#known(value).dtype;
  }

  isConstant(value: string): boolean {
    return this.#forward.constants.has(value);
  }

  constants(value: string): readonly number[] {
    const { data } = this.#forward.constants.get(value) ?? {};
    if (data && ArrayBuffer.isView(data)) return Array.from(data as Float64Array, Number);
    return this.refuse(
      `its input "${value}" changes from run to run, and the gradient depends on it`,
    );
  }

  constantFloats(value: string): readonly number[] | undefined {
    const constant = this.#forward.constants.get(value);
    return constant && ArrayBuffer.isView(constant.data) ? this.constants(value) : undefined;
  }

  emit(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): string {
    return this.#emitter.emit(opType, inputs, attributes);
  }

  emitMany(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): readonly string[] {
    return this.#emitter.emitMany(opType, inputs, outputs, attributes);
  }

  floats(values: number | readonly number[], dims?: readonly number[]): string {
    return this.#emitter.floats(values, dims);
  }

  integers(values: readonly number[], dims?: readonly number[]): string {
    return this.#emitter.integers(values, dims);
  }

  sumTo(gradient: string, from: readonly number[], to: readonly number[]): string {
    return emitSumTo(this.#emitter, gradient, from, to);
  }

  sum(value: string, dims: readonly number[], axes: readonly number[], keepDims: boolean): string {
    return emitSum(this.#emitter, value, dims, axes, keepDims);
  }

  refuse(reason: string): never {
    const { opType, name, outputs } = this.node;
    throw new ModelError(
      `${opType} "${name || (outputs[0] ?? '')}" can't be differentiated: ${reason}. Train only weights behind it, or leave this step out.`,
    );
  }

  #known(value: string): { readonly dims: readonly number[]; readonly dtype: Dtype } {
    return (
      this.#forward.values.get(value) ?? this.refuse(`nothing is known of its input "${value}"`)
    );
  }
}
