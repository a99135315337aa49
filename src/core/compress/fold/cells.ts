/**
 * Cells of a network that can be rescaled without changing its answers: the channels of a source are
 * divided by positive factors, and everything that reads them is multiplied by the same. Between the
 * two there may be only what passes a positive factor on.
 */
import { operatorOf } from '../../onnx/flow.ts';
import type { Model, Node } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { divided, rearranged } from './arrangement.ts';
import { FoldGraph } from './fold-graph.ts';
import { rankOf } from './rank.ts';
import { addedVector } from './normalized-layers.ts';
import { inputSlices, sourceAt, type Layout, type Slices, type Source } from './sources.ts';

/** A weight that reads the channels. */
export interface Reader extends Slices {
  readonly weight: Weight;
  /** The name of the value that it is multiplied with. */
  readonly value: string;
}

export interface Cell {
  readonly source: Source;
  readonly channels: number;
  /** Divided by the channels' factors. */
  readonly divided: readonly Slices[];
  /** Multiplied by them. */
  readonly readers: readonly Reader[];
}

export interface Cells {
  /** In the order of the graph. */
  readonly cells: readonly Cell[];
  /** Why nothing could be done at the input of a weight, by its key. */
  readonly refused: ReadonlyMap<string, string>;
}

/** The weights of a cell: the readers', and the layer's that it starts from. */
export const weightsOf = ({ source, readers }: Cell): readonly Weight[] => [
  ...(source.at ? [source.at.weight] : []),
  ...readers.map(({ weight }) => weight),
];

/** Every cell of the model's main graph whose source is of such a kind; a reader belongs to the nearest one. */
export function cellsOf(model: Model, kinds: readonly Source['kind'][]): Cells {
  const graph = new FoldGraph(model);
  const refused = new Map<string, string>();
  const cells: Cell[] = [];
  const taken = new Set<Weight>();
  // Backwards, so that the norm right before a layer comes before the layer before that norm.
  for (const node of [...graph.nodes].reverse()) {
    const source = sourceAt(graph, node);
    if (source === undefined) continue;
    if (typeof source === 'string') {
      for (const key of readBy(graph, node)) if (!refused.has(key)) refused.set(key, source);
      continue;
    }
    if (!kinds.includes(source.kind)) continue;
    const cell = new Walk(graph, source).cell();
    if (typeof cell === 'string') {
      for (const key of readBy(graph, node)) if (!refused.has(key)) refused.set(key, cell);
    } else if (!cell.readers.some(({ weight }) => taken.has(weight))) {
      cells.unshift(cell);
      for (const { weight } of cell.readers) taken.add(weight);
    }
  }
  for (const weight of findWeights(model)) if (taken.has(weight)) refused.delete(weight.key);
  return { cells, refused };
}

/** Keys of the weights that take a node's first output, directly or through one node. */
function readBy(graph: FoldGraph, node: Node): string[] {
  const near = graph.index.uses(node.outputs[0] ?? '').map((use) => use.node);
  const far = near.flatMap(({ outputs }) =>
    outputs.flatMap((output) => graph.index.uses(output).map((use) => use.node)),
  );
  return [...near, ...far].flatMap((one) => graph.weightAt(one)?.weight.key ?? []);
}

/** f(s·x) = s·f(x) for s > 0, channel by channel. */
const homogeneous = new Set(['Abs', 'Dropout', 'Identity', 'LeakyRelu', 'Neg', 'PRelu', 'Relu']);
/** The same for images, whose channels they keep apart. */
const pooling = new Set(['AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'MaxPool']);

/** A walk that has met this many nodes gives up: cells are never that large. */
const farthest = 256;

/** Follows the channels of a source to whatever reads them. */
class Walk {
  private readonly graph: FoldGraph;
  private readonly source: Source;
  private readonly divided: Slices[];
  private readonly readers: Reader[] = [];
  private readonly met = new Set<Node>();

  constructor(graph: FoldGraph, source: Source) {
    this.graph = graph;
    this.source = source;
    this.divided = [...source.slices];
  }

  /** The cell, or why there is none. */
  cell(): Cell | string {
    const { source, divided, readers } = this;
    const reason = this.follow(source.value, source.layout);
    if (reason !== undefined) return reason;
    if (readers.length === 0) return `nothing reads "${source.label}"`;
    return { source, channels: source.channels, divided, readers };
  }

  private follow(value: string, layout: Layout): string | undefined {
    const { graph, source } = this;
    if (this.met.size > farthest) return `"${source.label}" goes too far`;
    if (graph.index.isOutput(value))
      return `what "${source.label}" gives is an output of the model`;
    for (const { node, input, captured } of graph.index.uses(value)) {
      if (captured || this.met.has(node)) {
        return `"${source.label}" goes into ${operatorOf(node)} in a way that folding does not know`;
      }
      this.met.add(node);
      const next = this.pass(node, input, value, layout);
      if (typeof next === 'string') return next;
      if (!next) continue;
      const reason = this.follow(node.outputs[0] ?? '', next.layout);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** In which layout a node passes the channels on; undefined where it reads them, a reason where it does neither. */
  private pass(
    node: Node,
    input: number,
    value: string,
    layout: Layout,
  ): { layout: Layout } | string | undefined {
    const { graph, source } = this;
    const operator = operatorOf(node);
    const at = graph.weightAt(node);
    if (at) {
      if (input !== 0) return `"${source.label}" goes into ${operator} as a bias`;
      const slices = inputSlices(graph, at, source.channels, layout);
      const isImage = node.opType.startsWith('Conv');
      const fits = isImage
        ? layout === 'second'
        : layout !== 'second' || rankOf(graph, value) === 2;
      if (!fits) return `"${source.label}" goes into ${operator} along another axis`;
      if (typeof slices === 'string') return slices;
      this.readers.push({ ...slices, weight: at.weight, value });
      return undefined;
    }
    if (typeof layout !== 'string') {
      const next = rearranged(graph, node, input, layout);
      return next ? { layout: next } : this.notPassed(operator);
    }
    if (input === 0 && homogeneous.has(operator)) return { layout };
    if (operator === 'Reshape' && input === 0 && layout === 'last') {
      const heads = divided(graph, node, source.channels);
      return heads ? { layout: heads } : this.notPassed(operator);
    }
    if (input === 0 && layout === 'second') {
      if (pooling.has(operator) && node.outputs.slice(1).every((name) => name === ''))
        return { layout };
      if (operator === 'Flatten' && isFlattening(node)) return { layout: 'last' };
    }
    if (operator === 'Mul' || (operator === 'Div' && input === 0)) return { layout };
    if (operator === 'Add') return this.added(node, layout);
    if (operator === 'BatchNormalization') {
      return `"${source.label}" goes into BatchNormalization; fold that first`;
    }
    return this.notPassed(operator);
  }

  private notPassed(operator: string): string {
    return `"${this.source.label}" goes into ${operator}, which does not pass a factor on`;
  }

  /** A bias is divided too. */
  private added(node: Node, layout: Layout): { layout: Layout } | string {
    const { graph, source } = this;
    const bias = addedVector(graph, node, source.channels, layout === 'second');
    const own = bias && graph.own(bias.name);
    const { dims } = own?.tensor ?? { dims: [] };
    const axis = layout === 'second' ? dims.length - 3 : dims.length - 1;
    if (!own || dims[axis] !== source.channels) {
      return `"${source.label}" is added to something else than a bias of its own`;
    }
    this.divided.push({ stored: own, axis });
    return { layout };
  }
}

const isFlattening = (node: Node): boolean => {
  const axis = node.attributes.find(({ name }) => name === 'axis')?.i;
  return axis === undefined || axis === 1n;
};
