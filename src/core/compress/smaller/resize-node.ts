/** Nodes that name sizes, made to name those that are left: groups, parts, ranges and shapes. */
import { attribute, attributeOf, intOf, node as makeNode } from '../../onnx/build.ts';
import { loadIntegers, makeTensor } from '../../onnx/tensor.ts';
import type { Attribute, Node, Tensor } from '../../onnx/types.ts';
import type { Remains } from './cut.ts';
import type { Integers } from './integers.ts';
import type { Axis } from './slots.ts';
import { normalAxis } from './tie.ts';
import { rangesOf } from './tie-parts.ts';

interface Surroundings {
  readonly remains: Remains;
  readonly integers: Integers;
  readonly stored: ReadonlyMap<string, Tensor>;
  readonly opset: number;
  readonly fresh: (base: string) => string;
}

/** Entries of a list of integers that change, by position. */
type Changes = ReadonlyMap<number, number>;

export class Resizing {
  /** Tensors that the changed nodes take. */
  readonly tensors: Tensor[] = [];
  private readonly around: Surroundings;

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** What stands in a node's place; undefined where it may stay. */
  async nodes(node: Node): Promise<readonly Node[] | undefined> {
    switch (node.opType) {
      case 'Conv':
        return this.convolution(node);
      case 'Split':
        return this.split(node);
      case 'Slice':
        return this.slice(node);
      case 'Reshape':
      case 'Expand':
        return this.shape(node, 1);
      case 'Resize':
        return attributeOf(node, 'axes') ? undefined : this.shape(node, 3);
      default:
        return undefined;
    }
  }

  private convolution(node: Node): readonly Node[] | undefined {
    const { remains } = this.around;
    const channels = remains.of(node.inputs[0]!)[1];
    const groups = channels && remains.size(channels);
    if (intOf(node, 'group', 1) === 1 || groups === channels?.size) return undefined;
    return [withAttribute(node, attribute('group', groups!))];
  }

  private split(node: Node): readonly Node[] | undefined {
    const { remains, opset } = this.around;
    const axes = remains.of(node.inputs[0]!);
    const along = normalAxis(intOf(node, 'axis', 0), axes.length);
    if (!axes[along] || !remains.along(axes[along])) return undefined;
    const sizes = node.outputs.map((name) => remains.size(remains.of(name)[along]!));
    if (opset < 13) return [withAttribute(node, attribute('split', sizes))];
    const attributes = node.attributes.filter(({ name }) => name !== 'num_outputs');
    return [{ ...node, attributes, inputs: [node.inputs[0]!, this.list(node, sizes)] }];
  }

  private async slice(node: Node): Promise<readonly Node[] | undefined> {
    const { remains, integers } = this.around;
    const axes = remains.of(node.inputs[0]!);
    const outputs = remains.of(node.outputs[0]!);
    const starts = new Map<number, number>();
    const ends = new Map<number, number>();
    const ranges = rangesOf({ node, inputs: [axes], integers }) ?? new Map<number, undefined>();
    [...ranges].forEach(([axis, range], position) => {
      const stay = axes[axis] && remains.along(axes[axis]);
      if (!stay || !range) return;
      const start = stay.filter((at) => at < range.start).length;
      starts.set(position, start);
      ends.set(position, start + remains.size(outputs[axis]!));
    });
    if (starts.size === 0) return undefined;
    if (node.inputs.length === 1) {
      const withStarts = withAttribute(node, patchedInts(node, 'starts', starts));
      return [withAttribute(withStarts, patchedInts(node, 'ends', ends))];
    }
    const first = await this.patched(node, 1, starts);
    return [...first.before, ...(await this.shapeInput(first.node, 2, ends))];
  }

  /** The wanted shape of a Reshape, Expand or Resize. -1 and 1 adapt; 0 does where the axis was the input's. */
  private async shape(node: Node, input: number): Promise<readonly Node[] | undefined> {
    const { remains, integers } = this.around;
    const list = integers.list(node, input, '');
    const from = remains.of(node.inputs[0]!);
    const to = remains.of(node.outputs[0]!);
    const changes = new Map<number, number>();
    list?.forEach((wanted, position) => {
      const axis: Axis | undefined = to[position + to.length - list.length];
      if (!axis || !remains.along(axis) || wanted === -1 || wanted === 1) return;
      const size = remains.size(axis);
      const copies = wanted === 0 && from[position] && remains.size(from[position]) === size;
      if (!copies) changes.set(position, size);
    });
    return changes.size === 0 ? undefined : this.shapeInput(node, input, changes);
  }

  private async shapeInput(node: Node, input: number, changes: Changes): Promise<readonly Node[]> {
    const { before, node: changed } = await this.patched(node, input, changes);
    return [...before, changed];
  }

  /** The node with some entries of a list changed: in a list of its own, or in what was computed. */
  private async patched(
    node: Node,
    input: number,
    changes: Changes,
  ): Promise<{ readonly before: readonly Node[]; readonly node: Node }> {
    const { stored, fresh, integers } = this.around;
    const name = node.inputs[input]!;
    const tensor = stored.get(name);
    const withInput = (made: string): Node => ({
      ...node,
      inputs: node.inputs.map((one, index) => (index === input ? made : one)),
    });
    if (tensor) {
      const values = await loadIntegers(tensor);
      return {
        before: [],
        node: withInput(this.list(node, changed(values, changes), tensor.dtype === 'int32')),
      };
    }
    const count = integers.list(node, input, '')!.length;
    const isNew = fresh(`${name}/is_new`);
    const mask = Uint8Array.from({ length: count }, (_, at) => (changes.has(at) ? 1 : 0));
    this.tensors.push(makeTensor(isNew, 'bool', [count], mask));
    const values = this.list(node, changed(Array<number>(count).fill(0), changes));
    const made = fresh(`${name}/resized`);
    return {
      before: [makeNode('Where', [isNew, values, name], [made], { name: made })],
      node: withInput(made),
    };
  }

  private list(node: Node, values: readonly number[], short = false): string {
    const name = this.around.fresh(`${node.outputs[0]}/sizes`);
    const data = short ? Int32Array.from(values) : BigInt64Array.from(values, BigInt);
    this.tensors.push(makeTensor(name, short ? 'int32' : 'int64', [values.length], data));
    return name;
  }
}

const changed = (values: readonly number[], changes: Changes): number[] =>
  values.map((value, position) => changes.get(position) ?? value);

function patchedInts(node: Node, name: string, changes: Changes): Attribute {
  const values = Array.from(attributeOf(node, name)?.ints ?? [], Number);
  return attribute(name, changed(values, changes));
}

const withAttribute = (node: Node, made: Attribute): Node => ({
  ...node,
  attributes: [...node.attributes.filter(({ name }) => name !== made.name), made],
});
