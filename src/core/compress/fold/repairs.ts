/** Gathers what repairs a model's layers, and puts it into the model. */
import type { Site } from '../../calibrate/sites.ts';
import type { InputStatistics } from '../../calibrate/statistics.ts';
import type { Linear } from '../../math/linear.ts';
import { loadFloats } from '../../onnx/tensor.ts';
import type { Model } from '../../onnx/types.ts';
import { ModelEdit } from '../model-edit.ts';
import {
  bestFactors,
  missedBy,
  multiplied,
  refitInputs,
  widest,
  type Damaged,
} from './closed-form.ts';
import { FoldGraph, withValues } from './fold-graph.ts';
import { valuesOf, type Heir } from './heirs.ts';
import { fitsStatistics, sumOf } from './layer-matrix.ts';
import { multiplyChannels, scalable, type Scalable } from './rescale-weight.ts';
import { rangeOf } from './rescaling.ts';
import { sourceAt, type Source } from './sources.ts';

interface Rescaled {
  readonly heir: Heir;
  readonly target: Scalable;
  readonly factors: Float64Array;
  /** The share of the held-out error that is gone. */
  readonly gain: number;
}

interface Refitted {
  readonly source: Source;
  readonly factors: Float64Array;
  readonly gain: number;
}

/** Smaller shares of the error are not worth a change. */
const leastGain = 1e-3;

export class Repairs {
  /** Why a layer is left alone, by the key of its weight. */
  readonly refused = new Map<string, string>();
  /** Keys of the weights whose scales change. */
  readonly changed = new Set<string>();
  private readonly model: Model;
  private readonly graph: FoldGraph;
  private readonly linear: Linear;
  private readonly heirs: ReadonlyMap<string, Heir>;
  private readonly layers = new Map<string, Damaged>();
  private readonly scales: Rescaled[] = [];
  private readonly norms: Refitted[] = [];

  constructor(model: Model, heirs: readonly Heir[], linear: Linear) {
    this.model = model;
    this.graph = new FoldGraph(model);
    this.linear = linear;
    this.heirs = new Map(heirs.map((heir) => [heir.weight.key, heir]));
  }

  /** Finds the factors of a layer's output channels, where they help on the held-out samples. */
  async rescale(key: string, statistics: InputStatistics): Promise<void> {
    const heir = this.heirs.get(key)!;
    if (!fitsStatistics(heir.layout, statistics)) {
      this.refused.set(key, 'its inputs lie in another order than it');
      return;
    }
    const values = await valuesOf(heir);
    if (typeof values === 'string') {
      this.refused.set(key, values);
      return;
    }
    const layer: Damaged = { ...values, layout: heir.layout };
    this.layers.set(key, layer);
    const target = await scalable(this.graph, heir);
    if (typeof target === 'string') {
      this.refused.set(key, target);
      return;
    }
    const { linear } = this;
    const factors = bestFactors(linear, statistics, layer);
    const better = { ...layer, is: multiplied(layer.is, heir.layout, factors) };
    const { groups } = statistics;
    const judge = statistics.heldOutRows > 0 ? statistics.heldOut : statistics.gram;
    const before = sumOf(missedBy(linear, judge, layer, groups));
    const after = sumOf(missedBy(linear, judge, better, groups));
    const gain = before > 0 ? 1 - after / before : 0;
    if (gain < leastGain) return;
    this.scales.push({ heir, target, factors, gain });
    this.layers.set(key, better);
  }

  /** Finds the factors of a norm whose readers are all known, where they help. */
  refit({ value, view, weights }: Site, statistics: InputStatistics): void {
    const { graph, linear, layers } = this;
    const producer = graph.index.producer.get(value);
    const source = producer && sourceAt(graph, producer);
    if (!source || typeof source === 'string' || source.kind !== 'norm' || view !== 'rows') return;
    if (statistics.heldOutRows === 0 || statistics.channels > widest) return;
    if (source.channels !== statistics.channels || graph.index.isOutput(value)) return;
    const known = weights.flatMap((key) => layers.get(key) ?? []);
    const readers = weights.map((key) => this.heirs.get(key)?.consumer.node);
    const isWhole = graph.index.uses(value).every(({ node }) => readers.includes(node));
    if (!isWhole || known.length !== weights.length) return;
    const { factors, before, after } = refitInputs(linear, statistics, known);
    const gain = before > 0 ? 1 - after / before : 0;
    if (gain >= leastGain) this.norms.push({ source, factors, gain });
  }

  /** Lets go of the values of a site's layers. */
  forget({ weights }: Site): void {
    for (const key of weights) this.layers.delete(key);
  }

  /** The model with new scales, and with new norms where they are wanted too. */
  async done(withNorms: boolean): Promise<Model> {
    const edit = new ModelEdit(this.model);
    for (const { heir, target, factors } of this.scales) {
      const { key } = heir.weight;
      if (await multiplyChannels(target, factors, heir, edit)) this.changed.add(key);
      else this.refused.set(key, 'its scales can’t hold the factors');
    }
    for (const { source, factors } of withNorms ? this.norms : []) {
      for (const { stored, axis } of source.slices) {
        const size = stored.tensor.dims[axis]!;
        const values = (await loadFloats(stored.tensor)).map((x, at) => x * factors[at % size]!);
        edit.swapStored(stored, withValues(stored.tensor, values));
      }
    }
    return edit.done();
  }

  /** What was done, a sentence for each layer and norm. */
  said(withNorms: boolean): string[] {
    const sentence = (name: string, factors: Float64Array, gain: number) =>
      `"${name}": factors of ${rangeOf(factors)}; ${(100 * gain).toFixed(1)} % of its held-out error is gone.`;
    return [
      ...this.scales.map(({ heir, factors, gain }) => sentence(heir.weight.key, factors, gain)),
      ...(withNorms ? this.norms : []).map(({ source, factors, gain }) =>
        sentence(source.label, factors, gain),
      ),
    ];
  }
}
