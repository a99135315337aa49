/** Removes channels from a graph: from its stored tensors, and from the nodes that name sizes. */
import { attributeOf } from '../../onnx/build.ts';
import { freshName, namesOf, withoutUnreachable } from '../../onnx/graph.ts';
import { GraphEdit } from '../../onnx/graph-edit.ts';
import { bitsOf, loadBytes, makeTensor } from '../../onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../onnx/types.ts';
import { kept as keptBytes } from '../model-edit.ts';
import { storedIn, type Integers } from './integers.ts';
import { Resizing } from './resize-node.ts';
import type { Axis, Slots } from './slots.ts';

/** Whether channels can be cut from a stored tensor: each element has bytes of its own. */
export const isCuttable = ({ dtype }: Tensor): boolean => dtype !== 'string' && bitsOf(dtype) >= 8;

/** What is left of axes once some channels went. */
export class Remains {
  private readonly slots: Slots;
  private readonly gone: ReadonlySet<number>;

  constructor(slots: Slots, gone: ReadonlySet<number>) {
    this.slots = slots;
    this.gone = gone;
  }

  of(value: string): readonly Axis[] {
    return this.slots.of(value) ?? [];
  }

  /** The indices that stay; undefined where all do. */
  along({ start, size }: Axis): readonly number[] | undefined {
    const stay: number[] = [];
    for (let at = 0; at < size; at++) {
      if (!this.gone.has(this.slots.root(start + at))) stay.push(at);
    }
    return stay.length === size ? undefined : stay;
  }

  size(axis: Axis): number {
    return this.along(axis)?.length ?? axis.size;
  }

  isChanged(value: string): boolean {
    return this.of(value).some((axis) => this.along(axis) !== undefined);
  }
}

/** The model without the channels whose roots are `gone`. Errors: ModelError for damaged tensors. */
export async function withoutChannels(
  model: Model,
  remains: Remains,
  integers: Integers,
): Promise<Model> {
  const { graph } = model;
  const taken = namesOf(model);
  const stored = storedIn(graph);
  const edit = new GraphEdit(graph);
  const opset = model.opsetImports.find(({ domain = '' }) => domain === '')?.version ?? 1;
  const resizing = new Resizing({
    remains,
    integers,
    stored,
    opset,
    fresh: (base) => freshName(taken, base),
  });
  for (const node of graph.nodes) {
    const nodes =
      node.opType === 'Constant' ? await cutConstant(node, remains) : await resizing.nodes(node);
    if (nodes) edit.replace(node, ...nodes);
  }
  const initializers = graph.initializers.map((tensor) => cutTensor(tensor, tensor.name, remains));
  edit.addInitializer(...resizing.tensors);
  const edited = edit.done();
  const added = edited.initializers.slice(graph.initializers.length);
  const names = new Set(stored.keys());
  const whole = {
    ...edited,
    initializers: [...(await Promise.all(initializers)), ...added],
    // Up to IR version 3 stored tensors were inputs too, with dims that no longer hold.
    inputs: edited.inputs.filter(({ name }) => !names.has(name)),
    valueInfos: edited.valueInfos.filter(({ name }) => !remains.isChanged(name)),
  };
  const irVersion = Math.max(4, model.irVersion ?? 4);
  return { ...model, irVersion, graph: withoutUnreachable(whole) };
}

async function cutConstant(node: Node, remains: Remains): Promise<Node[] | undefined> {
  const [name = ''] = node.outputs;
  const tensor = attributeOf(node, 'value')?.t;
  if (!tensor || !remains.isChanged(name)) return undefined;
  const t = await cutTensor(tensor, name, remains);
  return [{ ...node, attributes: node.attributes.map((one) => (one.t ? { ...one, t } : one)) }];
}

/** The elements of a tensor that stay, axis after axis. */
async function cutTensor(tensor: Tensor, name: string, remains: Remains): Promise<Tensor> {
  if (!remains.isChanged(name)) return tensor;
  let bytes = await loadBytes(tensor);
  const dims = [...tensor.dims];
  for (const axis of remains.of(name)) {
    const stay = remains.along(axis);
    if (!stay) continue;
    const inner = dims.slice(axis.axis + 1).reduce((total, dim) => total * dim, 1);
    bytes = pick(bytes, stay, axis.size, (inner * bitsOf(tensor.dtype)) / 8);
    dims[axis.axis] = stay.length;
  }
  return makeTensor(tensor.name, tensor.dtype, dims, keptBytes(bytes));
}

/** Of every `size` runs of `run` bytes, those at the given places. */
function pick(bytes: Uint8Array, places: readonly number[], size: number, run: number): Uint8Array {
  const outer = bytes.length / (size * run);
  const picked = new Uint8Array(outer * places.length * run);
  let to = 0;
  for (let block = 0; block < outer; block++) {
    for (const place of places) {
      const from = (block * size + place) * run;
      picked.set(bytes.subarray(from, from + run), to);
      to += run;
    }
  }
  return picked;
}
