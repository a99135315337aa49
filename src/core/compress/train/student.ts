/** A model made ready to be trained, and made a model again afterwards. */
import { freshName, namesOf, withoutUnreachable } from '../../onnx/graph.ts';
import { GraphEdit } from '../../onnx/graph-edit.ts';
import { isFloat } from '../../onnx/floats.ts';
import { attributeOf } from '../../onnx/build.ts';
import { elementCount, loadFloats, makeTensor } from '../../onnx/tensor.ts';
import type { Model, Tensor } from '../../onnx/types.ts';
import type { Weight } from '../../onnx/weights.ts';
import { loadFinite } from '../dense.ts';
import { kept, ModelEdit, type Stored } from '../model-edit.ts';
import type { Context } from '../technique.ts';
import { fakeQuantize, type FakeQuantized } from './fake-quantize.ts';
import { maskOf } from './masks.ts';
import { codedOf, untrainable, vectorsOf } from './trainable.ts';

/** What trains: the weights with their scales, the norms and biases with the scales, or all of these. */
export type Trains = 'all' | 'weights' | 'norms';

export interface Student {
  /** The graph to train: coded weights as floats that are rounded on the way. */
  readonly model: Model;
  /** Initializers of it that train. */
  readonly trained: readonly string[];
  readonly masks: ReadonlyMap<string, Uint8Array>;
  /** The weights of the original graph that training changes. */
  readonly weights: readonly Weight[];
  /** The original graph with trained values in it, every tensor in its own form. */
  store(values: ReadonlyMap<string, Float32Array>): Model;
}

/**
 * Prepares the selected weights, with notes about those that can't be trained. Errors: ModelError for
 * a weight that is not finite, the signal's reason.
 */
export async function prepareStudent(
  model: Model,
  trains: Trains,
  { weights: selected, original, note, signal }: Context,
): Promise<Student> {
  const weights = selected.filter((weight) => {
    const reason = untrainable(model, weight);
    if (reason !== undefined) note(`"${weight.key}" is left as it is: ${reason}.`);
    return reason === undefined;
  });
  const taken = namesOf(model);
  const before = storedFloats(original);
  const rounded: FakeQuantized[] = [];
  const masks = new Map<string, Uint8Array>();
  const plain: (Stored & { readonly tensor: Tensor })[] = [];
  for (const weight of weights) {
    signal.throwIfAborted();
    const coded = weight.quantized && codedOf(model, weight);
    if (coded) {
      const was = await valuesBefore(before, namesBehind(model, coded.value), coded.codes);
      rounded.push(await fakeQuantize(coded, was, (base) => freshName(taken, base)));
    } else {
      const was = await valuesBefore(before, [weight.name], weight.tensor);
      const mask = maskOf(await loadFinite(weight), was);
      if (mask) masks.set(weight.name, mask);
      plain.push(weight);
    }
  }
  for (const { latent, mask } of rounded) if (mask) masks.set(latent.name, mask);
  const vectors = vectorsOf(model);
  const trained = [
    ...(trains === 'norms'
      ? []
      : [...plain.map(nameOf), ...rounded.map(({ latent }) => latent.name)]),
    ...rounded.map(({ multiplier }) => multiplier.name),
    ...(trains === 'weights' ? [] : vectors.map(nameOf)),
  ];
  return {
    model: withLatents(model, rounded),
    trained,
    masks,
    weights,
    store: (values) => stored(model, rounded, [...plain, ...vectors], values),
  };
}

const nameOf = ({ name }: { readonly name: string }): string => name;

/** Stored reals of the main graph, by name. */
function storedFloats({ graph }: Model): ReadonlyMap<string, Tensor> {
  const tensors = graph.initializers.map((tensor) => [tensor.name, tensor] as const);
  const constants = graph.nodes.flatMap((node) => {
    const tensor = node.opType === 'Constant' ? attributeOf(node, 'value')?.t : undefined;
    return tensor ? [[node.outputs[0]!, tensor] as const] : [];
  });
  return new Map([...tensors, ...constants].filter(([, { dtype }]) => isFloat(dtype)));
}

async function valuesBefore(
  before: ReadonlyMap<string, Tensor>,
  names: readonly string[],
  like: Tensor,
): Promise<Float32Array | undefined> {
  const name = names.find((one) => before.has(one));
  const tensor = name === undefined ? undefined : before.get(name);
  if (!tensor || elementCount(tensor) !== elementCount(like)) return undefined;
  return loadFloats(tensor);
}

/** A value and those that hold the same numbers in other dims or types. */
function namesBehind({ graph }: Model, value: string): string[] {
  const names = [value];
  for (const { opType, inputs, outputs } of graph.nodes) {
    const same = opType === 'Reshape' || opType === 'Cast' || opType === 'Identity';
    if (same && names.includes(inputs[0] ?? '')) names.push(outputs[0]!);
  }
  return names;
}

function withLatents(model: Model, rounded: readonly FakeQuantized[]): Model {
  if (rounded.length === 0) return model;
  const edit = new GraphEdit(model.graph);
  for (const { coded, latent, multiplier, nodes, constants } of rounded) {
    edit.replace(coded.node, ...nodes).addInitializer(latent, multiplier, ...constants);
  }
  return { ...model, graph: withoutUnreachable(edit.done()) };
}

function stored(
  model: Model,
  rounded: readonly FakeQuantized[],
  plain: readonly (Stored & { readonly tensor: Tensor })[],
  values: ReadonlyMap<string, Float32Array>,
): Model {
  const edit = new ModelEdit(model);
  const constants = new Set(
    model.graph.nodes
      .filter(({ opType }) => opType === 'Constant')
      .map(({ outputs }) => outputs[0]),
  );
  const swap = (tensor: Tensor): void => {
    const kind = constants.has(tensor.name) ? 'constant' : 'initializer';
    edit.swapStored({ name: tensor.name, path: [], stored: kind }, tensor);
  };
  for (const { store } of rounded) for (const tensor of store(values)) swap(tensor);
  const places = new Map(plain.map((one) => [one.name, one.tensor]));
  const statistics = model.graph.initializers.filter(({ name }) => !places.has(name));
  for (const tensor of statistics) places.set(tensor.name, tensor);
  for (const [name, tensor] of places) {
    const now = values.get(name);
    if (now) swap(withFloats({ ...tensor, name }, now));
  }
  return edit.done();
}

function withFloats(
  { name, dims, docString, metadataProps }: Tensor,
  values: Float32Array,
): Tensor {
  const copy = new Uint8Array(values.slice().buffer);
  return {
    ...makeTensor(name, 'float32', dims, kept(copy)),
    ...(docString === undefined ? {} : { docString }),
    ...(metadataProps ? { metadataProps } : {}),
  };
}
