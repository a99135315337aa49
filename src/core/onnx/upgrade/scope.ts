/**
 * The graph that a rule works in: what is known about its values, fresh names, and constants. In the
 * main graph a constant is an initializer; in a subgraph or a function it is a Constant node.
 */
import { ModelError } from '../../errors.ts';
import { node } from '../build.ts';
import { bytesFromFloats, isFloat } from '../floats.ts';
import { freshName, indexGraph, type GraphIndex } from '../graph.ts';
import { elementCount, loadFloats, loadIntegers, makeTensor } from '../tensor.ts';
import type { Attribute, Dtype, Graph, Node, Tensor } from '../types.ts';
import { factsOf, nothing, type Fact } from './facts.ts';

/** From which opset to which an upgrade goes, and the names that are taken. */
export interface Journey {
  readonly from: number;
  readonly to: number;
  readonly taken: Set<string>;
}

/** A constant of this many elements is no setting of a node but data; rules need not know it. */
const mostElements = 1024;

/** Constant's attribute for a value that a function's caller supplies, by AttributeProto.AttributeType. */
const constantAttribute = new Map([
  [1, 'value_float'],
  [2, 'value_int'],
  [6, 'value_floats'],
  [7, 'value_ints'],
]);

/** A graph under upgrade: the main graph, a subgraph, a training graph, or a function's body. */
export class Scope {
  readonly journey: Journey;
  /** Constants that the rules asked for, to be added to the graph: in front of all other nodes. */
  readonly initializers: Tensor[] = [];
  readonly first: Node[] = [];
  private readonly graph: Graph;
  private readonly parent: Scope | undefined;
  private readonly asNodes: boolean;
  private readonly shared = new Map<string, string>();
  private facts: ReadonlyMap<string, Fact> | undefined;
  private found: GraphIndex | undefined;

  constructor(graph: Graph, journey: Journey, parent: Scope | undefined, asNodes: boolean) {
    this.graph = graph;
    this.journey = journey;
    this.parent = parent;
    this.asNodes = asNodes;
  }

  /** Throws the ModelError that names a node and says why it can't be upgraded. */
  refuse({ name, opType, outputs }: Node, reason: string): never {
    const { from, to } = this.journey;
    throw new ModelError(
      `Node "${name || (outputs[0] ?? '')}" (${opType}) can't be taken from opset ${from} to ${to}: ${reason}. ` +
        `Export the model again with opset ${to} or newer.`,
    );
  }

  /** A name like `base` that nothing has. */
  fresh(base: string): string {
    return freshName(this.journey.taken, base);
  }

  /** What is known of a value's type and dims, here or outside. */
  fact(value: string): Fact {
    this.facts ??= factsOf(this.graph, (name) => this.parent?.fact(name) ?? nothing);
    return this.facts.get(value) ?? this.parent?.fact(value) ?? nothing;
  }

  /** Whether anything reads a value. */
  isUsed(value: string): boolean {
    return value !== '' && (this.index.uses(value).length > 0 || this.index.isOutput(value));
  }

  /** The numbers of a value that is a small constant; undefined of one that is not. */
  async numbers(value: string): Promise<readonly number[] | undefined> {
    const tensor = this.constantTensor(value);
    if (!tensor || tensor.dtype === 'string' || elementCount(tensor) > mostElements)
      return undefined;
    return isFloat(tensor.dtype) ? Array.from(await loadFloats(tensor)) : loadIntegers(tensor);
  }

  /** A constant of whole numbers (int64): a list, or a scalar for a single number. */
  integers(role: string, values: Iterable<number | bigint> | number | bigint): string {
    const isScalar = typeof values === 'number' || typeof values === 'bigint';
    // Through bigint, as they are: slices end at 2^63 - 1, which no number holds.
    const list = BigInt64Array.from(isScalar ? [values] : [...values], (one) => BigInt(one));
    return this.constant(role, 'int64', isScalar ? [] : [list.length], list);
  }

  /** A float32 constant: a list, or a scalar for a single number. */
  floats(role: string, values: readonly number[] | number): string {
    const list = typeof values === 'number' ? [values] : values;
    const dims = typeof values === 'number' ? [] : [list.length];
    return this.constant(role, 'float32', dims, Float32Array.from(list));
  }

  /**
   * A scalar of the type of another value: a constant where that type is known, else a float32
   * constant and the CastLike that turns it into one.
   */
  scalarLike(role: string, number: number, like: string): { value: string; nodes: Node[] } {
    const { dtype } = this.fact(like);
    if (dtype !== undefined && isFloat(dtype)) {
      const bytes = bytesFromFloats(Float32Array.of(number), dtype);
      return { value: this.constant(role, dtype, [], bytes), nodes: [] };
    }
    const value = this.fresh(role);
    return { value, nodes: [node('CastLike', [this.floats(role, number), like], [value])] };
  }

  /** A constant of an attribute's value, also where a function leaves that to its caller. */
  fromAttribute({ name, type, refAttrName, ints, i, floats, f }: Attribute): string {
    if (refAttrName === undefined) {
      if (ints) return this.integers(name, ints);
      if (floats) return this.floats(name, [...floats]);
      return i === undefined ? this.floats(name, f ?? 0) : this.integers(name, i);
    }
    const value = this.fresh(name);
    const reference = {
      name: constantAttribute.get(type ?? 0) ?? name,
      type: type ?? 0,
      refAttrName,
    };
    this.first.push({ ...node('Constant', [], [value]), attributes: [reference] });
    return value;
  }

  private constant(
    role: string,
    dtype: Dtype,
    dims: readonly number[],
    data: ArrayBufferView,
  ): string {
    const tensor = makeTensor(role, dtype, dims, data);
    const key = `${role} ${dtype} [${dims.join()}] ${(tensor.rawData as Uint8Array).join()}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const name = this.fresh(role);
    this.shared.set(key, name);
    if (this.asNodes) {
      this.first.push(node('Constant', [], [name], { attributes: { value: { ...tensor, name } } }));
    } else this.initializers.push({ ...tensor, name });
    return name;
  }

  private get index(): GraphIndex {
    return (this.found ??= indexGraph(this.graph));
  }

  /** From IR version 4 on, an initializer that is also an input is only a default. */
  private constantTensor(value: string): Tensor | undefined {
    const { initializer, producer } = this.index;
    const tensor = initializer.get(value);
    if (tensor) return this.graph.inputs.some(({ name }) => name === value) ? undefined : tensor;
    const maker = producer.get(value);
    if (!maker) return this.parent?.constantTensor(value);
    if (maker.opType !== 'Constant') return undefined;
    return maker.attributes.find(({ name }) => name === 'value')?.t;
  }
}
