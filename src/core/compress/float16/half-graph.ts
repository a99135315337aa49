/**
 * Computes in float16 what may be: products and convolutions whose weights are stored so, lookups in
 * such tables, and what only moves, adds or clips their results. The rest stays in float32 behind Casts:
 * norms, softmax, rotations, everything that sums over long rows, and the last product, which makes the
 * scores.
 */
import { encodeFloat16 } from '../../math/float16.ts';
import { intOf, node } from '../../onnx/build.ts';
import {
  freshName,
  indexGraph,
  namesOf,
  sorted,
  withoutUnreachable,
  type GraphIndex,
} from '../../onnx/graph.ts';
import { loadFloats, makeTensor } from '../../onnx/tensor.ts';
import { dtypes, type Graph, type Model, type Node, type Tensor } from '../../onnx/types.ts';
import { halfOverflow } from './half-report.ts';

const float32 = dtypes.indexOf('float32');
const float16 = dtypes.indexOf('float16');

/**
 * Stored float16 weights of the main graph by the name of the float32 value that a Cast makes of them.
 * Scales of codes are none: nothing computes with those but what unpacks the codes.
 */
export function halfWeights({ graph }: Model): ReadonlyMap<string, Tensor> {
  const index = indexGraph(graph);
  const { initializer } = index;
  const isScale = (name: string): boolean => {
    const uses = index.uses(name);
    const scales = uses.filter(({ node, input }) => {
      return node.opType === 'DequantizeLinear' && input === 1;
    });
    return uses.length > 0 && scales.length === uses.length;
  };
  const found = new Map<string, Tensor>();
  for (const one of graph.nodes) {
    const widens = one.opType === 'Cast' && one.domain === '' && intOf(one, 'to', 0) === float32;
    const stored = initializer.get(one.inputs[0] ?? '');
    const [output = ''] = one.outputs;
    if (widens && stored?.dtype === 'float16' && !isScale(output)) found.set(output, stored);
  }
  return found;
}

export interface HalfGraph {
  readonly model: Model;
  /** Names of the stored weights that are computed with as they are. */
  readonly used: ReadonlySet<string>;
}

/** The model with float16 islands; the very model where there is nothing to gain. */
export async function halfGraph(model: Model): Promise<HalfGraph> {
  const weights = halfWeights(model);
  if (weights.size === 0) return { model, used: new Set() };
  const graph = sorted(model.graph);
  const islands = new Islands(graph, namesOf(model), weights);
  for (const one of graph.nodes) await islands.take(one);
  return { model: { ...model, graph: islands.done() }, used: islands.used };
}

/** Operators that take a stored weight, and the input at which they take it. */
const products: Readonly<Record<string, number>> = {
  MatMul: 1,
  Gemm: 1,
  Conv: 1,
  ConvTranspose: 1,
  Gather: 0,
};
/** Operators of which the first input alone is real. */
const movers = new Set([
  ...['Relu', 'LeakyRelu', 'Identity', 'Reshape', 'Transpose', 'Flatten', 'Squeeze', 'Unsqueeze'],
  'MaxPool',
]);
/** Operators of which every input is real. */
const mixers = new Set(['Add', 'Sub', 'Mul', 'Clip', 'Concat', 'Sum']);

/** What may stand between the last product and the scores. */
const passing = new Set([
  'Add',
  'Identity',
  'Reshape',
  'Transpose',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
]);

class Islands {
  readonly used = new Set<string>();
  private readonly graph: Graph;
  private readonly index: GraphIndex;
  private readonly taken: Set<string>;
  private readonly weights: ReadonlyMap<string, Tensor>;
  /** The float16 value of a float32 one. */
  private readonly twins = new Map<string, string>();
  private readonly nodes: Node[] = [];
  private readonly tensors: Tensor[] = [];

  constructor(graph: Graph, taken: Set<string>, weights: ReadonlyMap<string, Tensor>) {
    this.graph = graph;
    this.index = indexGraph(graph);
    this.taken = taken;
    this.weights = weights;
  }

  /** Puts a node into the new graph, in float16 where it may be. */
  async take(old: Node): Promise<void> {
    const inputs = await this.halves(old);
    if (!inputs) {
      this.nodes.push(old);
      return;
    }
    const [output = ''] = old.outputs;
    const twin = freshName(this.taken, `${output}_half`);
    this.twins.set(output, twin);
    const name = freshName(this.taken, `${output}_float`);
    this.nodes.push(
      { ...old, inputs, outputs: [twin] },
      node('Cast', [twin], [output], { name, attributes: { to: float32 } }),
    );
  }

  done(): Graph {
    const initializers = [...this.graph.initializers, ...this.tensors];
    return withoutUnreachable({ ...this.graph, nodes: this.nodes, initializers });
  }

  /** The inputs of a node in float16; undefined where it stays in float32. */
  private async halves(old: Node): Promise<string[] | undefined> {
    const { opType, domain, inputs, outputs } = old;
    if (domain !== '' || outputs.length !== 1) return undefined;
    const place = products[opType];
    if (place !== undefined) return this.productHalves(old, place);
    const first = this.twins.get(inputs[0] ?? '');
    if (movers.has(opType)) return first === undefined ? undefined : [first, ...inputs.slice(1)];
    const any = inputs.some((value) => this.twins.has(value));
    return mixers.has(opType) && any ? this.all(inputs) : undefined;
  }

  private async productHalves({ opType, inputs, outputs }: Node, place: number) {
    const weight = this.weights.get(inputs[place] ?? '');
    if (!weight) return undefined;
    if (opType === 'Gather') {
      this.used.add(weight.name);
      return [weight.name, ...inputs.slice(1)];
    }
    if (this.makesScores(outputs[0] ?? '')) return undefined;
    const others = await this.all(inputs.slice(2));
    if (!others) return undefined;
    this.used.add(weight.name);
    return [this.half(inputs[0] ?? ''), weight.name, ...others];
  }

  /** Each value in float16: those that are, and those that are stored; undefined where another is among them. */
  private async all(values: readonly string[]): Promise<string[] | undefined> {
    const found: string[] = [];
    for (const value of values) {
      const twin = value === '' ? '' : (this.twins.get(value) ?? (await this.storedHalf(value)));
      if (twin === undefined) return undefined;
      found.push(twin);
    }
    return found;
  }

  private half(value: string): string {
    const known = this.twins.get(value);
    if (known !== undefined) return known;
    const made = freshName(this.taken, `${value}_half`);
    this.nodes.push(node('Cast', [value], [made], { name: made, attributes: { to: float16 } }));
    this.twins.set(value, made);
    return made;
  }

  /** A stored float32 value, or a weight, as float16; undefined where float16 does not hold it. */
  private async storedHalf(value: string): Promise<string | undefined> {
    const weight = this.weights.get(value);
    if (weight) return weight.name;
    const stored = this.index.initializer.get(value);
    if (stored?.dtype !== 'float32') return undefined;
    const values = await loadFloats(stored);
    const encoded = encodeFloat16(values, 'saturate');
    if (halfOverflow(values, encoded).beyond > 0) return undefined;
    const name = freshName(this.taken, `${value}_half`);
    this.tensors.push(makeTensor(name, 'float16', stored.dims, encoded));
    this.twins.set(value, name);
    return name;
  }

  /** Whether a value reaches an output of the graph through nothing but moves and additions. */
  private makesScores(value: string): boolean {
    const seen = new Set<string>();
    const open = [value];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (this.index.isOutput(at)) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      for (const { node: user, captured } of this.index.uses(at)) {
        if (!captured && passing.has(user.opType)) open.push(...user.outputs);
      }
    }
    return false;
  }
}
