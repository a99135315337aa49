/**
 * A graph while it is being drawn. Weights are initializers with dotted names; every other constant is
 * a Constant node, so that what is trained, counted and compressed is exactly what is stored as weight.
 */
import type { Random } from '../../core/math/random.ts';
import { graph, model, node, value, type AttributeValue } from '../../core/onnx/build.ts';
import { makeTensor } from '../../core/onnx/tensor.ts';
import type { Dtype, Model, Node, Tensor, ValueInfo } from '../../core/onnx/types.ts';

/** Fresh values of a weight. */
export type Draw = (random: Random) => number;

export const zeros: Draw = () => 0;
export const ones: Draw = () => 1;
export const normal =
  (deviation: number): Draw =>
  (random) =>
    deviation * random.normal();
/** Keeps the variance through layers with ReLU (He et al., 2015). */
export const he = (inputs: number): Draw => normal(Math.sqrt(2 / inputs));
/** Keeps the variance in both directions through linear layers (Glorot and Bengio, 2010). */
export const xavier = (inputs: number, outputs: number): Draw =>
  normal(Math.sqrt(2 / (inputs + outputs)));

/** What all scopes of one graph share. */
interface Parts {
  readonly random: Random;
  readonly nodes: Node[];
  readonly weights: Map<string, Tensor>;
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  readonly names: Map<string, number>;
  readonly constants: Map<string, string>;
}

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Draws a graph. Weights depend on the seed and their name alone, not on the order of drawing. */
export class Sketch {
  readonly #parts: Parts;
  readonly #scope: string;

  private constructor(parts: Parts, scope: string) {
    this.#parts = parts;
    this.#scope = scope;
  }

  static begin(random: Random): Sketch {
    const lists = { nodes: [], inputs: [], outputs: [] };
    const maps = { weights: new Map(), names: new Map(), constants: new Map() };
    return new Sketch({ random, ...lists, ...maps }, '');
  }

  /** The same graph, with `scope.` before every name. */
  within(scope: string): Sketch {
    return new Sketch(this.#parts, `${this.#scope}${scope}.`);
  }

  input(name: string, dtype: Dtype, dims: readonly (number | string)[]): string {
    this.#parts.inputs.push(value(name, dtype, dims));
    return name;
  }

  /** Makes a value an output of the graph under this name. */
  output(name: string, from: string, dtype: Dtype, dims: readonly (number | string)[]): void {
    this.#parts.nodes.push(node('Identity', [from], [name], { name: `${name}.output` }));
    this.#parts.outputs.push(value(name, dtype, dims));
  }

  /** A node with one output; gives the output's name. */
  node(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.nodes(opType, inputs, 1, attributes)[0]!;
  }

  /** A node with several outputs. */
  nodes(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Attributes = {},
  ): readonly string[] {
    const name = this.#unique(opType.toLowerCase());
    const names = Array.from({ length: outputs }, (_, index) =>
      outputs === 1 ? name : `${name}.${index}`,
    );
    this.#parts.nodes.push(node(opType, inputs, names, { name, attributes }));
    return names;
  }

  /** A trained float32 weight. The same name again gives the same weight: that is how weights are tied. */
  weight(name: string, dims: readonly number[], draw: Draw): string {
    const full = this.#scope + name;
    const { weights, random } = this.#parts;
    if (!weights.has(full)) {
      const chance = random.fork(full);
      const size = dims.reduce((product, dim) => product * dim, 1);
      const values = Float32Array.from({ length: size }, () => draw(chance));
      weights.set(full, makeTensor(full, 'float32', dims, values));
    }
    return full;
  }

  /** An int64 constant: a list, or a scalar where a number is given. */
  integers(values: number | readonly number[]): string {
    const list = typeof values === 'number' ? [values] : values;
    const data = BigInt64Array.from(list, BigInt);
    return this.constant('int64', typeof values === 'number' ? [] : [list.length], data);
  }

  /** A float32 constant: a scalar where no dims are given. */
  floats(values: number | readonly number[] | Float32Array, dims: readonly number[] = []): string {
    const list = typeof values === 'number' ? [values] : values;
    return this.constant('float32', dims, Float32Array.from(list));
  }

  /** A constant of any type; equal ones are one. */
  constant(
    dtype: Dtype,
    dims: readonly number[],
    data: Float32Array | BigInt64Array | Uint8Array,
  ): string {
    const { constants, nodes } = this.#parts;
    const key = `${dtype} [${dims.join()}] ${data.join()}`;
    const known = constants.get(key);
    if (known !== undefined) return known;
    const name = `constant.${constants.size}`;
    const tensor = makeTensor(name, dtype, dims, data);
    nodes.push(node('Constant', [], [name], { name, attributes: { value: tensor } }));
    constants.set(key, name);
    return name;
  }

  /** The graph so far, as a model. */
  model(name: string): Model {
    const { nodes, inputs, outputs, weights } = this.#parts;
    const initializers = [...weights.values()];
    return model(graph({ name, nodes, inputs, outputs, initializers }));
  }

  #unique(label: string): string {
    const { names } = this.#parts;
    const full = this.#scope + label;
    const count = names.get(full) ?? 0;
    names.set(full, count + 1);
    return count === 0 ? full : `${full}_${count + 1}`;
  }
}
