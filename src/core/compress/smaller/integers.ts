/** Integers that a graph stores, also those that are only parts of a computed list: [n, 3, ?] of a Concat. */
import { attributeOf, intsOf } from '../../onnx/build.ts';
import { elementCount, loadIntegers } from '../../onnx/tensor.ts';
import type { Graph, Node, Tensor } from '../../onnx/types.ts';

/** Stored tensors of the main graph by name: initializers and the values of Constant nodes. */
export function storedIn({ initializers, nodes }: Graph): ReadonlyMap<string, Tensor> {
  const constants = nodes.flatMap((node) => {
    const tensor = node.opType === 'Constant' ? attributeOf(node, 'value')?.t : undefined;
    return tensor ? [[node.outputs[0]!, tensor] as const] : [];
  });
  return new Map([...initializers.map((one) => [one.name, one] as const), ...constants]);
}

/** Lists are short; what is longer is no shape. */
const longest = 64;

/** Lists of integers by name. Entries that are computed are undefined; so is a list of unknown length. */
export class Integers {
  private readonly lists = new Map<string, readonly (number | undefined)[]>();

  /** Reads the short integer lists of a graph, and follows them through Concat. */
  static async of(graph: Graph, rankOne: (name: string) => number | undefined): Promise<Integers> {
    const integers = new Integers();
    for (const [name, tensor] of storedIn(graph)) {
      const isList = /^int(32|64)$/.test(tensor.dtype) && elementCount(tensor) <= longest;
      if (isList) integers.lists.set(name, await loadIntegers(tensor));
    }
    for (const node of graph.nodes) integers.follow(node, rankOne);
    return integers;
  }

  /** A list that newer opsets take as an input and older ones as an attribute. */
  list(node: Node, input: number, attribute: string): readonly (number | undefined)[] | undefined {
    const name = node.inputs[input];
    return name ? this.lists.get(name) : intsOf(node, attribute);
  }

  /** The same, where every entry is known. */
  known(node: Node, input: number, attribute: string): readonly number[] | undefined {
    const list = this.list(node, input, attribute);
    return list?.every((one) => one !== undefined) ? list : undefined;
  }

  private follow(node: Node, rankOne: (name: string) => number | undefined): void {
    const [output = ''] = node.outputs;
    if (node.opType === 'Constant') {
      const ints = intsOf(node, 'value_ints');
      if (ints) this.lists.set(output, ints);
    }
    if (node.opType !== 'Concat') return;
    const parts = node.inputs.map((name) => {
      const size = rankOne(name);
      return this.lists.get(name) ?? (size === undefined ? undefined : Array<undefined>(size));
    });
    if (rankOne(output) === undefined || parts.some((part) => part === undefined)) return;
    const whole = parts.flatMap((part) => Array.from(part!));
    if (whole.length <= longest) this.lists.set(output, whole);
  }
}
