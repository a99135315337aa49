/**
 * The graph to be trained, made ready: current operators, stored constants as initializers, fixed
 * dims, and the shape of every value. Shapes are not inferred: the graph is run once with all of its
 * values as outputs, which no operator can fool.
 */
import { ModelError } from '../errors.ts';
import { withoutDropout, type Dropouts } from './dropout.ts';
import { attributeOf, value as valueInfo } from '../onnx/build.ts';
import { indexGraph } from '../onnx/graph.ts';
import { inputsOf } from '../onnx/signature.ts';
import { elementCount, loadFloats, loadIntegers, makeTensor } from '../onnx/tensor.ts';
import type { Dtype, Graph, Model, Node, Tensor } from '../onnx/types.ts';
import { upgradeOpset } from '../onnx/upgrade.ts';
import { writeOnnx } from '../onnx/write.ts';
import type { Feeds, Runtime, Value } from '../runtime.ts';

/** The rules know the operators of this opset and later ones. */
const opset = 21;

/** A graph whose shapes are known. */
export interface Forward {
  readonly model: Model;
  readonly values: ReadonlyMap<string, { readonly dims: readonly number[]; readonly dtype: Dtype }>;
  /** Where dropout acts in training: its share, by the value it makes. In the graph it is an Identity. */
  readonly dropouts: Dropouts;
  /** Values that are the same in every run at these dims. Small ones are stored as initializers. */
  readonly constants: ReadonlyMap<string, Value>;
}

/**
 * Makes a model ready for inputs like `feeds`. `trained` names initializers (or inputs) that are no
 * constants. Errors: ModelError, RuntimeError where the graph does not run.
 */
export async function traceForward(
  model: Model,
  feeds: Feeds,
  trained: ReadonlySet<string>,
  runtime: Runtime,
): Promise<Forward> {
  const current = withFixedInputs(withoutConstantNodes(await upgradeOpset(model, opset)), feeds);
  const stored = new Map(await storedValues(current.graph));
  const { model: plain, dropouts } = withoutDropout(current, (name) =>
    firstNumber(stored.get(name)),
  );
  const fixed = constantValues(plain.graph, trained);
  const values = new Map([...stored, ...(await runWhole(plain, feeds, runtime))]);
  const known = new Map([...values].filter(([name]) => fixed.has(name)));
  return {
    model: { ...plain, graph: withStored(plain.graph, known) },
    values: new Map(
      [...values].map(([name, { dims, dtype }]) => [name, { dims: [...dims], dtype }]),
    ),
    constants: known,
    dropouts,
  };
}

const firstNumber = (value: Value | undefined): number | undefined =>
  value?.data[0] === undefined ? undefined : Number(value.data[0]);

/** Constant nodes as initializers, so that they can be trained and need no rule. */
function withoutConstantNodes(model: Model): Model {
  const stored: Tensor[] = [];
  const nodes = model.graph.nodes.filter((node) => {
    const tensor = node.opType === 'Constant' ? constantOf(node) : undefined;
    if (tensor) stored.push(tensor);
    return tensor === undefined;
  });
  if (stored.length === 0) return model;
  const initializers = [...model.graph.initializers, ...stored];
  return { ...model, graph: { ...model.graph, nodes, initializers } };
}

function constantOf(node: Node): Tensor | undefined {
  const [name = ''] = node.outputs;
  const tensor = attributeOf(node, 'value')?.t;
  if (tensor) return { ...tensor, name };
  const [attribute] = node.attributes;
  if (attribute?.floats)
    return makeTensor(name, 'float32', [attribute.floats.length], attribute.floats);
  if (attribute?.ints) return makeTensor(name, 'int64', [attribute.ints.length], attribute.ints);
  if (attribute?.f !== undefined)
    return makeTensor(name, 'float32', [], Float32Array.of(attribute.f));
  if (attribute?.i !== undefined)
    return makeTensor(name, 'int64', [], BigInt64Array.of(attribute.i));
  return undefined;
}

/** Every input as large as the feeds are. Errors: ModelError for one without a feed. */
function withFixedInputs(model: Model, feeds: Feeds): Model {
  const inputs = inputsOf(model).map(({ name }) => {
    const feed = feeds[name];
    if (!feed) {
      throw new ModelError(
        `Input "${name}" has no training data. Give values for ${inputsOf(model)
          .map((one) => `"${one.name}"`)
          .join(', ')}.`,
      );
    }
    return valueInfo(name, feed.dtype, feed.dims);
  });
  return { ...model, graph: { ...model.graph, inputs, valueInfos: [] } };
}

/** Names of values that depend on nothing that changes: stored ones, the shapes of all, and what is made of these. */
function constantValues(graph: Graph, trained: ReadonlySet<string>): Set<string> {
  const fixed = new Set<string>(['']);
  for (const { name } of graph.initializers) if (!trained.has(name)) fixed.add(name);
  for (const node of graph.nodes) {
    const isShape = node.opType === 'Shape' || node.opType === 'Size';
    if (isShape || (isPlain(node) && node.inputs.every((input) => fixed.has(input)))) {
      for (const output of node.outputs) if (output !== '') fixed.add(output);
    }
  }
  return fixed;
}

/** Gives the same for the same inputs, and looks at nothing else. */
const isPlain = ({ opType, attributes }: Node): boolean =>
  !/^(Random|Bernoulli|Multinomial)/.test(opType) &&
  attributes.every(({ g, graphs }) => !g && !graphs);

/** What the inputs and the nodes of the main graph give at one batch. */
async function runWhole(model: Model, feeds: Feeds, runtime: Runtime): Promise<[string, Value][]> {
  const { graph } = model;
  const made = graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''));
  const outputs = [...new Set(made)].map((name) => ({ name }));
  const files = writeOnnx({ ...model, graph: { ...graph, outputs } });
  const session = await runtime.createSession(files);
  try {
    return [...Object.entries(feeds), ...Object.entries(await session.run(feeds))];
  } finally {
    await session.release();
  }
}

/** Rules look at axes, shapes, scales and bounds, never at constants as large as weights. */
const largestRead = 2 ** 16;

async function storedValues({ initializers }: Graph): Promise<[string, Value][]> {
  const entries = initializers.map(async (tensor): Promise<[string, Value]> => {
    const { name, dims, dtype } = tensor;
    const isRead = elementCount(tensor) <= largestRead && dtype !== 'string';
    if (!isRead) return [name, { dims, dtype, data: [] }];
    const data = /^u?int|^bool/.test(dtype)
      ? Float64Array.from(await loadIntegers(tensor))
      : await loadFloats(tensor);
    return [name, { dims, dtype, data }];
  });
  return Promise.all(entries);
}

/** Constants beyond this many elements are computed in each step rather than stored. */
const largestStored = 2 ** 22;

/** Puts constants that nodes compute into the graph, and drops the nodes. */
function withStored(graph: Graph, known: ReadonlyMap<string, Value>): Graph {
  const { isOutput } = indexGraph(graph);
  const stored = new Set<string>();
  const initializers = [...graph.initializers];
  const nodes = graph.nodes.filter((node) => {
    const values = node.outputs.map((name) => known.get(name));
    const isKnown = values.every(
      (value, index) => value && isStorable(value) && !isOutput(node.outputs[index]!),
    );
    if (isKnown) for (const name of node.outputs) stored.add(name);
    return !isKnown;
  });
  for (const name of stored) {
    const { dtype, dims, data } = known.get(name)!;
    initializers.push(makeTensor(name, dtype, dims, data as ArrayBufferView));
  }
  return { ...graph, nodes, initializers };
}

const isStorable = ({ data, dims }: Value): boolean =>
  ArrayBuffer.isView(data) && elementCount({ name: '', dims }) <= largestStored;
