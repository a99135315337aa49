/**
 * Follows the stored tensors of a model through the nodes that keep their values, to the nodes that
 * compute with them. Each value remembers which stored tensors arrive at it, once each, so the work
 * is linear in the size of the model.
 */
import { isTable } from './tables.ts';
import { operatorOf, type Flow, type FlowNode, type FlowValue, type Stored } from './flow.ts';
import { isFloat } from './floats.ts';
import { routed, sizeAlong, storedAxes, storedLayout, type Layout } from './layout.ts';
import type { Dtype, Node } from './types.ts';
import { weightInput, type WeightInput } from './weight-inputs.ts';

/** A stored tensor used as a weight by one node. */
export interface WeightUse {
  readonly stored: Stored;
  readonly at: FlowNode;
  readonly as: WeightInput;
  /** The nodes on the way, in order, each with the value that enters it. */
  readonly way: readonly Step[];
  readonly inAxes: readonly number[];
  readonly outAxes: readonly number[];
  /** Sizes of the axes of the value that the node takes; undefined where not known. */
  readonly sizes: readonly (number | undefined)[];
  readonly quantized?: {
    readonly dequantize: Node;
    readonly scale: string;
    readonly zeroPoint?: string;
  };
}

interface Step {
  readonly node: FlowNode;
  readonly value: FlowValue;
}

/** A stored tensor as it comes to a value. */
interface Arrival {
  readonly stored: Stored;
  readonly value: FlowValue;
  readonly layout: Layout;
  readonly length: number;
  /** The node that made the value, and the arrival that it was made from. */
  readonly from?: { readonly node: FlowNode; readonly arrival: Arrival };
  readonly dequantize?: Node;
}

/** What lies beyond is not followed: only hostile graphs have it. */
const longestWay = 32;
const mostArrivals = 64;
const highestRank = 16;
const mostUses = 200_000;

/** Every use of a stored tensor as a weight: in the order of the tensors, then of the nodes. */
export function traceWeights(flow: Flow): WeightUse[] {
  const trace = new Trace();
  const uses = flow.stored.flatMap((stored) => trace.start(stored));
  return uses.filter((use) => !takesThePlaceOfData(use, trace) && !isTable(use, flow));
}

class Trace {
  private readonly arrivals = new Map<FlowValue, Set<Stored>>();
  private readonly open: Arrival[] = [];
  private uses: WeightUse[] = [];
  private count = 0;

  /** The uses of one tensor, in the order of the nodes. */
  start(stored: Stored): WeightUse[] {
    const rank = stored.dims.length;
    // Packed codes of some operators are a plain run of bytes.
    const packed = rank === 1 && stored.tensor.dtype === 'uint8';
    if (rank > highestRank || (rank < 2 && !packed)) return [];
    const layout = storedLayout(stored.dims);
    this.uses = [];
    this.arrive({ stored, value: stored.value, layout, length: 0 });
    for (let next = this.open.pop(); next; next = this.open.pop()) this.follow(next);
    return this.uses.sort((a, b) => a.at.index - b.at.index || a.as.input - b.as.input);
  }

  has(value: FlowValue | undefined): boolean {
    return value !== undefined && this.arrivals.has(value);
  }

  private arrive(arrival: Arrival): void {
    const known = this.arrivals.get(arrival.value) ?? new Set();
    if (known.has(arrival.stored) || known.size >= mostArrivals) return;
    this.arrivals.set(arrival.value, known.add(arrival.stored));
    if (arrival.length <= longestWay) this.open.push(arrival);
  }

  private follow(arrival: Arrival): void {
    for (const { node, input } of arrival.value.uses) {
      const layout = routed(node, input, arrival.layout);
      const as = layout ? undefined : weightInput(node, input);
      if (as) this.meet(arrival, node, as);
      if (!layout) continue;
      const { stored } = arrival;
      const dequantize = arrival.dequantize ?? dequantizing(node.node, stored.tensor.dtype);
      const from = { node, arrival };
      for (const value of node.outputs) {
        if (!value) continue;
        const length = arrival.length + 1;
        this.arrive({ stored, value, layout, length, from, ...(dequantize ? { dequantize } : {}) });
      }
    }
  }

  private meet(arrival: Arrival, at: FlowNode, as: WeightInput): void {
    const { stored, layout, dequantize } = arrival;
    if (this.count >= mostUses) return;
    const coded = as.codes !== undefined;
    if (coded ? !isCode(stored.tensor.dtype) : !dequantize && !isReal(stored.tensor.dtype)) return;
    if (!coded && stored.dims.length < 2) return;
    const summed = as.summed(layout.length, at);
    if (!summed?.every((axis) => layout[axis])) return;
    const inAxes = storedAxes(layout, summed);
    // What sums over one element only scales.
    if (inAxes.reduce((product, axis) => product * (stored.dims[axis] ?? 1), 1) <= 1) return;
    const quantized = coded ? codesOf(at.node, as) : dequantize && codesOf(dequantize, dequantizer);
    this.count++;
    this.uses.push({
      stored,
      at,
      as,
      way: wayOf(arrival),
      inAxes,
      outAxes: stored.dims.flatMap((_, axis) => (inAxes.includes(axis) ? [] : [axis])),
      sizes: layout.map((_, axis) => sizeAlong(layout, axis)),
      ...(quantized ? { quantized } : {}),
    });
  }
}

function wayOf(arrival: Arrival): Step[] {
  const way: Step[] = [];
  for (let { from } = arrival; from; { from } = from.arrival) {
    way.unshift({ node: from.node, value: from.arrival.value });
  }
  return way;
}

/** In a product of two stored tensors, the one on the side of the data is data: a table of positions, say. */
const takesThePlaceOfData = ({ as, at }: WeightUse, trace: Trace): boolean =>
  as.work === 'matrix' && as.input === 0 && trace.has(at.inputs[as.data]);

const dequantizer: Pick<WeightInput, 'codes'> = { codes: { scale: 1, zeroPoint: 2 } };

function codesOf(node: Node, { codes }: Pick<WeightInput, 'codes'>): WeightUse['quantized'] {
  const named = (input: number | undefined) =>
    input === undefined ? '' : (node.inputs[input] ?? '');
  const zeroPoint = named(codes?.zeroPoint);
  return { dequantize: node, scale: named(codes?.scale), ...(zeroPoint ? { zeroPoint } : {}) };
}

/** The node, where it turns stored codes into values; a pair of Quantize and Dequantize around real weights does not. */
const dequantizing = (node: Node, dtype: Dtype): Node | undefined =>
  !isFloat(dtype) && operatorOf(node).endsWith('DequantizeLinear') ? node : undefined;

/** float8 and float4 are numbers where a Cast reads them, and codes where a scale belongs to them. */
const isReal = (dtype: Dtype): boolean => isFloat(dtype) || dtype.startsWith('float');

const isCode = (dtype: Dtype): boolean => /^(u?int|float[48])/.test(dtype);
