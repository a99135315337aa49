/**
 * One graph on its way back to floating point. Each value that holds codes may have a twin, the real
 * value that the codes stand for; nodes that compute with codes are written again for the twins, and
 * what nothing needs any more falls away in the end. A subgraph sees the graphs around it.
 */
import { attributeOf, intOf, node, type AttributeValue } from '../../onnx/build.ts';
import { operatorOf } from '../../onnx/flow.ts';
import { bytesFromFloats, isFloat } from '../../onnx/floats.ts';
import { elementCount, loadFloats, loadIntegers, makeTensor } from '../../onnx/tensor.ts';
import { dtypes, type Graph, type Node, type Tensor } from '../../onnx/types.ts';
import { dequantizedTensor, scalarOf, type Grid } from './dequantized-tensor.ts';
import { scaleProduct } from './scale-product.ts';
import { LeftAlone, notSelected, sameStored, type Constant, type Job } from './job.ts';

/** How codes become values: (code − zeroPoint) · scale, by the names of these; '' for no zero point. */
export interface Rounding {
  readonly scale: string;
  readonly zeroPoint: string;
  /** The scale was computed from the data at hand, by DynamicQuantizeLinear. */
  readonly dynamic?: boolean;
}

/** The real value behind codes. */
export interface Twin extends Rounding {
  readonly value: string;
}

/** An integer product: its real value is the number itself times the scales that are still to come. */
export interface Pending {
  readonly node: Node;
  /** The twin of the data. */
  readonly value: string;
  /** Names of the scales whose product turns it into the real value of data × stored integers. */
  readonly scales: readonly string[];
  /** The other factor where that is computed too; otherwise the codes are stored. */
  readonly other?: string;
}

export class FloatScope {
  readonly job: Job;
  readonly graph: Graph;
  readonly nodes: Node[] = [];
  readonly added: Tensor[] = [];
  private readonly parent: FloatScope | undefined;
  private readonly own = new Set<string>();
  private readonly constants = new Map<string, Constant>();
  private readonly producers = new Map<string, Node>();
  private readonly renamed = new Map<string, string>();
  private readonly twins = new Map<string, Twin>();
  private readonly pendings = new Map<string, Pending>();
  private readonly folded = new Map<string, string>();

  constructor(job: Job, graph: Graph, parent?: FloatScope) {
    this.job = job;
    this.graph = graph;
    this.parent = parent;
    for (const { name } of graph.inputs) this.own.add(name);
    for (const { outputs } of graph.nodes) for (const name of outputs) this.own.add(name);
    // From IR version 4 on, an initializer that is an input too is a default that feeds may override.
    const fed = new Set(job.fedDefaults ? graph.inputs.map(({ name }) => name) : []);
    for (const tensor of graph.initializers) {
      this.own.add(tensor.name);
      if (!fed.has(tensor.name))
        this.constants.set(tensor.name, { tensor, source: tensor, home: this });
    }
  }

  /** Puts a node into the new graph. */
  emit(made: Node): void {
    this.nodes.push(made);
    for (const output of made.outputs) {
      this.own.add(output);
      this.producers.set(output, made);
    }
    const tensor = made.opType === 'Constant' ? attributeOf(made, 'value')?.t : undefined;
    const [output] = made.outputs;
    if (tensor && output) this.constants.set(output, { tensor, source: tensor, home: this });
  }

  /** Puts a new node into the graph; gives the name of its first output. */
  make(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> | Node['attributes'] = {},
    { output = '', from, domain = '' }: { output?: string; from?: Node; domain?: string } = {},
  ): string {
    const name = output || this.job.fresh(`${from?.outputs[0] ?? inputs[0] ?? opType}_float`);
    const label = from?.name ?? '';
    const made = node(opType, inputs, [name], { name: label, domain });
    const given = Array.isArray(attributes)
      ? (attributes as Node['attributes'])
      : node('', [], [], { attributes: attributes as Record<string, AttributeValue> }).attributes;
    this.emit({ ...made, attributes: given });
    return name;
  }

  /** The name under which a value goes in the new graph. */
  resolve(name: string): string {
    return this.holder(name)?.renamed.get(name) ?? name;
  }

  rename(name: string, to: string): void {
    if (name !== to) this.renamed.set(name, to);
  }

  twin(name: string): Twin | undefined {
    const found = this.holder(name)?.twins.get(name);
    return found && (this.job.activations || found.dynamic) ? found : undefined;
  }

  setTwin(name: string, twin: Twin): void {
    this.own.add(name);
    this.twins.set(name, twin);
  }

  pending(name: string): Pending | undefined {
    return this.holder(name)?.pendings.get(name);
  }

  setPending(name: string, pending: Pending): void {
    this.pendings.set(name, pending);
  }

  producer(name: string): Node | undefined {
    return this.holder(name)?.producers.get(name);
  }

  /** The stored tensor behind a name, through nodes that only see it as another shape. */
  async constant(name: string): Promise<Constant | undefined> {
    const found = this.holder(name)?.constants.get(name);
    if (found || name === '') return found;
    const made = this.producer(name);
    if (!made || !['Identity', 'Reshape'].includes(operatorOf(made))) return undefined;
    const from = await this.constant(made.inputs[0] ?? '');
    if (made.opType === 'Identity' || !from) return from;
    const shape = await this.constant(made.inputs[1] ?? '');
    const dims = shape && reshaped(from.tensor.dims, await loadIntegers(shape.tensor));
    return dims && { ...from, tensor: { ...from.tensor, dims } };
  }

  /** A stored tensor in the type of reals that a Cast makes of it, or such a one times another. */
  private async converted(name: string): Promise<Constant | undefined> {
    const made = this.producer(name);
    if (made?.opType !== 'Mul') return this.cast(made);
    const factors = await Promise.all(
      made.inputs.map(async (one) => {
        return (await this.constant(one)) ?? (await this.cast(this.producer(one)));
      }),
    );
    const [one, other] = factors;
    return one && other && scaleProduct(one, other);
  }

  private async cast(made: Node | undefined): Promise<Constant | undefined> {
    const dtype = made?.opType === 'Cast' ? dtypes[intOf(made, 'to', 0)] : undefined;
    const from = dtype && isFloat(dtype) && (await this.constant(made?.inputs[0] ?? ''));
    if (!from || !(isFloat(from.tensor.dtype) || from.tensor.dtype === 'int8')) return undefined;
    const { tensor } = from;
    const bytes = bytesFromFloats(await loadFloats(tensor), dtype);
    return { ...from, tensor: makeTensor(tensor.name, dtype, tensor.dims, bytes) };
  }

  /** Whether two names hold the same numbers. */
  async same(a: string, b: string): Promise<boolean> {
    if (a === b) return true;
    const [left, right] = [await this.constant(a), await this.constant(b)];
    if (!left || !right) return !left && !right ? false : this.isZero(left ?? right, a, b);
    return sameStored(left.tensor, right.tensor);
  }

  /** No zero point means 0. */
  private async isZero(one: Constant | undefined, a: string, b: string): Promise<boolean> {
    if (!one || (a !== '' && b !== '')) return false;
    return (await loadIntegers(one.tensor)).every((value) => value === 0);
  }

  /** The real value behind codes: their twin, the stored weight they are, or a DequantizeLinear. */
  async real(codes: string, { scale, zeroPoint }: Rounding, axis = 1): Promise<string> {
    const twin = this.twin(codes);
    if (
      twin &&
      (await this.same(twin.scale, scale)) &&
      (await this.same(twin.zeroPoint, zeroPoint))
    )
      return twin.value;
    if (await this.constant(codes)) return this.fold(codes, { scale, zeroPoint }, { axis });
    const inputs = [codes, scale, ...(zeroPoint ? [zeroPoint] : [])];
    const scales = await this.constant(scale);
    const isSingle = !scales || elementCount(scales.tensor) === 1;
    if (!isSingle && this.job.opset < 13) throw new LeftAlone('it has a scale for each channel');
    return this.make('DequantizeLinear', inputs, isSingle ? {} : { axis });
  }

  /** The values of stored codes as a new initializer, under a name that tells where it comes from. Errors: LeftAlone, ModelError. */
  async fold(codes: string, { scale, zeroPoint }: Rounding, grid: Grid): Promise<string> {
    const scales = (await this.constant(scale)) ?? (await this.converted(scale));
    if (scale !== '' && !scales) throw new LeftAlone('its scale is computed');
    const zeros = await this.constant(zeroPoint);
    if (zeroPoint !== '' && !zeros) throw new LeftAlone('its zero point is computed');
    return this.foldWith(codes, scales?.tensor ?? scalarOf(1), zeros?.tensor, grid);
  }

  /** `fold` with the scale and zero point at hand. */
  async foldWith(
    codes: string,
    scale: Tensor,
    zeroPoint: Tensor | undefined,
    grid: Grid,
  ): Promise<string> {
    const key = [codes, scale.name, zeroPoint?.name ?? '', grid.axis, grid.blockSize ?? 0].join(
      ' ',
    );
    const found = await this.constant(codes);
    if (!found) throw new LeftAlone('its weight is computed');
    return this.once(
      found,
      key,
      (name) => dequantizedTensor(name, found, scale, zeroPoint, grid),
      grid.name,
    );
  }

  /** The name of what `compute` makes of a stored tensor; computed once for each key. Errors: LeftAlone where this step does not select the tensor. */
  async once(
    { source, home }: Constant,
    key: string,
    compute: (name: string) => Promise<Tensor>,
    wanted = '',
  ): Promise<string> {
    const { job } = this;
    if (!job.mayFold(source)) throw new LeftAlone(notSelected);
    const known = home.folded.get(key);
    if (known !== undefined) return known;
    job.signal.throwIfAborted();
    const name = wanted || job.nameFor(source.name);
    const tensor = await compute(name);
    home.store(tensor);
    home.folded.set(key, name);
    job.wasFolded(source, tensor);
    return name;
  }

  /** A new initializer of this graph. */
  store(tensor: Tensor): string {
    this.added.push(tensor);
    this.own.add(tensor.name);
    this.constants.set(tensor.name, { tensor, source: tensor, home: this });
    return tensor.name;
  }

  /** A stored number, in the type of a scale. */
  number(base: string, value: number, like: Tensor): string {
    const dtype = isFloat(like.dtype) ? like.dtype : 'float32';
    return this.store({ ...scalarOf(value, dtype), name: this.job.fresh(base) });
  }

  /** A stored list of integers. */
  integers(base: string, values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.store(makeTensor(this.job.fresh(base), 'int64', [values.length], data));
  }

  /** The node with its inputs, and those that its subgraphs capture, under their new names. */
  inputsOf(old: Node): Node {
    const inputs = old.inputs.map((name) => (name === '' ? '' : this.resolve(name)));
    return inputs.every((name, at) => name === old.inputs[at]) ? old : { ...old, inputs };
  }

  /** The scope that defines a name. */
  private holder(name: string): FloatScope | undefined {
    return this.own.has(name) ? this : this.parent?.holder(name);
  }
}

/** The dims that a Reshape gives; undefined where they do not fit. */
function reshaped(dims: readonly number[], shape: readonly number[]): number[] | undefined {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const kept = shape.map((dim, axis) => (dim === 0 ? (dims[axis] ?? 0) : dim));
  const known = kept.reduce((product, dim) => (dim < 0 ? product : product * dim), 1);
  const full = kept.map((dim) => (dim < 0 ? count / known : dim));
  return full.reduce((product, dim) => product * dim, 1) === count ? full : undefined;
}
