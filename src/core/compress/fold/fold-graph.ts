/** The main graph as folds see it: which stored tensors belong to one node alone, and what reads a value. */
import { intOf } from '../../onnx/build.ts';
import { bytesFromFloats, isFloat } from '../../onnx/floats.ts';
import { indexGraph, sorted, type GraphIndex, type Use } from '../../onnx/graph.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { dtypes, type Dtype, type Model, type Node, type Tensor } from '../../onnx/types.ts';
import { findWeights, type Consumer, type Weight } from '../../onnx/weights.ts';
import { notDense } from '../dense.ts';
import { kept, type Stored } from '../model-edit.ts';

/** A tensor of the main graph that nobody can feed. */
export interface StoredTensor extends Stored {
  readonly tensor: Tensor;
}

/** A weight where a node of the main graph computes with it. */
export interface WeightAt {
  readonly weight: Weight;
  readonly consumer: Consumer;
}

export class FoldGraph {
  readonly model: Model;
  /** In an order in which the graph can be computed. */
  readonly nodes: readonly Node[];
  readonly index: GraphIndex;
  /** How many axes inputs and noted values have, by name. */
  readonly ranks: ReadonlyMap<string, number>;
  private readonly inputs: ReadonlySet<string>;
  private readonly weights = new Map<Node, WeightAt[]>();

  constructor(model: Model) {
    this.model = model;
    const graph = sorted(model.graph);
    this.nodes = graph.nodes;
    this.index = indexGraph(graph);
    this.ranks = new Map(
      [...graph.inputs, ...graph.valueInfos].flatMap(({ name, type }) => {
        const shape = type?.tensorType?.shape;
        return shape ? [[name, shape.dims.length] as const] : [];
      }),
    );
    // Up to IR version 3 every initializer is an input too; later such an input is a default.
    const isOld = (model.irVersion ?? 4) <= 3;
    const isFed = (name: string) => !isOld || !this.index.initializer.has(name);
    this.inputs = new Set(graph.inputs.flatMap(({ name }) => (isFed(name) ? [name] : [])));
    for (const weight of findWeights(model)) {
      for (const consumer of weight.consumers) {
        if (consumer.path.length > 0) continue;
        const known = this.weights.get(consumer.node);
        if (known) known.push({ weight, consumer });
        else this.weights.set(consumer.node, [{ weight, consumer }]);
      }
    }
  }

  /** The weight that a node computes with; undefined where it has none or several. */
  weightAt(node: Node): WeightAt | undefined {
    const found = this.weights.get(node);
    return found?.length === 1 ? found[0] : undefined;
  }

  /** An initializer or a Constant's tensor, by the name of its value. */
  stored(name: string): StoredTensor | undefined {
    if (name === '' || this.inputs.has(name)) return undefined;
    const initializer = this.index.initializer.get(name);
    if (initializer) return { name, path: [], stored: 'initializer', tensor: initializer };
    const producer = this.index.producer.get(name);
    const tensor =
      producer?.opType === 'Constant' ? producer.attributes.find(({ t }) => t)?.t : undefined;
    return tensor && { name, path: [], stored: 'constant', tensor };
  }

  /** A stored tensor of real numbers that only one input of one node takes. */
  own(name: string): StoredTensor | undefined {
    const found = this.stored(name);
    if (!found || !isFloat(found.tensor.dtype)) return undefined;
    return this.soleUse(name) ? found : undefined;
  }

  /** The use of a value that has no other, and is no output. */
  soleUse(value: string): Use | undefined {
    const [use, ...others] = this.index.uses(value);
    if (!use || others.length > 0 || use.captured || this.index.isOutput(value)) return undefined;
    return use;
  }

  /** Why the values of a weight can't be changed for this use alone; undefined where they can. */
  notOwn({ weight, consumer }: WeightAt): string | undefined {
    const reason = notDense(weight);
    if (reason !== undefined) return reason;
    if (weight.path.length > 0 || this.inputs.has(weight.name)) return 'it may be fed from outside';
    if (weight.consumers.length > 1) return 'several nodes take it';
    const moved = consumer.via.find(
      ({ opType }) => !['Transpose', 'Identity', 'Cast'].includes(opType),
    );
    if (moved) return `it goes through ${moved.opType}`;
    const values = [weight.name, ...consumer.via.map(({ outputs }) => outputs[0] ?? '')];
    return values.every((value) => this.soleUse(value)) ? undefined : 'several nodes take it';
  }
}

/** The type in which a node computes with a weight: its own, or that of the last Cast on its way. */
export function computedType({ weight, consumer }: WeightAt): Dtype {
  const casts = consumer.via.filter(({ opType }) => opType === 'Cast');
  const last = casts[casts.length - 1];
  return (last && dtypes[intOf(last, 'to', 0)]) ?? weight.dtype;
}

/** A stored tensor with other values, rounded to its type. */
export function withValues(tensor: Tensor, values: Float32Array): Tensor {
  const { name, dtype, dims, docString, metadataProps } = tensor;
  return {
    ...makeTensor(name, dtype, dims, kept(bytesFromFloats(values, dtype))),
    ...(docString === undefined ? {} : { docString }),
    ...(metadataProps ? { metadataProps } : {}),
  };
}

/** Elements of one slice's neighbors: `outer` runs of `size` slices of `inner` elements each. */
export function along(
  dims: readonly number[],
  axis: number,
): { outer: number; size: number; inner: number } {
  const product = (some: readonly number[]) => some.reduce((all, dim) => all * dim, 1);
  return {
    outer: product(dims.slice(0, axis)),
    size: dims[axis] ?? 1,
    inner: product(dims.slice(axis + 1)),
  };
}
