/**
 * The two factors of one weight as stored tensors. The first consumer that asks for a factor decides
 * how it is stored; one that needs it turned, or in another type, gets a node that turns it.
 */
import { intOf, node, type AttributeValue } from '../onnx/build.ts';
import { bytesFromFloats } from '../onnx/floats.ts';
import { makeTensor } from '../onnx/tensor.ts';
import type { Node, Tensor } from '../onnx/types.ts';
import type { Consumer, Weight } from '../onnx/weights.ts';
import { transposed, type Factors, type MatrixView } from './low-rank.ts';
import { kept, type ModelEdit } from './model-edit.ts';
import type { FactorSource, SeenMatrix } from './split-consumers.ts';

type Part = keyof Factors;

interface StoredFactor {
  readonly name: string;
  readonly turned: boolean;
}

export class FactorLayouts {
  readonly tensors: Tensor[] = [];
  /** What turns the stored factors into other layouts. */
  readonly nodes: Node[] = [];
  private readonly weight: Weight;
  private readonly view: MatrixView;
  private readonly rank: number;
  private readonly factors: Factors;
  private readonly edit: ModelEdit;
  private readonly stored = new Map<Part, StoredFactor>();
  private readonly derived = new Map<string, string>();

  constructor(weight: Weight, view: MatrixView, rank: number, factors: Factors, edit: ModelEdit) {
    this.weight = weight;
    this.view = view;
    this.rank = rank;
    this.factors = factors;
    this.edit = edit;
  }

  /** The factors as one consumer needs them. */
  sourceFor({ via }: Consumer, { rows, columns, sumsRows }: SeenMatrix): FactorSource {
    const casts = via.filter(({ opType }) => opType === 'Cast');
    const [inner, outer] = sumsRows ? (['left', 'right'] as const) : (['right', 'left'] as const);
    return {
      inputs: sumsRows ? rows : columns,
      rank: this.rank,
      outputs: sumsRows ? columns : rows,
      inner: (first, dims) => this.value(inner, (first === 'rank') === sumsRows, dims, casts),
      outer: (first, dims) => this.value(outer, (first === 'rank') !== sumsRows, dims, casts),
      fresh: (base) => this.edit.fresh(base),
    };
  }

  /** left is stored as [rows, rank] and right as [rank, columns], or `turned`. */
  private value(
    part: Part,
    turned: boolean,
    dims: readonly number[],
    casts: readonly Node[],
  ): string {
    const stored = this.stored.get(part) ?? this.store(part, turned, dims);
    const laid =
      stored.turned === turned
        ? stored.name
        : this.derive(stored.name, 'Transpose', { perm: [1, 0] });
    return casts.reduce((name, cast) => {
      return this.derive(name, 'Cast', { to: intOf(cast, 'to', 1) });
    }, laid);
  }

  private store(part: Part, turned: boolean, dims: readonly number[]): StoredFactor {
    const { weight, rank, view } = this;
    const values = this.factors[part];
    const shape = part === 'left' ? { ...view, columns: rank } : { ...view, rows: rank };
    const laid = turned ? transposed(values, shape) : values;
    const name = this.edit.fresh(`${weight.name}_${part}`);
    const bytes = bytesFromFloats(laid, weight.dtype);
    this.tensors.push(makeTensor(name, weight.dtype, dims, kept(bytes)));
    const stored = { name, turned };
    this.stored.set(part, stored);
    return stored;
  }

  private derive(
    from: string,
    opType: string,
    attributes: Readonly<Record<string, AttributeValue>>,
  ): string {
    const key = `${from} ${opType} ${JSON.stringify(attributes)}`;
    const known = this.derived.get(key);
    if (known !== undefined) return known;
    const name = this.edit.fresh(`${from}_${opType.toLowerCase()}`);
    this.nodes.push(node(opType, [from], [name], { name, attributes }));
    this.derived.set(key, name);
    return name;
  }
}
