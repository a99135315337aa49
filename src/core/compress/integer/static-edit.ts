/**
 * Writes static quantization as pairs of QuantizeLinear and DequantizeLinear around the operators of the
 * main graph (QDQ). Runtimes that know integer operators fuse the pairs into them; others compute the
 * same in float32.
 */
import { attribute, floatOf, node } from '../../onnx/build.ts';
import {
  freshName,
  indexGraph,
  namesOf,
  sorted,
  withoutUnreachable,
  type GraphIndex,
} from '../../onnx/graph.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import type { Graph, Model, Node, Tensor } from '../../onnx/types.ts';
import { kept } from '../model-edit.ts';
import type { ActivationGrid } from './activation-range.ts';
import { codedBias, type LayerCodes } from './static-codes.ts';
import type { StaticLayer } from './static-layers.ts';
import { fusedOutput, type Rounded } from './static-region.ts';

export class StaticEdit {
  private readonly model: Model;
  private readonly taken: Set<string>;
  private readonly nodes: Node[] = [];
  private readonly tensors: Tensor[] = [];
  /** What stands in for a value at those who take it. */
  private readonly renamed = new Map<string, string>();
  private readonly layers = new Map<Node, Node>();
  /** Outputs of the graph that become rounded: their producers give another name. */
  private readonly raw = new Map<string, string>();
  private readonly guards = new Map<string, string>();

  constructor(model: Model) {
    this.model = model;
    this.taken = namesOf(model);
  }

  /** Rounds values to the grids of their roots. */
  round(rounded: Rounded, grids: ReadonlyMap<string, ActivationGrid>): void {
    const stored = new Map<string, readonly [string, string]>();
    const index = indexGraph(this.model.graph);
    // What others take too stays as it was for whoever reads it as a result.
    const isOutput = (value: string) => index.isOutput(value) && index.uses(value).length === 0;
    for (const [value, root] of rounded) {
      const grid = stored.get(root) ?? this.storeGrid(root, grids.get(root)!);
      stored.set(root, grid);
      const from = isOutput(value) ? this.fresh(`${value}_raw`) : value;
      const to = isOutput(value) ? value : this.fresh(`${value}_dequantized`);
      const codes = this.fresh(`${value}_quantized`);
      if (from === value) this.renamed.set(value, to);
      else this.raw.set(value, from);
      this.nodes.push(
        node('QuantizeLinear', [from, ...grid], [codes], { name: codes }),
        node('DequantizeLinear', [codes, ...grid], [to], { name: this.fresh(`${to}_node`) }),
      );
    }
  }

  /** Stores a weight as codes, and the biases of its layers in the units of their sums. */
  store(
    layers: readonly StaticLayer[],
    coded: LayerCodes,
    biases: readonly (Float32Array | undefined)[],
    steps: readonly number[],
  ): void {
    const value = this.storeWeight(layers[0]!, coded);
    for (const [at, layer] of layers.entries()) {
      const bias = biases[at];
      const { node: old } = layer;
      const inputs = [old.inputs[0] ?? '', value];
      if (bias) inputs.push(this.storeBias(layer, bias, coded.scales, steps[at]!));
      this.layers.set(old, { ...old, inputs, attributes: attributesOf(layer) });
    }
  }

  done(): Model {
    const { graph } = this.model;
    const index = indexGraph(graph);
    const nodes = graph.nodes.map((old) => {
      const now = this.layers.get(old) ?? old;
      const between = !this.layers.has(old) && this.isBetween(old, index);
      return {
        ...now,
        inputs: now.inputs.map((value, at) => this.given(value, between && at === 0)),
        outputs: now.outputs.map((value) => this.raw.get(value) ?? value),
      };
    });
    const initializers = [...graph.initializers, ...this.tensors];
    const edited: Graph = { ...graph, nodes: [...nodes, ...this.nodes], initializers };
    return { ...this.model, graph: withoutUnreachable(sorted(edited)) };
  }

  private given(value: string, guarded: boolean): string {
    const now = this.renamed.get(value);
    return now === undefined ? value : guarded ? this.guarded(now) : now;
  }

  /** A layer that stays in float32, between rounded values. */
  private isBetween({ opType, domain, outputs: [output = ''] }: Node, index: GraphIndex): boolean {
    if (domain !== '' || !(opType.startsWith('Conv') || opType === 'Gemm')) return false;
    const last = fusedOutput(index, output);
    return this.renamed.has(last) || this.raw.has(last);
  }

  /**
   * onnxruntime would round the weight of such a layer by itself and compute it with integers. A Clip
   * without bounds, which changes nothing, keeps it from that.
   */
  private guarded(value: string): string {
    const known = this.guards.get(value);
    if (known !== undefined) return known;
    const guard = this.fresh(`${value}_float`);
    this.nodes.push(node('Clip', [value], [guard], { name: guard }));
    this.guards.set(value, guard);
    return guard;
  }

  private fresh(base: string): string {
    return freshName(this.taken, base);
  }

  private add(
    base: string,
    ...rest: readonly [Tensor['dtype'], readonly number[], ArrayBufferView]
  ) {
    const name = this.fresh(base);
    const [dtype, dims, data] = rest;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.tensors.push(makeTensor(name, dtype, dims, kept(bytes)));
    return name;
  }

  private storeGrid(root: string, { scale, zeroPoint }: ActivationGrid): readonly [string, string] {
    return [
      this.add(`${root}_scale`, 'float32', [], Float32Array.of(scale)),
      this.add(`${root}_zero_point`, 'uint8', [], Uint8Array.of(zeroPoint)),
    ];
  }

  /** A MatMul takes its matrix as it is stored: one that it saw turned is stored turned. */
  private storeWeight(layer: StaticLayer, { codes, scales }: LayerCodes): string {
    const { weight, turned, node: taker } = layer;
    const { name, dims } = weight;
    const [rows = 1, columns = 1] = dims;
    const isStoredTurned = turned && taker.opType === 'MatMul';
    const laid = isStoredTurned ? exchanged(codes, rows, columns) : codes;
    const axis = isStoredTurned ? 1 : layer.channelAxis;
    const parts = [
      this.add(`${name}_codes`, 'int8', isStoredTurned ? [columns, rows] : dims, laid),
      this.add(`${name}_scale`, 'float32', [scales.length], scales),
      this.add(`${name}_zero_point`, 'int8', [scales.length], new Int8Array(scales.length)),
    ];
    const value = this.fresh(`${name}_dequantized`);
    this.nodes.push(
      node('DequantizeLinear', parts, [value], {
        name: this.fresh(`${name}_dequantizelinear`),
        attributes: { axis },
      }),
    );
    return value;
  }

  private storeBias(
    { node: taker, weight }: StaticLayer,
    bias: Float32Array,
    scales: Float32Array,
    step: number,
  ): string {
    const base = taker.inputs[2] || `${weight.name}_bias`;
    const { codes, scale } = codedBias(bias, scales, step);
    const parts = [
      this.add(`${base}_codes`, 'int32', [codes.length], codes),
      this.add(`${base}_scale`, 'float32', [scale.length], scale),
    ];
    const value = this.fresh(`${base}_dequantized`);
    this.nodes.push(
      node('DequantizeLinear', parts, [value], {
        name: this.fresh(`${base}_dequantizelinear`),
        attributes: { axis: 0 },
      }),
    );
    return value;
  }
}

function exchanged(codes: Int8Array, rows: number, columns: number): Int8Array<ArrayBuffer> {
  const result = new Int8Array(codes.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = codes[row * columns + column]!;
    }
  }
  return result;
}

/** A Gemm's factors are part of its codes; whether it turns its matrix depends on how that is stored. */
function attributesOf({ node: old, turned }: StaticLayer): Node['attributes'] {
  if (old.opType !== 'Gemm') return old.attributes;
  const others = old.attributes.filter(({ name }) => !['alpha', 'beta', 'transB'].includes(name));
  return turned ? [...others, attribute('transB', 1)] : others;
}

/** What a layer adds to its sums, its Gemm's factor included. */
export const scaledBias = ({ node: taker }: StaticLayer, bias: Float32Array): Float32Array => {
  const beta = taker.opType === 'Gemm' ? floatOf(taker, 'beta', 1) : 1;
  return beta === 1 ? bias : bias.map((x) => x * beta);
};
