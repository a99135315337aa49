/** Collects the nodes and constants that a training step adds to a graph, under names of its own. */
import { node, type AttributeValue } from '../onnx/build.ts';
import { makeTensor } from '../onnx/tensor.ts';
import type { Node, Tensor } from '../onnx/types.ts';
import type { Emitter } from './rule.ts';

export class GraphEmitter implements Emitter {
  readonly nodes: Node[] = [];
  readonly initializers: Tensor[] = [];
  readonly #taken: Set<string>;
  readonly #constants = new Map<string, string>();
  #count = 0;

  /** `taken` are the names that the graph has already; new ones are added to it. */
  constructor(taken: Set<string>) {
    this.#taken = taken;
  }

  emit(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    return this.emitMany(opType, inputs, 1, attributes)[0]!;
  }

  emitMany(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): readonly string[] {
    const names = Array.from({ length: outputs }, () => this.name(opType));
    this.nodes.push(node(opType, inputs, names, { name: this.name(`${opType} node`), attributes }));
    return names;
  }

  floats(values: number | readonly number[], dims?: readonly number[]): string {
    const list = typeof values === 'number' ? [values] : values;
    const shape = dims ?? (typeof values === 'number' ? [] : [list.length]);
    return this.#constant('float32', shape, Float32Array.from(list));
  }

  integers(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.#constant('int64', dims, BigInt64Array.from(values, BigInt));
  }

  /** A name that begins with what it is for and is nobody else's. */
  name(what: string): string {
    let name: string;
    do name = `train/${what} ${++this.#count}`;
    while (this.#taken.has(name));
    this.#taken.add(name);
    return name;
  }

  /** A large constant, stored as it is. */
  tensor(dtype: 'float32' | 'int64', dims: readonly number[], data: ArrayBufferView): string {
    const name = this.name('constant');
    this.initializers.push(makeTensor(name, dtype, dims, data));
    return name;
  }

  #constant(
    dtype: 'float32' | 'int64',
    dims: readonly number[],
    data: Float32Array | BigInt64Array,
  ): string {
    // A float's bits tell −0 from 0.
    const bits = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).join();
    const key = `${dtype} ${dims.join()} ${bits}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.tensor(dtype, dims, data);
    this.#constants.set(key, name);
    return name;
  }
}
