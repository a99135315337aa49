/**
 * Finds the residual stream of a transformer whose norms come before attention and MLP: the values that
 * are added up from layer to layer, the tensors that are written into them, and the norms that read them.
 */
import { intOf, intsOf } from '../../onnx/build.ts';
import { operatorOf } from '../../onnx/flow.ts';
import { integersOf } from '../../onnx/ready-integers.ts';
import type { Node } from '../../onnx/types.ts';
import type { Weight } from '../../onnx/weights.ts';
import type { FoldGraph, StoredTensor, WeightAt } from './fold-graph.ts';
import { normAt, type StreamNorm } from './stream-norm.ts';

/** A tensor whose slices along an axis are what the stream's channels are made of. */
export interface Written {
  readonly stored: StoredTensor;
  readonly axis: number;
  readonly weight?: Weight;
}

export interface Stream {
  readonly channels: number;
  /** Layers' columns, biases, embeddings, positions. */
  readonly written: readonly Written[];
  /** The embedding, where its rows are written into the stream. */
  readonly embedding?: Weight;
  readonly norms: readonly StreamNorm[];
}

/** No stream has so many values. */
const most = 20_000;

/** The streams that norms of the main graph read, and why those that could not be followed could not. */
export function streamsOf(graph: FoldGraph): {
  readonly streams: readonly Stream[];
  readonly refused: readonly string[];
} {
  const seen = new Set<string>();
  const streams: Stream[] = [];
  const refused: string[] = [];
  for (const node of graph.nodes) {
    const value = node.inputs[0] ?? '';
    if (seen.has(value)) continue;
    const norm = normAt(graph, value, node);
    if (!norm) continue;
    const walk = new StreamWalk(graph, norm.channels);
    const reason = walk.from(value);
    for (const one of walk.values) seen.add(one);
    if (reason === undefined) streams.push(walk.done());
    else if (!refused.includes(reason)) refused.push(reason);
  }
  return { streams, refused };
}

class StreamWalk {
  readonly values = new Set<string>();
  private readonly graph: FoldGraph;
  private readonly channels: number;
  private readonly written = new Map<string, Written>();
  private readonly norms: StreamNorm[] = [];
  private embedding: Weight | undefined;

  constructor(graph: FoldGraph, channels: number) {
    this.graph = graph;
    this.channels = channels;
  }

  /** Follows everything that is added to a value or that it is added to; a reason where that can't be. */
  from(start: string): string | undefined {
    this.values.add(start);
    // A set visits what is added to it while it is visited.
    for (const value of this.values) {
      if (this.values.size > most) return 'the residual stream is too long';
      if (this.graph.index.isOutput(value))
        return `"${value}", a part of the residual stream, is an output`;
      const reason = this.producerOf(value) ?? this.usesOf(value);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  done(): Stream {
    const { channels, written, norms, embedding } = this;
    return { channels, written: [...written.values()], norms, ...(embedding ? { embedding } : {}) };
  }

  private producerOf(value: string): string | undefined {
    const { graph } = this;
    const node = graph.index.producer.get(value);
    if (!node) return this.write(value, 'an input of the model');
    const operator = operatorOf(node);
    const at = graph.weightAt(node);
    if (at) return this.layer(at);
    if (operator === 'Add') {
      for (const input of node.inputs) {
        if (!graph.stored(input)) this.values.add(input);
        else {
          const reason = this.write(input, operator);
          if (reason !== undefined) return reason;
        }
      }
      return undefined;
    }
    if (operator === 'Identity' || operator === 'Dropout') {
      this.values.add(node.inputs[0] ?? '');
      return undefined;
    }
    if (operator === 'Slice') return this.rows(node);
    if (operator === 'Transpose') return this.image(node);
    return `${operator} writes into the residual stream`;
  }

  /** A stored tensor with the channels along its last axis. */
  private write(name: string, what: string): string | undefined {
    const stored = this.graph.own(name);
    const { dims } = stored?.tensor ?? { dims: [] };
    if (!stored || dims[dims.length - 1] !== this.channels) {
      return `${what} is added to the residual stream, "${name}" being shared, computed or of another width`;
    }
    this.written.set(name, { stored, axis: dims.length - 1 });
    return undefined;
  }

  /** Some rows of a stored table, positions usually. */
  private rows(node: Node): string | undefined {
    const table = this.graph.stored(node.inputs[0] ?? '')?.tensor;
    const axes = this.graph.stored(node.inputs[3] ?? '')?.tensor;
    const sliced = axes && integersOf({ name: axes.name, uses: [], tensor: axes });
    const last = (table?.dims.length ?? 0) - 1;
    const keeps = sliced?.every((axis) => axis !== -1 && axis !== last);
    return table && keeps
      ? this.write(table.name, 'Slice')
      : 'Slice writes into the residual stream';
  }

  /** Patches of an image: Conv → Reshape to [batch, channels, places] → Transpose. */
  private image(node: Node): string | undefined {
    const { graph } = this;
    const why = 'Transpose writes into the residual stream';
    const reshape = graph.index.producer.get(node.inputs[0] ?? '');
    const shape = graph.stored(reshape?.inputs[1] ?? '')?.tensor;
    const sizes = shape && integersOf({ name: shape.name, uses: [], tensor: shape });
    const isTurned = intsOf(node, 'perm')?.join() === '0,2,1' && reshape?.opType === 'Reshape';
    const [, channels] = sizes ?? [];
    if (!isTurned || sizes?.length !== 3 || (channels !== 0 && channels !== this.channels))
      return why;
    const conv = graph.index.producer.get(reshape.inputs[0] ?? '');
    const at = conv && graph.weightAt(conv);
    const values = [node.inputs[0] ?? '', reshape.inputs[0] ?? ''];
    if (!at || conv.opType !== 'Conv' || !values.every((value) => graph.soleUse(value))) return why;
    return this.layer(at);
  }

  private layer({ weight, consumer }: WeightAt): string | undefined {
    const { graph, channels } = this;
    const { node, inAxes, outAxes, via } = consumer;
    const isTable = node.opType === 'Gather' && node.domain === '';
    if (isTable) {
      const isRows = intOf(node, 'axis', 0) === 0 && via.length === 0 && weight.dims.length === 2;
      if (!isRows || weight.dims[1] !== channels || (this.embedding && this.embedding !== weight)) {
        return `"${weight.key}" is looked up in a way that rotation does not know`;
      }
      this.embedding = weight;
      this.written.set(weight.name, { stored: weight, axis: 1, weight });
      return undefined;
    }
    const reason = graph.notOwn({ weight, consumer });
    if (reason !== undefined) return `"${weight.key}" can't be rotated: ${reason}`;
    const isConv = node.opType === 'Conv' && via.length === 0 && intOf(node, 'group', 1) === 1;
    const isMatrix =
      (node.opType === 'MatMul' || node.opType === 'Gemm') && weight.dims.length === 2;
    const axis = isConv ? 0 : outAxes[0];
    const fits =
      (isConv || (isMatrix && outAxes.length === 1 && inAxes.length === 1)) && consumer.input === 1;
    if (!fits || axis === undefined || weight.dims[axis] !== channels) {
      return `"${weight.key}" writes into the residual stream in a way that rotation does not know`;
    }
    this.written.set(weight.name, { stored: weight, axis, weight });
    const bias = node.opType === 'MatMul' ? '' : (node.inputs[2] ?? '');
    return bias === '' ? undefined : this.write(bias, 'a bias');
  }

  private usesOf(value: string): string | undefined {
    const { graph } = this;
    const uses = graph.index.uses(value);
    const norms = uses.flatMap(({ node }) => normAt(graph, value, node) ?? []);
    const inNorms = new Set(norms.flatMap(({ nodes }) => nodes));
    this.norms.push(...norms);
    for (const { node, captured } of uses) {
      if (inNorms.has(node)) continue;
      const operator = operatorOf(node);
      if (captured || !['Add', 'Identity', 'Dropout'].includes(operator)) {
        return `the residual stream goes into ${operator}`;
      }
      this.values.add(node.outputs[0] ?? '');
    }
    return undefined;
  }
}
