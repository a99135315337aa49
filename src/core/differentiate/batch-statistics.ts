/**
 * BatchNormalization in training (Ioffe and Szegedy, 2015): the mean and the variance of the batch in
 * place of the stored ones, which follow them as running averages.
 */
import type { Node } from '../onnx/types.ts';
import type { GraphEmitter } from './emitter.ts';
import type { Forward } from './forward.ts';
import { emitSum } from './sums.ts';

/** How far the running averages move in one step (PyTorch's default). */
const pace = 0.1;

/** A running average, and the statistic of the batch that it follows: [channels] both. */
export interface Running {
  readonly stored: string;
  readonly batch: string;
}

export interface WithBatchStatistics {
  readonly forward: Forward;
  /** The nodes that normalize by the batch. */
  readonly nodes: ReadonlySet<Node>;
  readonly running: readonly Running[];
}

/** Lets every BatchNormalization of stored statistics use those of the batch. */
export function useBatchStatistics(forward: Forward, emitter: GraphEmitter): WithBatchStatistics {
  const { graph } = forward.model;
  const stored = new Set(graph.initializers.map(({ name }) => name));
  const values = new Map(forward.values);
  const changed = new Set<Node>();
  const running: Running[] = [];
  const nodes = graph.nodes.map((node) => {
    const [input = '', scale = '', bias = '', mean = '', variance = ''] = node.inputs;
    const isStored =
      node.opType === 'BatchNormalization' && stored.has(mean) && stored.has(variance);
    if (!isStored) return node;
    const { dims } = forward.values.get(input)!;
    const batch = emitStatistics(emitter, input, dims);
    running.push({ stored: mean, batch: batch.mean }, { stored: variance, batch: batch.unbiased });
    for (const made of [batch.mean, batch.variance]) {
      values.set(made, { dims: [dims[1] ?? 1], dtype: 'float32' });
    }
    const next = { ...node, inputs: [input, scale, bias, batch.mean, batch.variance] };
    changed.add(next);
    return next;
  });
  const model = { ...forward.model, graph: { ...graph, nodes } };
  return { forward: { ...forward, model, values }, nodes: changed, running };
}

/** Mean and variance over all axes but the channels', [channels]. */
function emitStatistics(emitter: GraphEmitter, input: string, dims: readonly number[]) {
  const channels = dims[1] ?? 1;
  const axes = dims.map((_, axis) => axis).filter((axis) => axis !== 1);
  const count = dims.reduce((product, dim) => product * dim, 1) / channels;
  const mean = (value: string): string =>
    emitter.emit('Mul', [emitSum(emitter, value, dims, axes, true), emitter.floats(1 / count)]);
  const flat = (value: string): string =>
    emitter.emit('Reshape', [value, emitter.integers([channels])]);
  const center = mean(input);
  const away = emitter.emit('Sub', [input, center]);
  const variance = flat(mean(emitter.emit('Mul', [away, away])));
  const unbiased = emitter.emit('Mul', [variance, emitter.floats(count / Math.max(count - 1, 1))]);
  return { mean: flat(center), variance, unbiased };
}

/** Emits the running average after the batch. */
export function emitRunning(emitter: GraphEmitter, before: string, batch: string): string {
  const way = emitter.emit('Sub', [batch, before]);
  return emitter.emit('Add', [before, emitter.emit('Mul', [way, emitter.floats(pace)])]);
}
