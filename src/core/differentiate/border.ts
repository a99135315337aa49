/** What goes into a training step and what comes out of it, collected while the graph is built. */
import { node, value as valueInfo } from '../onnx/build.ts';
import type { Dtype, ValueInfo } from '../onnx/types.ts';
import type { MaskInput } from './dropout.ts';
import type { GraphEmitter } from './emitter.ts';
import type { Forward } from './forward.ts';
import type { LossInput } from './losses/loss.ts';

/** A vector that goes round: an output of each step, an input of the next. */
export interface StateVector {
  readonly name: string;
  readonly input: string;
  readonly output: string;
  readonly initial: Float32Array;
}

export class Border {
  readonly inputs: ValueInfo[] = [];
  readonly outputs: ValueInfo[] = [];
  readonly state: StateVector[] = [];
  /** Inputs of one number each. */
  readonly scalars = new Map<string, string>();
  readonly lossInputs: LossInput[] = [];
  readonly masks: MaskInput[] = [];
  readonly #emitter: GraphEmitter;

  constructor(emitter: GraphEmitter) {
    this.#emitter = emitter;
  }

  /** Adds a vector, and what becomes of it: `next` is told the name that it has in the graph. */
  goRound(name: string, initial: Float32Array, next: (input: string) => string): void {
    const input = this.enter(name, initial);
    this.leave(name, input, initial, next(input));
  }

  /** The input of a vector. */
  enter(name: string, { length }: Float32Array): string {
    return this.#input(name, 'float32', [length]);
  }

  /** The output of a vector. Through a node of its own, as one value may be wanted under two names. */
  leave(name: string, input: string, initial: Float32Array, made: string): void {
    const output = this.#emitter.emit('Identity', [made]);
    this.outputs.push(valueInfo(output, 'float32', [initial.length]));
    this.state.push({ name, input, output, initial });
  }

  /** The input of one number, added once. */
  scalar(name: string): string {
    const known = this.scalars.get(name);
    if (known !== undefined) return known;
    const input = this.#input(name, 'float32', []);
    this.scalars.set(name, input);
    return input;
  }

  /** An output of one number. */
  report(value: string): string {
    this.outputs.push(valueInfo(value, 'float32', []));
    return value;
  }

  lossInput(input: LossInput): string {
    this.lossInputs.push(input);
    this.inputs.push(valueInfo(input.name, input.dtype, input.dims));
    return input.name;
  }

  /** Dropout as products with masks that the host draws. */
  maskDropouts(forward: Forward): Forward {
    if (forward.dropouts.size === 0) return forward;
    const values = new Map(forward.values);
    const nodes = forward.model.graph.nodes.map((one) => {
      const [output = ''] = one.outputs;
      const ratio = forward.dropouts.get(output);
      if (ratio === undefined) return one;
      const { dims } = forward.values.get(output)!;
      const name = this.#input('mask', 'float32', dims);
      this.masks.push({ name, dims, ratio });
      values.set(name, { dims, dtype: 'float32' });
      return node('Mul', [one.inputs[0] ?? '', name], [output], { name: one.name });
    });
    const { model } = forward;
    return { ...forward, values, model: { ...model, graph: { ...model.graph, nodes } } };
  }

  #input(what: string, dtype: Dtype, dims: readonly number[]): string {
    const name = this.#emitter.name(what);
    this.inputs.push(valueInfo(name, dtype, dims));
    return name;
  }
}
