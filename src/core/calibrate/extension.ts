/** Adds nodes behind a graph, so that it gives other values than its own outputs. */
import { node, value as valueInfo, type AttributeValue } from '../onnx/build.ts';
import { freshName, namesOf, withoutUnreachable } from '../onnx/graph.ts';
import { opsetOf } from '../onnx/opset.ts';
import { makeTensor } from '../onnx/tensor.ts';
import type { Dtype, Model, Node, ValueInfo } from '../onnx/types.ts';

type Reduction = 'ReduceSum' | 'ReduceMax' | 'ReduceMin';

/** The opset from which on a reduction takes its axes as an input. */
const axesAsInput: Readonly<Record<Reduction, number>> = {
  ReduceSum: 13,
  ReduceMax: 18,
  ReduceMin: 18,
};

/** TensorProto.DataType of float32. */
const float32 = 1;

export class Extension {
  /** Of ai.onnx. */
  readonly opset: number;
  readonly #model: Model;
  readonly #taken: Set<string>;
  readonly #nodes: Node[] = [];
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];

  constructor(model: Model) {
    this.#model = model;
    this.#taken = namesOf(model);
    this.opset = opsetOf(model) ?? 1;
  }

  /** Adds a node with one output, and names that. */
  emit(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    const output = freshName(this.#taken, `calibrate_${opType}`);
    this.#nodes.push(node(opType, inputs, [output], { name: output, attributes }));
    return output;
  }

  /** A list of whole numbers. */
  integers(list: readonly number[]): string {
    const data = BigInt64Array.from(list, BigInt);
    return this.emit('Constant', [], { value: makeTensor('', 'int64', [list.length], data) });
  }

  reals(dims: readonly number[], data: Float32Array<ArrayBuffer>): string {
    return this.emit('Constant', [], { value: makeTensor('', 'float32', dims, data) });
  }

  /** The value as float32, whatever it was. */
  float(value: string): string {
    return this.emit('Cast', [value], { to: float32 });
  }

  reshape(value: string, dims: readonly number[]): string {
    return this.emit('Reshape', [value, this.integers(dims)]);
  }

  /** Over one axis, which is dropped. */
  reduce(reduction: Reduction, value: string, axis: number): string {
    return this.opset >= axesAsInput[reduction]
      ? this.emit(reduction, [value, this.integers([axis])], { keepdims: 0 })
      : this.emit(reduction, [value], { axes: [axis], keepdims: 0 });
  }

  /** An input that is fed besides those of the model; gives its name. */
  input(base: string, dims: readonly (number | string)[]): string {
    const name = freshName(this.#taken, base);
    this.#inputs.push(valueInfo(name, 'float32', dims));
    return name;
  }

  /** Makes a value an output; gives its name. */
  output(value: string, dtype: Dtype = 'float32'): string {
    this.#outputs.push(valueInfo(value, dtype));
    return value;
  }

  /** The model with these outputs alone, and the nodes that they need. */
  done(): Model {
    const { graph } = this.#model;
    const extended = {
      ...graph,
      nodes: [...graph.nodes, ...this.#nodes],
      inputs: [...graph.inputs, ...this.#inputs],
      outputs: this.#outputs,
    };
    return { ...this.#model, graph: withoutUnreachable(extended) };
  }
}
